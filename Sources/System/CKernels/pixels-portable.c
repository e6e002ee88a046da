#include <string.h>

#define NAME(x) x##_portable
#define TARGET
#define OPERATION __attribute__((always_inline)) static inline

#include "pixels.h"

OPERATION void between_portable(const uint16_t *values, int64_t place, int64_t step, float *to) {
  for (int i = 0; i < 8; i++, place += step) {
    const uint16_t *two = values + (place >> 32);
    const int32_t share = (int32_t)(place >> 24 & 255);
    to[i] = (float)(256 * two[0] + (two[1] - two[0]) * share) * 0x1p-16F;
  }
}

#include "pixels-body.h"
