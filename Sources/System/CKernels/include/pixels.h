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
/// The mean and the variance are quotients of whole numbers in single precision, rounded as written:
/// `sum / n`, `square / n - mean * mean`.
typedef struct {
  /// At most 63.
  int32_t radius;
  float k, floor;
} ScribeThreshold;

/// Whether there are kernels for AVX2 and this processor runs them.
int32_t scribe_pixels_avx2(void);

/// Kernels of the filters; each takes planes of one size.
typedef struct {
  /// Magnitudes, at most 255, of Immerkaer's noise mask at each second row, without the border.
  /// `rows` has no padding: its stride is the width. Writes `(width - 2) * ((height - 1) / 2)`.
  /// Scratch: `2 * width`.
  void (*responses)(const uint8_t *rows, int32_t width, int32_t height, uint8_t *to,
                    void *scratch);
  /// How many bytes are at most `limit`. `count` is a multiple of 64.
  size_t (*count)(const uint8_t *bytes, size_t count, uint8_t limit);
  /// The filter (1 2 1)/4 in both directions, and (3 10 3)/16; borders are repeated. Scratch:
  /// `scribe_smooth_scratch`.
  void (*smooth)(ScribePlane, const uint8_t *from, uint8_t *to, void *scratch);
  void (*soften)(ScribePlane, const uint8_t *from, uint8_t *to, void *scratch);
  /// Greatest or least value of the window of `2 * radius + 1` columns, or rows, around each pixel;
  /// windows are clipped. Scratch: `scribe_extremum_scratch`.
  void (*across)(ScribePlane, int32_t radius, int32_t maximum, const uint8_t *from, uint8_t *to,
                 void *scratch);
  void (*down)(ScribePlane, int32_t radius, int32_t maximum, const uint8_t *from, uint8_t *to,
               void *scratch);
  /// `high - low`; low is at most high.
  void (*subtract)(ScribePlane, const uint8_t *low, const uint8_t *high, uint8_t *to);
  /// `255 * (low + 8) / (high + 8)` of the rows `first..<end`.
  void (*divide)(ScribePlane, const uint8_t *low, const uint8_t *high, int32_t first, int32_t end,
                 uint8_t *to);
  /// Twice the size, bilinear. `plane` is of the result, `rows` is what is doubled, without
  /// padding. Scratch: `scribe_smooth_scratch` of the result.
  void (*twice)(ScribePlane plane, const uint8_t *rows, uint8_t *to, void *scratch);
  /// Half the size, means of 2x2; an odd last row or column is dropped. Neither has padding.
  void (*halve)(const uint8_t *rows, int32_t width, int32_t height, uint8_t *to);
  /// A byte a pixel, without padding, to a bit that says whether it isn't 0. Rows of bits begin at
  /// whole words and go from the lowest bit up.
  void (*pack)(ScribePlane, const uint8_t *rows, uint64_t *bits);
  /// A bit a pixel to a byte a pixel, without padding.
  void (*expand)(ScribePlane, const uint64_t *bits, uint8_t *rows);
  /// The bits of bytes that are at least `least`.
  void (*compare)(ScribePlane, const uint8_t *bytes, uint8_t least, uint64_t *bits);
  /// Clears the bits that are not ink in the rows `start..<stop`; reads as many rows more to either
  /// side as the window does. Scratch: `scribe_threshold_scratch`.
  void (*threshold)(ScribePlane, const ScribeThreshold *, const uint8_t *gray, int32_t start,
                    int32_t stop, uint64_t *bits, void *scratch);
  /// Between neighbours of `values`, which are 256 times a gray, at `count` places from `place` on,
  /// `step` apart. Places have 32 bits behind the point, of which the upper eight count.
  void (*stretch)(const uint16_t *values, int64_t place, int64_t step, size_t count, float *to);
  /// The greater of each of `count` values and the one `apart` places on, in its place.
  void (*ahead)(uint8_t *values, size_t apart, size_t count);
} ScribePixels;

/// Bytes of scratch.
size_t scribe_smooth_scratch(ScribePlane plane);
size_t scribe_extremum_scratch(ScribePlane plane, int32_t radius);
size_t scribe_threshold_scratch(ScribePlane plane);

extern const ScribePixels scribe_pixels_of_portable;
#if defined(__x86_64__)
extern const ScribePixels scribe_pixels_of_avx2;
#endif

#endif
