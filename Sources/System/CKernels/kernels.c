#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#endif

#define POSITIONS 4
#define BLOCK 8

ScribeInstructions scribe_best_instructions(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return SCRIBE_AVX2;
#endif
  return SCRIBE_PORTABLE;
}

// ------------------------------------------------------------------------------------------------
// Portable

/// TensorFlow Lite Micro's double rounding: once in the doubling high product, once in the shift.
static int32_t requantize(int32_t sum, int32_t multiplier, int32_t left, int32_t right) {
  int64_t product = (int64_t)sum * ((int64_t)1 << left) * multiplier;
  int32_t high = (int32_t)((product + ((int64_t)1 << 30)) >> 31);
  int32_t mask = (int32_t)(((int64_t)1 << right) - 1);
  return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0));
}

static void finish(const ScribeRequantization *r, int32_t channel, const int32_t *sums,
                   int16_t *output) {
  int32_t count = r->channels - channel < BLOCK ? r->channels - channel : BLOCK;
  for (int32_t i = 0; i < count; i++) {
    int32_t c = channel + i;
    int32_t value = requantize(sums[i], r->multiplier[c], r->left[c], r->right[c]);
    value = value < r->low ? r->low : value;
    output[c] = (int16_t)(value > r->high ? r->high : value);
  }
}

static void products_portable(const ScribeProducts *layer, const int16_t *input,
                              const int32_t *sources, int32_t groups, int32_t pooled,
                              int16_t *output, const int32_t *targets) {
  const ScribeRequantization *r = &layer->requantization;
  const int32_t blockSize = layer->rows * layer->pairs * BLOCK * 2;
  for (int32_t channel = 0; channel < r->channels; channel += BLOCK) {
    const int16_t *block = layer->weights + (channel / BLOCK) * blockSize;
    for (int32_t group = 0; group < groups; group++) {
      int32_t sums[POSITIONS][BLOCK];
      for (int p = 0; p < POSITIONS; p++) {
        const int16_t *source = input + sources[group * POSITIONS + p];
        const int16_t *weights = block;
        memcpy(sums[p], r->bias + channel, sizeof sums[p]);
        for (int32_t y = 0; y < layer->rows; y++) {
          const int16_t *row = source + layer->rowOffsets[y];
          for (int32_t i = 0; i < layer->pairs; i++, weights += BLOCK * 2) {
            for (int c = 0; c < BLOCK; c++) {
              sums[p][c] += row[2 * i] * weights[2 * c] + row[2 * i + 1] * weights[2 * c + 1];
            }
          }
        }
      }
      if (pooled) {
        for (int p = 1; p < POSITIONS; p++) {
          for (int c = 0; c < BLOCK; c++) {
            sums[0][c] = sums[p][c] > sums[0][c] ? sums[p][c] : sums[0][c];
          }
        }
        finish(r, channel, sums[0], output + targets[group]);
      } else {
        for (int p = 0; p < POSITIONS; p++) {
          finish(r, channel, sums[p], output + targets[group * POSITIONS + p]);
        }
      }
    }
  }
}

static void depthwise_portable(const ScribeDepthwise *layer, const int16_t *input,
                               const int32_t *sources, int32_t positions, int16_t *output,
                               const int32_t *targets) {
  const ScribeRequantization *r = &layer->requantization;
  const int32_t padded = (r->channels + BLOCK - 1) / BLOCK * BLOCK;
  for (int32_t position = 0; position < positions; position++) {
    for (int32_t channel = 0; channel < r->channels; channel += BLOCK) {
      int32_t sums[BLOCK];
      memcpy(sums, r->bias + channel, sizeof sums);
      for (int32_t tap = 0; tap < layer->tapCount; tap++) {
        const int16_t *values = input + sources[position] + layer->taps[tap] + channel;
        const int16_t *weights = layer->weights + tap * padded + channel;
        for (int c = 0; c < BLOCK; c++) sums[c] += values[c] * weights[c];
      }
      finish(r, channel, sums, output + targets[position]);
    }
  }
}

// ------------------------------------------------------------------------------------------------
// AVX2

#if defined(__x86_64__)

AVX2 static inline __m256i load8(const int32_t *from) {
  return _mm256_loadu_si256((const __m256i *)from);
}

/// Two values of a row in every lane.
AVX2 static inline __m256i broadcast_pair(const int16_t *from) {
  int32_t pair;
  memcpy(&pair, from, sizeof pair);
  return _mm256_set1_epi32(pair);
}

