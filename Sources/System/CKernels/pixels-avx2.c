#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define NAME(x) x##_avx2
#define TARGET __attribute__((target("avx2")))
#define OPERATION TARGET __attribute__((always_inline)) static inline

#include "pixels.h"

OPERATION __m256i load(const void *from) { return _mm256_loadu_si256(from); }

TARGET static size_t count_avx2(const uint8_t *bytes, size_t count, uint8_t limit) {
  const __m256i most = _mm256_set1_epi8((char)limit), zero = _mm256_setzero_si256();
  __m256i total = zero;
  while (count > 0) {
    // No byte overflows.
    const size_t part = count < 64 * 255 ? count : 64 * 255;
    __m256i a = zero, b = zero;
    for (size_t i = 0; i < part; i += 64) {
      const __m256i x = load(bytes + i), y = load(bytes + i + 32);
      a = _mm256_sub_epi8(a, _mm256_cmpeq_epi8(_mm256_min_epu8(x, most), x));
      b = _mm256_sub_epi8(b, _mm256_cmpeq_epi8(_mm256_min_epu8(y, most), y));
    }
    total = _mm256_add_epi64(
        total, _mm256_add_epi64(_mm256_sad_epu8(a, zero), _mm256_sad_epu8(b, zero)));
    bytes += part;
    count -= part;
  }
  uint64_t sums[4];
  memcpy(sums, &total, sizeof sums);
  return sums[0] + sums[1] + sums[2] + sums[3];
}

/// Sums of all values up to each.
OPERATION __m256i prefixes(__m256i v) {
  v = _mm256_add_epi32(v, _mm256_slli_si256(v, 4));
  v = _mm256_add_epi32(v, _mm256_slli_si256(v, 8));
  const __m256i low = _mm256_shuffle_epi32(_mm256_permute2x128_si256(v, v, 0x08), 0xFF);
  return _mm256_add_epi32(v, low);
}

OPERATION void slide_avx2(const uint16_t *sums, const uint32_t *squares, int32_t radius,
                          size_t count, int32_t *sum, int32_t *square) {
  uint32_t a = 0, b = 0;
  for (int32_t x = 0; x < radius; x++) {
    a += sums[x];
    b += squares[x];
  }
  __m256i sumBefore = _mm256_set1_epi32((int32_t)a), squareBefore = _mm256_set1_epi32((int32_t)b);
  const __m256i seventh = _mm256_set1_epi32(7);
  for (size_t x = 0; x < count; x += 8) {
    const uint16_t *s = sums + x;
    const uint32_t *q = squares + x;
    const __m128i narrow = _mm_sub_epi16(_mm_loadu_si128((const __m128i *)(s + radius)),
                                         _mm_loadu_si128((const __m128i *)(s - radius - 1)));
    const __m256i d = prefixes(_mm256_cvtepi16_epi32(narrow));
    const __m256i e = prefixes(_mm256_sub_epi32(load(q + radius), load(q - radius - 1)));
    _mm256_storeu_si256((__m256i *)(sum + x), _mm256_add_epi32(d, sumBefore));
    _mm256_storeu_si256((__m256i *)(square + x), _mm256_add_epi32(e, squareBefore));
    sumBefore = _mm256_add_epi32(sumBefore, _mm256_permutevar8x32_epi32(d, seventh));
    squareBefore = _mm256_add_epi32(squareBefore, _mm256_permutevar8x32_epi32(e, seventh));
  }
}

OPERATION uint32_t signs_avx2(const int32_t *eight) {
  return (uint32_t)_mm256_movemask_ps(_mm256_loadu_ps((const float *)eight));
}

OPERATION uint64_t least_avx2(const uint8_t *bytes, uint8_t least) {
  const __m256i limit = _mm256_set1_epi8((char)least);
  const __m256i x = load(bytes), y = load(bytes + 32);
  const uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(x, limit), x));
  const uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(y, limit), y));
  return a | (uint64_t)b << 32;
}

#include "pixels-body.h"

#endif
