#include <string.h>

#define NAME(x) x##_portable
#define TARGET
#define OPERATION __attribute__((always_inline)) static inline

#include "pixels.h"

static size_t count_portable(const uint8_t *bytes, size_t count, uint8_t limit) {
  size_t total = 0;
  for (size_t i = 0; i < count; i += 64) {
    uint8_t some = 0;
    for (int j = 0; j < 64; j++) some = (uint8_t)(some + (bytes[i + (size_t)j] <= limit));
    total += some;
  }
  return total;
}

OPERATION void slide_portable(const uint16_t *sums, const uint32_t *squares, int32_t radius,
                              size_t count, int32_t *sum, int32_t *square) {
  uint32_t a = 0, b = 0;
  for (int32_t x = 0; x < radius; x++) {
    a += sums[x];
    b += squares[x];
  }
  for (size_t x = 0; x < count; x++) {
    const uint16_t *s = sums + x;
    const uint32_t *q = squares + x;
    a += s[radius];
    a -= s[-radius - 1];
    b += q[radius] - q[-radius - 1];
    sum[x] = (int32_t)a;
    square[x] = (int32_t)b;
  }
}

OPERATION uint32_t signs_portable(const int32_t *eight) {
  uint32_t bits = 0;
  for (int i = 0; i < 8; i++) bits |= (uint32_t)(eight[i] < 0) << i;
  return bits;
}

OPERATION uint64_t least_portable(const uint8_t *bytes, uint8_t least) {
  uint64_t bits = 0;
  for (int i = 0; i < 64; i++) bits |= (uint64_t)(bytes[i] >= least) << i;
  return bits;
}

#include "pixels-body.h"
