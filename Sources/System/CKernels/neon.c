#include "kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define NAME(x) x##_neon
#define TARGET
#define OPERATION __attribute__((always_inline)) static inline
#define LANES 8
// Sums of the two values of a pair are kept apart until the end: six of 32 registers a position.
#define TILE_POSITIONS 3
#define POOL_GROUPS 1

typedef int32x4x2_t V;
/// Sums of even and odd inputs side by side.
typedef int32x4x4_t A;
typedef int16x8x2_t S;
typedef S W;
typedef int16x8_t X;
typedef int32x4x4_t D;
typedef struct {
  S first, second;
} P;

OPERATION V v_load(const int32_t *from) { return vld1q_s32_x2(from); }
OPERATION void v_store(int32_t *to, V v) { vst1q_s32_x2(to, v); }
OPERATION V v_set(int32_t x) { return (V){{vdupq_n_s32(x), vdupq_n_s32(x)}}; }
OPERATION V v_add(V x, V y) {
  return (V){{vaddq_s32(x.val[0], y.val[0]), vaddq_s32(x.val[1], y.val[1])}};
}
OPERATION V v_sub(V x, V y) {
  return (V){{vsubq_s32(x.val[0], y.val[0]), vsubq_s32(x.val[1], y.val[1])}};
}
OPERATION V v_mul(V x, V y) {
  return (V){{vmulq_s32(x.val[0], y.val[0]), vmulq_s32(x.val[1], y.val[1])}};
}
OPERATION V v_shl(V x, int bits) {
  const int32x4_t by = vdupq_n_s32(bits);
  return (V){{vshlq_s32(x.val[0], by), vshlq_s32(x.val[1], by)}};
}
OPERATION V v_sra(V x, int bits) { return v_shl(x, -bits); }
OPERATION V v_max(V x, V y) {
  return (V){{vmaxq_s32(x.val[0], y.val[0]), vmaxq_s32(x.val[1], y.val[1])}};
}

OPERATION S s_load(const int16_t *from) { return vld1q_s16_x2(from); }
OPERATION void s_store(int16_t *to, S s) { vst1q_s16_x2(to, s); }
OPERATION S s_add(S x, S y) {
  return (S){{vaddq_s16(x.val[0], y.val[0]), vaddq_s16(x.val[1], y.val[1])}};
}
OPERATION S s_sub(S x, S y) {
  return (S){{vsubq_s16(x.val[0], y.val[0]), vsubq_s16(x.val[1], y.val[1])}};
}
OPERATION S s_shl(S x, int bits) {
  const int16x8_t by = vdupq_n_s16((int16_t)bits);
  return (S){{vshlq_s16(x.val[0], by), vshlq_s16(x.val[1], by)}};
}

OPERATION W w_load(const int16_t *from) { return s_load(from); }
OPERATION X x_load(const int16_t *from) {
  int32_t pair;
  memcpy(&pair, from, sizeof pair);
  return vreinterpretq_s16_s32(vdupq_n_s32(pair));
}
OPERATION A a_zero(void) {
  const int32x4_t zero = vdupq_n_s32(0);
  return (A){{zero, zero, zero, zero}};
}
OPERATION A a_dot(A a, X x, W w) {
  return (A){{vmlal_s16(a.val[0], vget_low_s16(x), vget_low_s16(w.val[0])),
              vmlal_high_s16(a.val[1], x, w.val[0]),
              vmlal_s16(a.val[2], vget_low_s16(x), vget_low_s16(w.val[1])),
              vmlal_high_s16(a.val[3], x, w.val[1])}};
}
OPERATION V a_sum(A a) {
  return (V){{vpaddq_s32(a.val[0], a.val[1]), vpaddq_s32(a.val[2], a.val[3])}};
}

OPERATION P p_load(const int16_t *a, const int16_t *b) { return (P){s_load(a), s_load(b)}; }
OPERATION D d_zero(void) { return a_zero(); }
OPERATION D d_tap(D d, S x, S w) {
  return (D){{vmlal_s16(d.val[0], vget_low_s16(x.val[0]), vget_low_s16(w.val[0])),
              vmlal_high_s16(d.val[1], x.val[0], w.val[0]),
              vmlal_s16(d.val[2], vget_low_s16(x.val[1]), vget_low_s16(w.val[1])),
              vmlal_high_s16(d.val[3], x.val[1], w.val[1])}};
}
OPERATION D d_dot(D d, P x, P w) {
  return d_tap(d_tap(d, x.first, w.first), x.second, w.second);
}
OPERATION V d_sum(D d, int half) { return (V){{d.val[2 * half], d.val[2 * half + 1]}}; }

typedef struct {
  int32x4_t bias, left, multiplier, minusRight, mask, threshold, low, high;
} FourChannels;
typedef struct {
  FourChannels a, b;
} R;

OPERATION FourChannels four_channels(const ScribeRequantization *r, int32_t channel) {
  const int32x4_t right = vld1q_s32(r->right + channel), one = vdupq_n_s32(1);
  const int32x4_t mask = vsubq_s32(vshlq_s32(one, right), one);
  return (FourChannels){
      .bias = vld1q_s32(r->bias + channel),
      .left = vld1q_s32(r->left + channel),
      .multiplier = vld1q_s32(r->multiplier + channel),
      .minusRight = vnegq_s32(right),
      .mask = mask,
      .threshold = vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(mask), 1)),
      .low = vdupq_n_s32(r->low),
      .high = vdupq_n_s32(r->high),
  };
}
OPERATION int32x4_t requantized(const FourChannels *r, int32x4_t sums) {
  const int32x4_t scaled = vshlq_s32(vaddq_s32(sums, r->bias), r->left);
  const int32x4_t high = vqrdmulhq_s32(scaled, r->multiplier);
  const int32x4_t threshold = vsubq_s32(r->threshold, vshrq_n_s32(high, 31));
  const uint32x4_t roundsUp = vcgtq_s32(vandq_s32(high, r->mask), threshold);
  const int32x4_t value =
      vsubq_s32(vshlq_s32(high, r->minusRight), vreinterpretq_s32_u32(roundsUp));
  return vminq_s32(vmaxq_s32(value, r->low), r->high);
}
OPERATION R r_load(const ScribeRequantization *r, int32_t channel) {
  return (R){four_channels(r, channel), four_channels(r, channel + 4)};
}
OPERATION V r_apply(const R *r, V sums) {
  return (V){{requantized(&r->a, sums.val[0]), requantized(&r->b, sums.val[1])}};
}
OPERATION void v_narrow(int16_t *to, V v) {
  vst1q_s16(to, vqmovn_high_s32(vqmovn_s32(v.val[0]), v.val[1]));
}

#include "body.h"

KERNELS(neon);

#endif
