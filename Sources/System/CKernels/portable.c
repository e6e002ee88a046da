// Plain C with the vector types of GCC and Clang, for any processor.

#include "kernels.h"

#define NAME(x) x##_portable
#define TARGET
#define LANES 8
// As many sums as fit sixteen registers of four.
#define TILE_POSITIONS 2
#define POOL_HALVES 1
#define POOL_GROUPS 1

typedef int32_t Four __attribute__((vector_size(16)));
typedef int16_t Eight __attribute__((vector_size(16)));
typedef int32_t EightLong __attribute__((vector_size(32)));
typedef int16_t FourShort __attribute__((vector_size(8)));

typedef struct {
  Four a, b;
} V;
typedef V A;
typedef struct {
  Eight a, b;
} S;
typedef S W;
typedef Eight X;
typedef struct {
  V half[2];
} D;
typedef struct {
  S first, second;
} P;

#define INLINE_OPERATION __attribute__((always_inline)) static inline

INLINE_OPERATION V v_load(const int32_t *from) {
  V v;
  memcpy(&v, from, sizeof v);
  return v;
}
INLINE_OPERATION void v_store(int32_t *to, V v) { memcpy(to, &v, sizeof v); }
INLINE_OPERATION V v_set(int32_t x) { return (V){{x, x, x, x}, {x, x, x, x}}; }
// Sums wrap around, so they are of unsigned numbers.
typedef uint32_t UnsignedFour __attribute__((vector_size(16)));
#define WRAPPING(x, op, y) ((Four)((UnsignedFour)(x)op(UnsignedFour)(y)))
INLINE_OPERATION V v_add(V x, V y) {
  return (V){WRAPPING(x.a, +, y.a), WRAPPING(x.b, +, y.b)};
}
INLINE_OPERATION V v_sub(V x, V y) {
  return (V){WRAPPING(x.a, -, y.a), WRAPPING(x.b, -, y.b)};
}
INLINE_OPERATION V v_mul(V x, V y) {
  return (V){WRAPPING(x.a, *, y.a), WRAPPING(x.b, *, y.b)};
}
INLINE_OPERATION V v_shl(V x, int bits) {
  return (V){(Four)((UnsignedFour)x.a << (uint32_t)bits),
             (Four)((UnsignedFour)x.b << (uint32_t)bits)};
}
INLINE_OPERATION V v_sra(V x, int bits) { return (V){x.a >> bits, x.b >> bits}; }
INLINE_OPERATION Four greater(Four x, Four y) {
  const Four mask = x > y;
  return (x & mask) | (y & ~mask);
}
INLINE_OPERATION V v_max(V x, V y) { return (V){greater(x.a, y.a), greater(x.b, y.b)}; }

INLINE_OPERATION S s_load(const int16_t *from) {
  S s;
  memcpy(&s, from, sizeof s);
  return s;
}
INLINE_OPERATION void s_store(int16_t *to, S s) { memcpy(to, &s, sizeof s); }
INLINE_OPERATION S s_add(S x, S y) { return (S){x.a + y.a, x.b + y.b}; }
INLINE_OPERATION S s_sub(S x, S y) { return (S){x.a - y.a, x.b - y.b}; }
INLINE_OPERATION S s_shl(S x, int bits) {
  const int16_t factor = (int16_t)(1 << bits);
  return (S){x.a * factor, x.b * factor};
}
INLINE_OPERATION W w_load(const int16_t *from) { return s_load(from); }
INLINE_OPERATION X x_load(const int16_t *from) {
  int32_t pair;
  memcpy(&pair, from, sizeof pair);
  return (X)(Four){pair, pair, pair, pair};
}
INLINE_OPERATION A a_zero(void) { return v_set(0); }
/// The form in which compilers recognize multiply-and-add instructions.
INLINE_OPERATION Four products(Eight x, Eight w) {
  const EightLong p = __builtin_convertvector(x, EightLong) * __builtin_convertvector(w, EightLong);
  return __builtin_shufflevector(p, p, 0, 2, 4, 6) + __builtin_shufflevector(p, p, 1, 3, 5, 7);
}
INLINE_OPERATION A a_dot(A a, X x, W w) {
  return v_add(a, (V){products(x, w.a), products(x, w.b)});
}
INLINE_OPERATION V a_sum(A a) { return a; }

INLINE_OPERATION P p_load(const int16_t *a, const int16_t *b) {
  return (P){s_load(a), s_load(b)};
}
INLINE_OPERATION D d_zero(void) { return (D){{v_set(0), v_set(0)}}; }
/// The form, again, in which compilers find multiply-and-add.
INLINE_OPERATION V both_taps(Eight x, Eight y, Eight w, Eight v) {
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
  return (V){products(LOW(x, y), LOW(w, v)), products(HIGH(x, y), HIGH(w, v))};
}
INLINE_OPERATION D d_dot(D d, P x, P w) {
  return (D){{v_add(d.half[0], both_taps(x.first.a, x.second.a, w.first.a, w.second.a)),
              v_add(d.half[1], both_taps(x.first.b, x.second.b, w.first.b, w.second.b))}};
}
INLINE_OPERATION V d_sum(D d, int half) { return d.half[half]; }

typedef struct {
  const ScribeRequantization *all;
  int32_t channel;
} R;

INLINE_OPERATION R r_load(const ScribeRequantization *r, int32_t channel) {
  return (R){r, channel};
}

/// TensorFlow Lite Micro's double rounding: once in the doubling high product, once in the shift.
INLINE_OPERATION V r_apply(const R *r, V sums) {
  int32_t values[LANES];
  v_store(values, v_add(sums, v_load(r->all->bias + r->channel)));
  for (int i = 0; i < LANES; i++) {
    const int32_t c = r->channel + i, right = r->all->right[c];
    const int64_t product =
        (int64_t)values[i] * ((int64_t)1 << r->all->left[c]) * r->all->multiplier[c];
    const int32_t high = (int32_t)((product + ((int64_t)1 << 30)) >> 31);
    const int32_t mask = (int32_t)(((int64_t)1 << right) - 1);
    const int32_t value = (high >> right) + ((high & mask) > (mask >> 1) + (high < 0));
    values[i] = value < r->all->low ? r->all->low : value > r->all->high ? r->all->high : value;
  }
  return v_load(values);
}
INLINE_OPERATION void v_narrow(int16_t *to, V v) {
  int32_t values[LANES];
  v_store(values, v);
  for (int i = 0; i < LANES; i++) to[i] = (int16_t)values[i];
}

#include "body.h"

KERNELS(portable);
