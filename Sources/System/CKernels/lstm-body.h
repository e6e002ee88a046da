// One column of an lstm, a part of body.h. Compilers make vectors of these loops where the target
// can gather.

/// Values between those of the table, at a place with `bits` bits behind the point, times 2^bits.
INLINE int32_t NAME(between)(const uint32_t *sigmoids, int32_t place, const int bits) {
  const int32_t whole = place >> bits;
  const uint32_t entry = sigmoids[whole < 254 ? whole : 254];
  return (int32_t)((entry >> 15) << bits) +
         (int32_t)(entry & 0x7FFF) * (place & ((1 << bits) - 1));
}

INLINE int32_t NAME(magnitude)(int32_t value) { return value < 0 ? -value : value; }

INLINE int32_t NAME(saturated)(int32_t value) {
  return value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value;
}

/// Of Q3.12, in Q0.15.
INLINE int32_t NAME(sigmoid)(const uint32_t *sigmoids, int32_t value) {
  const int32_t place = 3 * value;
  const int32_t high = NAME(between)(sigmoids, NAME(magnitude)(place), 9);
  return (place < 0 ? (1 << 25) - high + 511 : high + 512) >> 10;
}

/// 2 sigmoid(2x) - 1 of a place in the table, in Q0.15.
INLINE int32_t NAME(tanh)(const uint32_t *sigmoids, int32_t place) {
  const int32_t distance = NAME(magnitude)(place);
  const int32_t inside = NAME(between)(sigmoids, distance, 8);
  const int32_t high = distance >> 8 >= 255 ? 0xFFFF << 8 : inside;
  return (place < 0 ? (1 << 23) - high + 127 : high - (1 << 23) + 128) >> 8;
}

/// Divided by 2^bits, halves away from 0.
INLINE int32_t NAME(halved)(int32_t value, int32_t bits) {
  const int32_t mask = (int32_t)((1u << bits) - 1);
  return (value >> bits) + ((value & mask) > (mask >> 1) + (value < 0));
}

TARGET static void NAME(lstm)(const ScribeLSTM *layer, const int16_t *restrict a,
                              const int16_t *restrict b, int16_t *restrict cell,
                              int16_t *restrict output) {
  const uint32_t *sigmoids = layer->sigmoids;
  const int32_t units = layer->units, low = layer->low, high = layer->high;
  const int32_t taken = 29 - layer->cellBits, right = layer->right;
  const int64_t multiplier = layer->multiplier;
  // Of a cell's bits to those of a place in the table.
  const int32_t shift = layer->cellBits > 12 ? layer->cellBits - 12 : 0;
  const int32_t factor = layer->cellBits < 12 ? 3 << (12 - layer->cellBits) : 3;
  const int32_t half = shift ? 1 << (shift - 1) : 0;
  for (int32_t i = 0; i < units; i++) {
    const int32_t j = i + units, k = j + units, l = k + units;
    const int32_t into = NAME(sigmoid)(sigmoids, NAME(saturated)(a[i] + b[i]));
    const int32_t forget = NAME(sigmoid)(sigmoids, NAME(saturated)(a[j] + b[j]));
    const int32_t fresh = NAME(tanh)(sigmoids, 3 * NAME(saturated)(a[k] + b[k]));
    const int32_t shown = NAME(sigmoid)(sigmoids, NAME(saturated)(a[l] + b[l]));
    // Powers of two as factors: half in the doubling high product, the rest in the shift.
    const int32_t kept = NAME(saturated)(NAME(halved)((forget * cell[i] + 1) >> 1, 14));
    const int32_t added = NAME(saturated)(NAME(halved)((into * fresh + 1) >> 1, taken));
    const int32_t state = NAME(saturated)(kept + added);
    cell[i] = (int16_t)state;
    const int32_t product = shown * NAME(tanh)(sigmoids, (factor * state + half) >> shift);
    const int32_t scaled = (int32_t)((product * multiplier + ((int64_t)1 << 30)) >> 31);
    const int32_t result = NAME(halved)(scaled, right);
    output[i] = (int16_t)(result < low ? low : result > high ? high : result);
  }
}
