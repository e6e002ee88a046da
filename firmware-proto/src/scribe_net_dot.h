/* Inner products, for scribe_net.c alone: portable, and for cores with the DSP extension.
 *
 * The kernel does two channels at four positions at once. Inputs were widened to 16-bit pairs and
 * lie position by position, so a step takes one word of weights, four words of inputs, and makes
 * 16 multiplications with 8 SMLAD. Weights stay int8 in flash: a half-word holds 256 b + a, whose
 * low byte, sign-extended, is channel a's weight, and which as it stands is channel b's times 256
 * with a's on top. The sums of b are therefore (sum of the whole - sum of a) / 256, and only one
 * unpacking a step is needed. It costs b's sum the upper 8 bits: 24 must do, which the exporter
 * checks (`narrow`). Sums on the way may wrap.
 *
 * Weights widened to 16 bits in flash would not save an instruction more, and take twice the
 * bytes through the flash's wait states. */
#ifndef SCRIBE_NET_DOT_H
#define SCRIBE_NET_DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "scribe_net.h"

/* Thumb-2 with SMLAD and little-endian: Cortex-M4, M7, M33 with DSP. */
#if !defined(SCRIBE_NET_PORTABLE) && defined(__GNUC__) && defined(__thumb2__) && \
    defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && \
    !defined(__ARM_BIG_ENDIAN)
#define SCRIBE_NET_DSP 1
#else
#define SCRIBE_NET_DSP 0
#endif

static inline uint32_t scribe_net_pair(int32_t first, int32_t second) {
  return ((uint32_t)first & 0xFFFFu) | (uint32_t)second << 16;
}

static inline int32_t scribe_net_low(uint32_t pair) { return (int16_t)(pair & 0xFFFFu); }
static inline int32_t scribe_net_high(uint32_t pair) { return (int16_t)(pair >> 16); }

#if SCRIBE_NET_DSP

/* Four activations as (0, 2) and (1, 3), less `both`. */
static inline void scribe_net_split(const uint8_t *from, uint32_t both, uint32_t *even,
                                    uint32_t *odd) {
  uint32_t word, a, b;
  memcpy(&word, from, 4);
  __asm__("uxtb16 %0, %1" : "=r"(a) : "r"(word));
  __asm__("uxtb16 %0, %1, ror #8" : "=r"(b) : "r"(word));
  if (both != 0) {
    __asm__("ssub16 %0, %1, %2" : "=r"(a) : "r"(a), "r"(both));
    __asm__("ssub16 %0, %1, %2" : "=r"(b) : "r"(b), "r"(both));
  }
  *even = a;
  *odd = b;
}

/* The double rounding in six instructions. SMMULR's is the first, of twice the sum; the exporter
 * has checked that twice the sum fits, and that there is a right shift (`narrow`). */
static inline int32_t scribe_net_scale(const scribe_net_channel *channel, int32_t sum) {
  int32_t high;
  __asm__("smmulr %0, %1, %2"
          : "=r"(high)
          : "r"((uint32_t)sum << (channel->left + 1)), "r"(channel->multiplier));
  high += high >> 31;
  return ((high >> (channel->right - 1)) + 1) >> 1;
}

/* One step: r0 inputs, r1 weights, r4-r7 sums of a, r8-r11 those of b; r2, r3, r12, lr free.
 * 48 bytes, on which the jump into the loop counts. */
#define SCRIBE_NET_STEP               \
  "ldr.w   r12, [r1], #4\n"           \
  "ldrd    r2, r3, [r0], #8\n"        \
  "sxtb16.w lr, r12\n"                \
  "smlad   r4, lr, r2, r4\n"          \
  "smlad   r8, r12, r2, r8\n"         \
  "smlad   r5, lr, r3, r5\n"          \
  "smlad   r9, r12, r3, r9\n"         \
  "ldrd    r2, r3, [r0], #8\n"        \
  "smlad   r6, lr, r2, r6\n"          \
  "smlad   r10, r12, r2, r10\n"       \
  "smlad   r7, lr, r3, r7\n"          \
  "smlad   r11, r12, r3, r11\n"

/* `pairs` steps, eight a turn; the first turn is entered where as many are left as `pairs` is
 * beyond a multiple of eight. sums[0] and sums[1] begin as the biases. */
