#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define NAME(x) x##_avx2
#define TARGET __attribute__((target("avx2")))
#define OPERATION TARGET __attribute__((always_inline)) static inline

#include "pixels.h"

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
