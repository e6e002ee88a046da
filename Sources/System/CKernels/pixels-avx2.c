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
                          size_t from, size_t to, int32_t *sum, int32_t *square) {
  uint32_t a = 0, b = 0;
  for (int32_t i = -radius - 1; i < radius; i++) {
    a += (sums + from)[i];
    b += (squares + from)[i];
  }
  __m256i sumBefore = _mm256_set1_epi32((int32_t)a), squareBefore = _mm256_set1_epi32((int32_t)b);
  const __m256i seventh = _mm256_set1_epi32(7);
  for (size_t x = from; x < to; x += 8) {
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

OPERATION void ones_avx2(uint64_t word, uint8_t *bytes) {
  // The byte of each bit's word that holds it, then the bit.
  const __m256i places = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                                          2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
  const __m256i masks = _mm256_set1_epi64x((int64_t)0x8040201008040201u);
  const __m256i one = _mm256_set1_epi8(1);
  for (int i = 0; i < 2; i++) {
    const __m256i copies = _mm256_set1_epi32((int32_t)(uint32_t)(word >> (32 * i)));
    const __m256i kept = _mm256_and_si256(_mm256_shuffle_epi8(copies, places), masks);
    _mm256_storeu_si256((__m256i *)(bytes + 32 * i), _mm256_min_epu8(kept, one));
  }
}

/// Eight whole quotients of `255 * (low + 8)` by `high + 8`.
OPERATION __m256i divided(const uint8_t *low, const uint8_t *high) {
  const __m256i l = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)low));
  const __m256i h = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)high));
  const __m256i top = _mm256_madd_epi16(_mm256_add_epi32(l, _mm256_set1_epi32(8)),
                                        _mm256_set1_epi32(255));
  const __m256 below = _mm256_cvtepi32_ps(_mm256_add_epi32(h, _mm256_set1_epi32(8)));
  // The reciprocal is right to 11 bits, then to 22. Quotients that are not whole differ by 1/263 at
  // least from those that are; half of a unit at the top keeps clear of both.
  const __m256 rough = _mm256_rcp_ps(below);
  const __m256 off = _mm256_sub_ps(_mm256_set1_ps(2), _mm256_mul_ps(below, rough));
  const __m256 above = _mm256_add_ps(_mm256_cvtepi32_ps(top), _mm256_set1_ps(0.5F));
  return _mm256_cvttps_epi32(_mm256_mul_ps(above, _mm256_mul_ps(rough, off)));
}

OPERATION void quotients_avx2(const uint8_t *low, const uint8_t *high, uint8_t *quotients) {
  const __m256i a = _mm256_packs_epi32(divided(low, high), divided(low + 8, high + 8));
  const __m256i b = _mm256_packs_epi32(divided(low + 16, high + 16), divided(low + 24, high + 24));
  // Packing works on halves: fours lie in the order 0 2 4 6 1 3 5 7.
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256((__m256i *)quotients,
                      _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b), order));
}

OPERATION void between_avx2(const uint16_t *values, int64_t place, int64_t step, float *to) {
  const __m256i first =
      _mm256_add_epi64(_mm256_set1_epi64x(place), _mm256_setr_epi64x(0, step, 4 * step, 5 * step));
  const __m256i second = _mm256_add_epi64(first, _mm256_set1_epi64x(2 * step));
  // Halves of the places, in the order 0 1 2 3 4 5 6 7, since the vectors hold 0 1 4 5 and 2 3 6 7.
  const __m256 a = _mm256_castsi256_ps(first), b = _mm256_castsi256_ps(second);
  const __m256i whole = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xDD));
  const __m256i rest = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88));
  const __m256i share = _mm256_srli_epi32(rest, 24);
  // Both neighbours at once.
  const __m256i two = _mm256_i32gather_epi32((const int *)(const void *)values, whole, 2);
  const __m256i left = _mm256_and_si256(two, _mm256_set1_epi32(0xFFFF));
  const __m256i right = _mm256_srli_epi32(two, 16);
  const __m256i change = _mm256_mullo_epi32(_mm256_sub_epi32(right, left), share);
  const __m256 sum = _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_slli_epi32(left, 8), change));
  _mm256_storeu_ps(to, _mm256_mul_ps(sum, _mm256_set1_ps(0x1p-16F)));
}

#include "pixels-body.h"

#endif
