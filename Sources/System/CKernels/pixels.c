#include "pixels.h"

int32_t scribe_pixels_avx2(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return 0;
#endif
}

size_t scribe_smooth_scratch(ScribePlane plane) { return ((size_t)plane.stride + 128) * 2; }

size_t scribe_extremum_scratch(ScribePlane plane, int32_t radius) {
  const size_t window = 2 * (size_t)radius + 1;
  const size_t strip = 8 * ((size_t)plane.width + 2 * (size_t)radius + 64) + 2 * window + 64;
  const size_t block = (window + 2) * (size_t)plane.stride;
  return 2 * strip + 128 > block ? 2 * strip + 128 : block;
}

size_t scribe_threshold_scratch(ScribePlane plane) {
  return ((size_t)plane.stride + 128) * 6 + (size_t)plane.stride * 12;
}
