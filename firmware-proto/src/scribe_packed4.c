#include "scribe_codecs.h"

void scribe_gray4_row(uint8_t *packed, const uint8_t *gray, uint16_t width) {
  /* To the nearest of 0, 17, 34 ... 255. */
  for (uint32_t x = 0; x < width; x += 2) {
    const uint32_t left = (gray[x] * 15u + 127u) / 255u;
    const uint32_t right = x + 1u < width ? (gray[x + 1u] * 15u + 127u) / 255u : 0;
    packed[x / 2] = (uint8_t)(left << 4 | right);
  }
}
