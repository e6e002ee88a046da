#include "kernels.h"

#if defined(__x86_64__)

#define NAME(x) x##_avx512_vnni
// Checks of the kernels compile them for processors without these instructions.
#ifndef TARGET
#define TARGET \
  __attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#endif
#define LANES 16
#define TILE_POSITIONS 12
#define POOL_GROUPS 3

#define DOT(sums, x, w) _mm256_dpwssd_epi32(sums, x, w)

#include "avx2.h"

typedef __m512i V;
typedef V A;
typedef V W;
typedef V X;

OPERATION V v_load(const int32_t *from) { return _mm512_loadu_si512(from); }
OPERATION void v_store(int32_t *to, V v) { _mm512_storeu_si512(to, v); }
OPERATION V v_set(int32_t x) { return _mm512_set1_epi32(x); }
OPERATION V v_add(V x, V y) { return _mm512_add_epi32(x, y); }
OPERATION V v_sub(V x, V y) { return _mm512_sub_epi32(x, y); }
OPERATION V v_mul(V x, V y) { return _mm512_mullo_epi32(x, y); }
OPERATION V v_shl(V x, int bits) { return _mm512_slli_epi32(x, (unsigned)bits); }
OPERATION V v_sra(V x, int bits) { return _mm512_srai_epi32(x, (unsigned)bits); }
OPERATION V v_max(V x, V y) { return _mm512_max_epi32(x, y); }

OPERATION W w_load(const int16_t *from) { return _mm512_loadu_si512(from); }
OPERATION X x_load(const int16_t *from) {
  int32_t pair;
  memcpy(&pair, from, sizeof pair);
  return _mm512_set1_epi32(pair);
}
OPERATION A a_zero(void) { return _mm512_setzero_si512(); }
// Products of int16, not of int8: Winograd's algorithm needs the range, and saves more than int8
// would.
OPERATION A a_dot(A a, X x, W w) { return _mm512_dpwssd_epi32(a, x, w); }
OPERATION V a_sum(A a) { return a; }
OPERATION V d_sum(D d, int half) {
  (void)half;
  return _mm512_inserti64x4(_mm512_castsi256_si512(d_half(d, 0)), d_half(d, 1), 1);
}

typedef struct {
  V bias, left, multiplier, oddMultiplier, right, mask, threshold, low, high;
} R;

OPERATION R r_load(const ScribeRequantization *r, int32_t channel) {
  const V multiplier = v_load(r->multiplier + channel), right = v_load(r->right + channel);
  const V one = v_set(1), mask = v_sub(_mm512_sllv_epi32(one, right), one);
  return (R){
      .bias = v_load(r->bias + channel),
      .left = v_load(r->left + channel),
      .multiplier = multiplier,
      .oddMultiplier = _mm512_srli_epi64(multiplier, 32),
      .right = right,
      .mask = mask,
      .threshold = _mm512_srli_epi32(mask, 1),
      .low = v_set(r->low),
      .high = v_set(r->high),
  };
}

OPERATION V r_apply(const R *r, V sums) {
  const __m512i half = _mm512_set1_epi64((int64_t)1 << 30);
  const V scaled = _mm512_sllv_epi32(v_add(sums, r->bias), r->left);
  // Bits 31...62 of the 64-bit products; those of odd lanes end up in the upper halves.
  const V even = _mm512_add_epi64(_mm512_mul_epi32(scaled, r->multiplier), half);
  const V odd =
      _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(scaled, 32), r->oddMultiplier), half);
  const V high =
      _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
  const V threshold = v_sub(r->threshold, _mm512_srai_epi32(high, 31));
  const __mmask16 roundsUp = _mm512_cmpgt_epi32_mask(_mm512_and_si512(high, r->mask), threshold);
  const V shifted = _mm512_srav_epi32(high, r->right);
  const V value = _mm512_mask_add_epi32(shifted, roundsUp, shifted, v_set(1));
  return _mm512_min_epi32(_mm512_max_epi32(value, r->low), r->high);
}
OPERATION void v_narrow(int16_t *to, V v) {
  _mm256_storeu_si256((__m256i *)to, _mm512_cvtsepi32_epi16(v));
}

#include "body.h"

KERNELS(avx512_vnni);

#endif
