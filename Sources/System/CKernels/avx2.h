// Vectors of AVX2, for kernels that use further instructions as well. A file that includes this
// defines DOT(sums, x, w), which adds the products of pairs of int16 to 8 sums.

#include <immintrin.h>

#define OPERATION TARGET __attribute__((always_inline)) static inline

typedef __m256i S;

OPERATION S s_load(const int16_t *from) { return _mm256_loadu_si256((const __m256i *)from); }
OPERATION void s_store(int16_t *to, S s) { _mm256_storeu_si256((__m256i *)to, s); }
OPERATION S s_add(S x, S y) { return _mm256_add_epi16(x, y); }
OPERATION S s_sub(S x, S y) { return _mm256_sub_epi16(x, y); }
OPERATION S s_shl(S x, int bits) { return _mm256_slli_epi16(x, bits); }

/// Sums of channels 0-3 and 8-11, and of the others: as unpacking leaves them.
typedef struct {
  __m256i low, high;
} D;
typedef D P;

OPERATION P p_load(const int16_t *a, const int16_t *b) {
  const S x = s_load(a), y = s_load(b);
  return (P){_mm256_unpacklo_epi16(x, y), _mm256_unpackhi_epi16(x, y)};
}
OPERATION D d_zero(void) { return (D){_mm256_setzero_si256(), _mm256_setzero_si256()}; }
OPERATION D d_dot(D d, P x, P w) {
  return (D){DOT(d.low, x.low, w.low), DOT(d.high, x.high, w.high)};
}
OPERATION __m256i d_half(D d, int half) {
  return half ? _mm256_permute2x128_si256(d.low, d.high, 0x31)
              : _mm256_permute2x128_si256(d.low, d.high, 0x20);
}

#if LANES == 8
typedef __m256i V;
typedef V A;
typedef V W;
typedef V X;

OPERATION V v_load(const int32_t *from) { return _mm256_loadu_si256((const __m256i *)from); }
OPERATION void v_store(int32_t *to, V v) { _mm256_storeu_si256((__m256i *)to, v); }
OPERATION V v_set(int32_t x) { return _mm256_set1_epi32(x); }
OPERATION V v_add(V x, V y) { return _mm256_add_epi32(x, y); }
OPERATION V v_sub(V x, V y) { return _mm256_sub_epi32(x, y); }
OPERATION V v_mul(V x, V y) { return _mm256_mullo_epi32(x, y); }
OPERATION V v_shl(V x, int bits) { return _mm256_slli_epi32(x, bits); }
OPERATION V v_sra(V x, int bits) { return _mm256_srai_epi32(x, bits); }
OPERATION V v_max(V x, V y) { return _mm256_max_epi32(x, y); }

OPERATION W w_load(const int16_t *from) { return _mm256_loadu_si256((const __m256i *)from); }
OPERATION X x_load(const int16_t *from) {
  int32_t pair;
  memcpy(&pair, from, sizeof pair);
  return _mm256_set1_epi32(pair);
}
OPERATION A a_zero(void) { return _mm256_setzero_si256(); }
OPERATION A a_dot(A a, X x, W w) { return DOT(a, x, w); }
OPERATION V a_sum(A a) { return a; }
OPERATION V d_sum(D d, int half) { return d_half(d, half); }

/// The odd lanes in the places of the even ones too. After a shift to there, compilers make one
/// product of theirs from three others.
OPERATION V odd_lanes(V v) { return _mm256_shuffle_epi32(v, 0xF5); }

typedef struct {
  V bias, left, multiplier, oddMultiplier, right, mask, threshold, low, high;
} R;

OPERATION R r_load(const ScribeRequantization *r, int32_t channel) {
  const V multiplier = v_load(r->multiplier + channel), right = v_load(r->right + channel);
  const V one = v_set(1), mask = v_sub(_mm256_sllv_epi32(one, right), one);
  return (R){
      .bias = v_load(r->bias + channel),
      .left = v_load(r->left + channel),
      .multiplier = multiplier,
      .oddMultiplier = odd_lanes(multiplier),
      .right = right,
      .mask = mask,
      .threshold = _mm256_srli_epi32(mask, 1),
      .low = v_set(r->low),
      .high = v_set(r->high),
  };
}

OPERATION V r_apply(const R *r, V sums) {
  const __m256i half = _mm256_set1_epi64x((int64_t)1 << 30);
  const V scaled = _mm256_sllv_epi32(v_add(sums, r->bias), r->left);
  // Bits 31...62 of the 64-bit products; those of odd lanes end up in the upper halves.
  const V even = _mm256_add_epi64(_mm256_mul_epi32(scaled, r->multiplier), half);
  const V odd =
      _mm256_add_epi64(_mm256_mul_epi32(odd_lanes(scaled), r->oddMultiplier), half);
  const V high =
      _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xAA);
  const V threshold = v_sub(r->threshold, _mm256_srai_epi32(high, 31));
  const V roundsUp = _mm256_cmpgt_epi32(_mm256_and_si256(high, r->mask), threshold);
  const V value = v_sub(_mm256_srav_epi32(high, r->right), roundsUp);
  return _mm256_min_epi32(_mm256_max_epi32(value, r->low), r->high);
}
OPERATION void v_narrow(int16_t *to, V v) {
  _mm_storeu_si128((__m128i *)to, _mm_packs_epi32(_mm256_castsi256_si128(v),
                                                  _mm256_extracti128_si256(v, 1)));
}
#endif