AVX2 static inline void finish_avx2(const ScribeRequantization *r, int32_t channel, __m256i sums,
                                    int16_t *output) {
  const __m256i half = _mm256_set1_epi64x((int64_t)1 << 30);
  const __m256i multiplier = load8(r->multiplier + channel);
  const __m256i right = load8(r->right + channel);
  const __m256i scaled = _mm256_sllv_epi32(sums, load8(r->left + channel));
  // Bits 31...62 of the 64-bit products; those of odd lanes come to rest in the upper halves.
  __m256i even = _mm256_add_epi64(_mm256_mul_epi32(scaled, multiplier), half);
  __m256i odd = _mm256_add_epi64(
      _mm256_mul_epi32(_mm256_srli_epi64(scaled, 32), _mm256_srli_epi64(multiplier, 32)), half);
  __m256i high =
      _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xAA);

  const __m256i one = _mm256_set1_epi32(1);
  __m256i mask = _mm256_sub_epi32(_mm256_sllv_epi32(one, right), one);
  __m256i threshold =
      _mm256_sub_epi32(_mm256_srli_epi32(mask, 1), _mm256_srai_epi32(high, 31));
  __m256i roundsUp = _mm256_cmpgt_epi32(_mm256_and_si256(high, mask), threshold);
  __m256i value = _mm256_sub_epi32(_mm256_srav_epi32(high, right), roundsUp);
  value = _mm256_max_epi32(value, _mm256_set1_epi32(r->low));
  value = _mm256_min_epi32(value, _mm256_set1_epi32(r->high));

  __m128i narrow = _mm_packs_epi32(_mm256_castsi256_si128(value),
                                   _mm256_extracti128_si256(value, 1));
  int32_t count = r->channels - channel;
  if (count >= BLOCK) {
    _mm_storeu_si128((__m128i *)(output + channel), narrow);
  } else {
    int16_t values[BLOCK];
    _mm_storeu_si128((__m128i *)values, narrow);
    memcpy(output + channel, values, (size_t)count * sizeof *values);
  }
}

/// One group of four positions and `blocks` (1 or 2, a constant) blocks of eight channels.
AVX2 __attribute__((always_inline)) static inline void products_group(
    const ScribeProducts *layer, int32_t channel, const int blocks, const int16_t *input,
    const int32_t *sources, int32_t pooled, int16_t *output, const int32_t *targets) {
  const ScribeRequantization *r = &layer->requantization;
  const int32_t blockSize = layer->rows * layer->pairs * BLOCK * 2;
  const int16_t *first = layer->weights + (channel / BLOCK) * blockSize;
  const int16_t *second = first + blockSize;
  const int16_t *row0 = input + sources[0], *row1 = input + sources[1];
  const int16_t *row2 = input + sources[2], *row3 = input + sources[3];

  __m256i a0 = load8(r->bias + channel), a1 = a0, a2 = a0, a3 = a0;
  __m256i b0 = blocks > 1 ? load8(r->bias + channel + BLOCK) : a0, b1 = b0, b2 = b0, b3 = b0;
  for (int32_t y = 0; y < layer->rows; y++) {
    const int32_t begin = layer->rowOffsets[y], end = begin + 2 * layer->pairs;
    for (int32_t i = begin; i < end; i += 2) {
      const __m256i x0 = broadcast_pair(row0 + i), x1 = broadcast_pair(row1 + i);
      const __m256i x2 = broadcast_pair(row2 + i), x3 = broadcast_pair(row3 + i);
      const __m256i w = _mm256_loadu_si256((const __m256i *)first);
      a0 = _mm256_add_epi32(a0, _mm256_madd_epi16(x0, w));
      a1 = _mm256_add_epi32(a1, _mm256_madd_epi16(x1, w));
      a2 = _mm256_add_epi32(a2, _mm256_madd_epi16(x2, w));
      a3 = _mm256_add_epi32(a3, _mm256_madd_epi16(x3, w));
      first += BLOCK * 2;
      if (blocks > 1) {
        const __m256i v = _mm256_loadu_si256((const __m256i *)second);
        b0 = _mm256_add_epi32(b0, _mm256_madd_epi16(x0, v));
        b1 = _mm256_add_epi32(b1, _mm256_madd_epi16(x1, v));
        b2 = _mm256_add_epi32(b2, _mm256_madd_epi16(x2, v));
        b3 = _mm256_add_epi32(b3, _mm256_madd_epi16(x3, v));
        second += BLOCK * 2;
      }
    }
  }

  if (pooled) {
    a0 = _mm256_max_epi32(_mm256_max_epi32(a0, a1), _mm256_max_epi32(a2, a3));
    finish_avx2(r, channel, a0, output + targets[0]);
    if (blocks > 1) {
      b0 = _mm256_max_epi32(_mm256_max_epi32(b0, b1), _mm256_max_epi32(b2, b3));
      finish_avx2(r, channel + BLOCK, b0, output + targets[0]);
    }
  } else {
    finish_avx2(r, channel, a0, output + targets[0]);
    finish_avx2(r, channel, a1, output + targets[1]);
    finish_avx2(r, channel, a2, output + targets[2]);
    finish_avx2(r, channel, a3, output + targets[3]);
    if (blocks > 1) {
      finish_avx2(r, channel + BLOCK, b0, output + targets[0]);
      finish_avx2(r, channel + BLOCK, b1, output + targets[1]);
      finish_avx2(r, channel + BLOCK, b2, output + targets[2]);
      finish_avx2(r, channel + BLOCK, b3, output + targets[3]);
    }
  }
}