#define SCRIBE_NET_DOT4_LOOP          \
  "push    {r3-r11, lr}\n"            \
  "add.w   lr, r0, r2, lsl #4\n"      \
  "push    {r2, lr}\n"                \
  "ldrd    r4, r8, [r3]\n"            \
  "rsb.w   r2, r2, #0\n"              \
  "and     r2, r2, #7\n"              \
  "add.w   r2, r2, r2, lsl #1\n"      \
  "adr.w   r12, 1f\n"                 \
  "add.w   r12, r12, r2, lsl #4\n"    \
  "add.w   r8, r4, r8, lsl #8\n"      \
  "mov     r5, r4\n"                  \
  "mov     r6, r4\n"                  \
  "mov     r7, r4\n"                  \
  "mov     r9, r8\n"                  \
  "mov     r10, r8\n"                 \
  "mov     r11, r8\n"                 \
  "mov     pc, r12\n"                 \
  ".p2align 2\n"                      \
  "1:\n"                              \
  SCRIBE_NET_STEP SCRIBE_NET_STEP SCRIBE_NET_STEP SCRIBE_NET_STEP \
  SCRIBE_NET_STEP SCRIBE_NET_STEP SCRIBE_NET_STEP SCRIBE_NET_STEP \
  "ldr     r2, [sp, #4]\n"            \
  "cmp     r0, r2\n"                  \
  "bne     1b\n"                      \
  "sub.w   r8, r8, r4\n"              \
  "sub.w   r9, r9, r5\n"              \
  "sub.w   r10, r10, r6\n"            \
  "sub.w   r11, r11, r7\n"            \
  "add     sp, #8\n"                  \
  "pop     {r3}\n"

#define SCRIBE_NET_MAX(a, b) "cmp " a ", " b "\n" "it lt\n" "movlt " a ", " b "\n"

__attribute__((naked, noinline, unused)) static void scribe_net_dot4_all(
    const uint32_t *columns __attribute__((unused)),
    const uint32_t *weights __attribute__((unused)), uint32_t pairs __attribute__((unused)),
    int32_t *sums __attribute__((unused))) {
  __asm__ volatile(
      SCRIBE_NET_DOT4_LOOP
      "asr.w   r8, r8, #8\n"
      "asr.w   r9, r9, #8\n"
      "asr.w   r10, r10, #8\n"
      "asr.w   r11, r11, #8\n"
      "stmia.w r3, {r4-r11}\n"
      "pop     {r4-r11, pc}\n");
}

__attribute__((naked, noinline, unused)) static void scribe_net_dot4_greatest(
    const uint32_t *columns __attribute__((unused)),
    const uint32_t *weights __attribute__((unused)), uint32_t pairs __attribute__((unused)),
    int32_t *sums __attribute__((unused))) {
  __asm__ volatile(
      SCRIBE_NET_DOT4_LOOP
      SCRIBE_NET_MAX("r4", "r5")
      SCRIBE_NET_MAX("r6", "r7")
      SCRIBE_NET_MAX("r8", "r9")
      SCRIBE_NET_MAX("r10", "r11")
      SCRIBE_NET_MAX("r4", "r6")
      SCRIBE_NET_MAX("r8", "r10")
      "asr.w   r8, r8, #8\n"
      "strd    r4, r8, [r3]\n"
      "pop     {r4-r11, pc}\n");
}

