// Filters of gray images: what tells ink from paper.
//
// Planes are rows of bytes, `stride` apart, with 0 past their width; planes don't overlap. Kernels
// of all instructions give equal results.

#ifndef C_KERNELS_PIXELS_H
#define C_KERNELS_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/// Strides are multiples of this, and planes begin at such addresses where they may.
#define SCRIBE_PIXELS 64

typedef struct {
  int32_t width, height;
  /// At least the width.
  int32_t stride;
} ScribePlane;

/// Ink is darker than `mean - k * deviation` of the window around it, where the deviation is at
/// least `floor`.
///
/// With a `depth`, ink is also deeper than `weak`, and `deep` marks that of at least `strong`.
/// Bits go from the lowest up, `stride / 64` words a row. The mean and the variance
/// are quotients of whole numbers in single precision, rounded as written:
/// `sum / n`, `square / n - mean * mean`. Scratch: `scribe_threshold_scratch`.
typedef struct {
  /// At most 63.
  int32_t radius;
  float k, floor;
  uint8_t weak, strong;
} ScribeThreshold;

/// Whether there are kernels for AVX2 and this processor runs them.
int32_t scribe_pixels_avx2(void);

/// Kernels of the filters; each takes planes of one size.
typedef struct {
  /// Magnitudes, at most 255, of Immerkaer's noise mask at each second row, without the border.
  /// `rows` has no padding: its stride is the width. Writes `(width - 2) * ((height - 1) / 2)`.
  void (*responses)(const uint8_t *rows, int32_t width, int32_t height, uint8_t *to);
  /// How many bytes are at most `limit`. `count` is a multiple of 64.
  size_t (*count)(const uint8_t *bytes, size_t count, uint8_t limit);
  /// The 3x3 binomial filter; at least 3x3 pixels. Scratch: `scribe_smooth_scratch`.
  void (*smooth)(ScribePlane, const uint8_t *from, uint8_t *to, void *scratch);
  /// Greatest or least value of the window of `2 * radius + 1` columns, or rows, around each pixel;
  /// windows are clipped. Scratch: `scribe_extremum_scratch`.
  void (*across)(ScribePlane, int32_t radius, int32_t maximum, const uint8_t *from, uint8_t *to,
                 void *scratch);
  void (*down)(ScribePlane, int32_t radius, int32_t maximum, const uint8_t *from, uint8_t *to,
               void *scratch);
  /// `255 * (low + 8) / (high + 8)` and `high - low`, where low is at most high.
  void (*divide)(ScribePlane, const uint8_t *low, const uint8_t *high, uint8_t *quotient,
                 uint8_t *depth);
  /// Twice the size, bilinear. `plane` is of the result, `rows` is what is doubled, without
  /// padding. Scratch: `scribe_smooth_scratch` of the result.
  void (*twice)(ScribePlane plane, const uint8_t *rows, uint8_t *to, void *scratch);
  /// A bit a pixel to a byte a pixel, without padding.
  void (*expand)(ScribePlane, const uint64_t *bits, uint8_t *rows);
  /// See `ScribeThreshold`.
  void (*threshold)(ScribePlane, const ScribeThreshold *, const uint8_t *gray,
                    const uint8_t *depth, uint64_t *ink, uint64_t *deep, void *scratch);
} ScribePixels;

/// Bytes of scratch.
size_t scribe_smooth_scratch(ScribePlane plane);
size_t scribe_extremum_scratch(ScribePlane plane, int32_t radius);
size_t scribe_threshold_scratch(ScribePlane plane, int32_t radius);

extern const ScribePixels scribe_pixels_of_portable;
#if defined(__x86_64__)
extern const ScribePixels scribe_pixels_of_avx2;
#endif

#endif
