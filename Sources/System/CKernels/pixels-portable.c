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
                              size_t from, size_t to, int32_t *sum, int32_t *square) {
  uint32_t a = 0, b = 0;
  for (int32_t i = -radius - 1; i < radius; i++) {
    a += (sums + from)[i];
    b += (squares + from)[i];
  }
  for (size_t x = from; x < to; x++) {
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

OPERATION void ones_portable(uint64_t word, uint8_t *bytes) {
  for (int i = 0; i < 8; i++) {
    // A copy of eight bits in each of eight bytes, one bit of each, brought down.
    const uint64_t kept = (word >> (8 * i) & 255) * 0x0101010101010101u & 0x8040201008040201u;
    const uint64_t eight = (kept + 0x7F7F7F7F7F7F7F7Fu) >> 7 & 0x0101010101010101u;
    memcpy(bytes + 8 * i, &eight, 8);
  }
}

OPERATION void quotients_portable(const uint8_t *low, const uint8_t *high, uint8_t *quotients) {
  // Whole quotients of such small numbers are what single precision says, rounded down.
  for (int i = 0; i < 32; i++) {
    quotients[i] = (uint8_t)(int32_t)((float)(255 * (low[i] + 8)) / (float)(high[i] + 8));
  }
}

OPERATION void between_portable(const uint16_t *values, int64_t place, int64_t step, float *to) {
  for (int i = 0; i < 8; i++, place += step) {
    const uint16_t *two = values + (place >> 32);
    const int32_t share = (int32_t)(place >> 24 & 255);
    to[i] = (float)(256 * two[0] + (two[1] - two[0]) * share) * 0x1p-16F;
  }
}

#include "pixels-body.h"
