/// pixels.h: filters of images and lines. All kernels give equal results.
#ifndef SCRIBE_PIXELS_H
#define SCRIBE_PIXELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  /// Halves an image by means of 2x2; an odd last row or column is dropped.
  void (*halve)(const uint8_t *rows, int32_t width, int32_t height, uint8_t *to);
  /// Interpolates between neighbours of `values` at `count` places from `place` on, `step` apart.
  /// Places have 32 bits behind the point, of which the upper eight count.
  void (*stretch)(const uint16_t *values, int64_t place, int64_t step, size_t count, float *to);
  /// Replaces each value by the greater of itself and the value `apart` places ahead.
  void (*ahead)(uint8_t *values, size_t apart, size_t count);
} ScribePixels;

extern const ScribePixels scribe_pixels_of_portable;
#if defined(__x86_64__)
extern const ScribePixels scribe_pixels_of_avx2;
#endif

/// Whether this processor runs AVX2.
int32_t scribe_pixels_avx2(void);

#endif