AVX2 static void products_avx2(const ScribeProducts *layer, const int16_t *input,
                               const int32_t *sources, int32_t groups, int32_t pooled,
                               int16_t *output, const int32_t *targets) {
  const int32_t channels = layer->requantization.channels;
  const int32_t step = pooled ? 1 : POSITIONS;
  int32_t channel = 0;
  // Channels outside, so that one block of weights stays in the first cache.
  for (; channel + BLOCK < channels; channel += 2 * BLOCK) {
    for (int32_t g = 0; g < groups; g++) {
      products_group(layer, channel, 2, input, sources + g * POSITIONS, pooled, output,
                     targets + g * step);
    }
  }
  if (channel < channels) {
    for (int32_t g = 0; g < groups; g++) {
      products_group(layer, channel, 1, input, sources + g * POSITIONS, pooled, output,
                     targets + g * step);
    }
  }
}

AVX2 static void depthwise_avx2(const ScribeDepthwise *layer, const int16_t *input,
                                const int32_t *sources, int32_t positions, int16_t *output,
                                const int32_t *targets) {
  const ScribeRequantization *r = &layer->requantization;
  const int32_t padded = (r->channels + BLOCK - 1) / BLOCK * BLOCK;
  for (int32_t position = 0; position < positions; position++) {
    for (int32_t channel = 0; channel < r->channels; channel += BLOCK) {
      const int16_t *values = input + sources[position] + channel;
      const int16_t *weights = layer->weights + channel;
      __m256i sums = load8(r->bias + channel);
      for (int32_t tap = 0; tap < layer->tapCount; tap++, weights += padded) {
        __m256i x = _mm256_cvtepi16_epi32(
            _mm_loadu_si128((const __m128i *)(values + layer->taps[tap])));
        __m256i w = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)weights));
        sums = _mm256_add_epi32(sums, _mm256_mullo_epi32(x, w));
      }
      finish_avx2(r, channel, sums, output + targets[position]);
    }
  }
}

#endif

// ------------------------------------------------------------------------------------------------
// Choice

void scribe_products(const ScribeProducts *layer, ScribeInstructions instructions,
                     const int16_t *input, const int32_t *sources, int32_t groups, int32_t pooled,
                     int16_t *output, const int32_t *targets) {
#if defined(__x86_64__)
  if (instructions == SCRIBE_AVX2) {
    products_avx2(layer, input, sources, groups, pooled, output, targets);
    return;
  }
#endif
  (void)instructions;
  products_portable(layer, input, sources, groups, pooled, output, targets);
}

void scribe_depthwise(const ScribeDepthwise *layer, ScribeInstructions instructions,
                      const int16_t *input, const int32_t *sources, int32_t positions,
                      int16_t *output, const int32_t *targets) {
#if defined(__x86_64__)
  if (instructions == SCRIBE_AVX2) {
    depthwise_avx2(layer, input, sources, positions, output, targets);
    return;
  }
#endif
  (void)instructions;
  depthwise_portable(layer, input, sources, positions, output, targets);
}
