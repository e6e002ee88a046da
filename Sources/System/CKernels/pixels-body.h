// The filters, once for each kind of instructions: the file that includes this one chooses it.
#define RESTRICT __restrict

TARGET static void NAME(halve)(const uint8_t *rows, int32_t width, int32_t height,
                               uint8_t *RESTRICT to) {
  for (int32_t y = 0; y < height / 2; y++, to += width / 2) {
    const uint8_t *RESTRICT a = rows + 2 * (size_t)y * (size_t)width, *RESTRICT b = a + width;
    for (int32_t x = 0; x < width / 2; x++) {
      to[x] = (uint8_t)((uint16_t)(a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
    }
  }
}

TARGET static void NAME(stretch)(const uint16_t *values, int64_t place, int64_t step, size_t count,
                                 float *RESTRICT to) {
  size_t x = 0;
  for (; x + 8 <= count; x += 8, place += 8 * step) NAME(between)(values, place, step, to + x);
  for (; x < count; x++, place += step) {
    const uint16_t *two = values + (place >> 32);
    const int32_t share = (int32_t)(place >> 24 & 255);
    to[x] = (float)(256 * two[0] + (two[1] - two[0]) * share) * 0x1p-16F;
  }
}

TARGET static void NAME(ahead)(uint8_t *values, size_t apart, size_t count) {
  size_t x = 0;
  for (; x + 64 <= count; x += 64) {
    // Values read ahead aren't written yet, so a block gives the same results as one value after
    // the other.
    uint8_t other[64];
    memcpy(other, values + apart + x, 64);
    for (size_t i = 0; i < 64; i++) values[x + i] = values[x + i] > other[i] ? values[x + i] : other[i];
  }
  for (; x < count; x++) {
    values[x] = values[x] > values[x + apart] ? values[x] : values[x + apart];
  }
}

const ScribePixels NAME(scribe_pixels_of) = {NAME(halve), NAME(stretch), NAME(ahead)};