/* Two channels at one position, for dense layers. */
__attribute__((naked, noinline, unused)) static void scribe_net_dot1_both(
    const uint32_t *column __attribute__((unused)),
    const uint32_t *weights __attribute__((unused)), uint32_t pairs __attribute__((unused)),
    int32_t *sums __attribute__((unused))) {
  __asm__ volatile(
      "push    {r4-r8, lr}\n"
      "ldrd    r4, r5, [r3]\n"
      "add.w   r5, r4, r5, lsl #8\n"
      "lsrs    r8, r2, #2\n"
      "beq     2f\n"
      "1:\n"
      "ldrd    r6, r7, [r0], #8\n"
      "ldrd    r12, lr, [r1], #8\n"
      "smlad   r5, r12, r6, r5\n"
      "sxtb16.w r12, r12\n"
      "smlad   r4, r12, r6, r4\n"
      "smlad   r5, lr, r7, r5\n"
      "sxtb16.w lr, lr\n"
      "smlad   r4, lr, r7, r4\n"
      "ldrd    r6, r7, [r0], #8\n"
      "ldrd    r12, lr, [r1], #8\n"
      "smlad   r5, r12, r6, r5\n"
      "sxtb16.w r12, r12\n"
      "smlad   r4, r12, r6, r4\n"
      "smlad   r5, lr, r7, r5\n"
      "sxtb16.w lr, lr\n"
      "smlad   r4, lr, r7, r4\n"
      "subs.w  r8, r8, #1\n"
      "bne     1b\n"
      "2:\n"
      "ands    r2, r2, #3\n"
      "beq     4f\n"
      "3:\n"
      "ldr     r6, [r0], #4\n"
      "ldr     r12, [r1], #4\n"
      "smlad   r5, r12, r6, r5\n"
      "sxtb16.w r12, r12\n"
      "smlad   r4, r12, r6, r4\n"
      "subs    r2, #1\n"
      "bne     3b\n"
      "4:\n"
      "subs    r5, r5, r4\n"
      "asrs    r5, r5, #8\n"
      "strd    r4, r5, [r3]\n"
      "pop     {r4-r8, pc}\n");
}

#else

static inline void scribe_net_split(const uint8_t *from, uint32_t both, uint32_t *even,
                                    uint32_t *odd) {
  const int32_t zero = (int32_t)(both & 0xFFFFu);
  *even = scribe_net_pair(from[0] - zero, from[2] - zero);
  *odd = scribe_net_pair(from[1] - zero, from[3] - zero);
}

#endif

static inline int32_t scribe_net_larger(int32_t a, int32_t b) { return a > b ? a : b; }

/* Two channels at one position whose pairs lie `stride` words apart. No sum overflows, as the
 * exporter has checked. */
static void scribe_net_dot_portable(const uint32_t *inputs, uint32_t stride,
                                    const uint32_t *weights, uint32_t pairs, int32_t *a,
                                    int32_t *b) {
  int32_t sum_a = *a;
  int32_t sum_b = *b;
  for (uint32_t i = 0; i < pairs; i++, inputs += stride) {
    const int32_t first = scribe_net_low(weights[i]);
    const int32_t second = scribe_net_high(weights[i]);
    const int32_t first_a = (int8_t)(first & 0xFF);
    const int32_t second_a = (int8_t)(second & 0xFF);
    const int32_t x = scribe_net_low(*inputs);
    const int32_t y = scribe_net_high(*inputs);
    sum_a += first_a * x + second_a * y;
    sum_b += (first - first_a) / 256 * x + (second - second_a) / 256 * y;
  }
  *a = sum_a;
  *b = sum_b;
}

/* sums[0] and sums[1] begin as the biases. After it they are the greatest of the four positions,
 * or, unless `pooled`, sums[0...3] are channel a's and sums[4...7] channel b's. */
static inline void scribe_net_dot4(const uint32_t *columns, const uint32_t *weights,
                                   uint32_t pairs, int32_t sums[8], bool narrow, bool pooled) {
#if SCRIBE_NET_DSP
  if (narrow) {
    if (pooled) {
      scribe_net_dot4_greatest(columns, weights, pairs, sums);
    } else {
      scribe_net_dot4_all(columns, weights, pairs, sums);
    }
    return;
  }
#else
  (void)narrow;
#endif
  const int32_t bias_a = sums[0];
  const int32_t bias_b = sums[1];
  for (int i = 0; i < 4; i++) {
    sums[i] = bias_a;
    sums[4 + i] = bias_b;
    scribe_net_dot_portable(columns + i, 4, weights, pairs, sums + i, sums + 4 + i);
  }
  if (pooled) {
    for (int i = 1; i < 4; i++) {
      sums[0] = scribe_net_larger(sums[0], sums[i]);
      sums[4] = scribe_net_larger(sums[4], sums[4 + i]);
    }
    sums[1] = sums[4];
  }
}

static inline void scribe_net_dot1(const uint32_t *column, const uint32_t *weights, uint32_t pairs,
                                   int32_t sums[2], bool narrow) {
#if SCRIBE_NET_DSP
  if (narrow) {
    scribe_net_dot1_both(column, weights, pairs, sums);
    return;
  }
#else
  (void)narrow;
#endif
  scribe_net_dot_portable(column, 1, weights, pairs, sums, sums + 1);
}

#endif
