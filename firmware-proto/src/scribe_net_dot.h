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
 * Weights widened to 16 bits in flash would save one instruction of the twelve but no cycle (a
 * double load takes as long as a load and the unpacking), and bring twice the bytes through the
 * flash's wait states. The portable loops and those with SMLAD stand side by side here, since they
 * must give the same sums. */
#ifndef SCRIBE_NET_DOT_H
#define SCRIBE_NET_DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "scribe_net_parts.h"

static inline uint32_t scribe_net_pair(int32_t first, int32_t second) {
  return ((uint32_t)first & 0xFFFFu) | (uint32_t)second << 16;
}

static inline int32_t scribe_net_low(uint32_t pair) { return (int16_t)(pair & 0xFFFFu); }
static inline int32_t scribe_net_high(uint32_t pair) { return (int16_t)(pair >> 16); }

#if SCRIBE_NET_DSP

/* r1 from, r0 to, r2 bytes to the second place, r3 zeros. Unaligned loads are allowed. */
#define SCRIBE_NET_STORE_PAIR(word)   \
  "ssub16  " word ", " word ", r3\n"  \
  "str.w   " word ", [r0, r2]\n"      \
  "str.w   " word ", [r0], #16\n"

/* Registers beside those: r4 fours, r5 rest, r6 rows left, r8 line, r9 fours left, r12 next span,
 * lr spans left. Stack: 0 corner, 4 columns, 8 columns left, 12 gathering. The upper half of a lone
 * value may hold anything: its weight is 0. */
__attribute__((naked, noinline)) static void scribe_net_gather(
    const scribe_net_gathering *gathering __attribute__((unused)),
    const uint8_t *corner __attribute__((unused)), uint32_t *to __attribute__((unused))) {
  __asm__ volatile(
      "push    {r4-r11, lr}\n"
      "ldr     r9, [r0, #16]\n"
      "push    {r0, r1, r2, r9}\n"
      "ldmia.w r0, {r3, r4, r5, r8}\n"
      "1:\n"
      "ldr.w   r12, [sp]\n"
      "ldr.w   lr, [r12, #24]\n"
      "add.w   r12, r12, #28\n"
      "2:\n"
      "ldmia.w r12!, {r0, r1, r2, r6}\n"
      "ldrd    r10, r11, [sp, #4]\n"
      "add.w   r0, r11, r0, lsl #2\n"
      "add.w   r1, r1, r10\n"
      "lsls    r2, r2, #2\n"
      "3:\n"
      "movs.w  r9, r4\n"
      "beq     5f\n"
      "4:\n"
      "ldr     r11, [r1], #4\n"
      "uxtb16  r10, r11\n"
      "uxtb16  r11, r11, ror #8\n"
      SCRIBE_NET_STORE_PAIR("r10")
      SCRIBE_NET_STORE_PAIR("r11")
      "subs.w  r9, r9, #1\n"
      "bne     4b\n"
      "5:\n"
      "cbz     r5, 7f\n"
      "ldrb.w  r10, [r1]\n"
      "cmp     r5, #2\n"
      "blt     6f\n"
      "ite     eq\n"
      "ldrbeq.w r11, [r1, #1]\n"
      "ldrbne.w r11, [r1, #2]\n"
      "orr.w   r10, r10, r11, lsl #16\n"
      SCRIBE_NET_STORE_PAIR("r10")
      "beq     7f\n"
      "ldrb.w  r10, [r1, #1]\n"
      "6:\n"
      SCRIBE_NET_STORE_PAIR("r10")
      "7:\n"
      "add     r1, r8\n"
      "subs    r6, #1\n"
      "bne     3b\n"
      "subs.w  lr, lr, #1\n"
      "bne     2b\n"
      "ldr.w   r12, [sp]\n"
      "ldrd    r9, r10, [sp, #4]\n"
      "ldr.w   r11, [r12, #20]\n"
      "add.w   r10, r10, #4\n"
      "add.w   r9, r9, r11\n"
      "strd    r9, r10, [sp, #4]\n"
      "ldr.w   r9, [sp, #12]\n"
      "subs.w  r9, r9, #1\n"
      "str.w   r9, [sp, #12]\n"
      "bne     1b\n"
      "add     sp, #16\n"
      "pop     {r4-r11, pc}\n");
}

/* r0 from, r1 to, r2 rows left, r4 eights, r5 four, r6 skip, r7 eights left. Unaligned loads are
 * allowed. */
__attribute__((naked, noinline)) static void scribe_net_widen_rows(
    const uint8_t *corner __attribute__((unused)), uint32_t *to __attribute__((unused)),
    uint32_t count __attribute__((unused)),
    const scribe_net_rows *rows __attribute__((unused))) {
  __asm__ volatile(
      "push    {r4-r9, lr}\n"
      "ldmia.w r3, {r4, r5, r6}\n"
      "1:\n"
      "movs.w  r7, r4\n"
      "beq     3f\n"
      "2:\n"
      "ldr.w   r8, [r0], #4\n"
      "ldr.w   r9, [r0], #4\n"
      "uxtb16  r12, r8\n"
      "uxtb16  r8, r8, ror #8\n"
      "uxtb16  lr, r9\n"
      "uxtb16  r9, r9, ror #8\n"
      "str.w   r12, [r1]\n"
      "str.w   r8, [r1, #16]\n"
      "str.w   lr, [r1, #32]\n"
      "str.w   r9, [r1, #48]\n"
      "adds    r1, #64\n"
      "subs    r7, #1\n"
      "bne     2b\n"
      "3:\n"
      "cbz     r5, 4f\n"
      "ldr.w   r8, [r0], #4\n"
      "uxtb16  r12, r8\n"
      "uxtb16  r8, r8, ror #8\n"
      "str.w   r12, [r1]\n"
      "str.w   r8, [r1, #16]\n"
      "adds    r1, #32\n"
      "4:\n"
      "add     r0, r6\n"
      "subs    r2, #1\n"
      "bne     1b\n"
      "pop     {r4-r9, pc}\n");
}

/* Splits four activations into (0, 2) and (1, 3). */
static inline void scribe_net_split(const uint8_t *from, uint32_t zeros, uint32_t *even,
                                    uint32_t *odd) {
  uint32_t word, a, b;
  memcpy(&word, from, 4);
  __asm__("uxtb16 %0, %1" : "=r"(a) : "r"(word));
  __asm__("uxtb16 %0, %1, ror #8" : "=r"(b) : "r"(word));
  __asm__("ssub16 %0, %1, %2" : "=r"(*even) : "r"(a), "r"(zeros));
  __asm__("ssub16 %0, %1, %2" : "=r"(*odd) : "r"(b), "r"(zeros));
}

/* Registers: r0 inputs, r1 weights, r4-r7 sums of a, r8-r11 sums of b; r2, r3, r12, lr free. Takes
 * 48 bytes, which the jump into the loop relies on. */
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

/* The address to enter the loop at: r12 = label 1 + 48 bytes for each step to skip, so that whole
 * turns of eight remain. r2 is the number of steps. */
#define SCRIBE_NET_ENTRY              \
  "rsb.w   r2, r2, #0\n"              \
  "and     r2, r2, #7\n"              \
  "add.w   r2, r2, r2, lsl #1\n"      \
  "adr.w   r12, 1f\n"                 \
  "add.w   r12, r12, r2, lsl #4\n"

/* Starts all sums from the biases in r4 and r8 and jumps to r12. Ends where r0 is the word at
 * [sp, #4], with b's sums 256 times too large. */
#define SCRIBE_NET_LOOP               \
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
  "sub.w   r11, r11, r7\n"

/* Computes two channels at four positions. sums[0] and sums[1] start as the biases; afterwards
 * sums[0...3] are channel a's and sums[4...7] channel b's. */
__attribute__((naked, noinline)) static void scribe_net_dot4_dsp(
    const uint32_t *columns __attribute__((unused)),
    const uint32_t *weights __attribute__((unused)), uint32_t pairs __attribute__((unused)),
    int32_t *sums __attribute__((unused))) {
  __asm__ volatile(
      "push    {r3-r11, lr}\n"
      "add.w   lr, r0, r2, lsl #4\n"
      "push    {r2, lr}\n"
      SCRIBE_NET_ENTRY
      "ldrd    r4, r8, [r3]\n"
      SCRIBE_NET_LOOP
      "ldr     r3, [sp, #8]\n"
      "asr.w   r8, r8, #8\n"
      "asr.w   r9, r9, #8\n"
      "asr.w   r10, r10, #8\n"
      "asr.w   r11, r11, #8\n"
      "stmia.w r3, {r4-r11}\n"
      "add     sp, #12\n"
      "pop     {r4-r11, pc}\n");
}

/* Values for all channels of one pooled position. The kernel keeps them on its stack. */
typedef struct {
  const scribe_net_channel *channels;
  const scribe_net_channel *end; /* after the last real one */
  uint8_t *out;
  int32_t output_zero;
  int32_t low;
} scribe_net_job;

#define SCRIBE_NET_MAX(a, b) "cmp " a ", " b "\n" "it lt\n" "movlt " a ", " b "\n"

/* As scribe_net_scale(), then the zero point in r2 and the clamp from r3 to 255. r5 and r6 hold the
 * multiplier and both shifts; a shift by a register uses only its lowest byte. The carry is the
 * last bit shifted out: it rounds. */
#define SCRIBE_NET_SCALE(sum)         \
  "lsl.w   " sum ", " sum ", r6\n"    \
  "add.w   " sum ", " sum ", " sum "\n" \
  "smmulr  " sum ", " sum ", r5\n"    \
  "lsrs    r6, r6, #8\n"              \
  "add.w   " sum ", " sum ", " sum ", asr #31\n" \
  "asrs.w  " sum ", " sum ", r6\n"    \
  "adc.w   " sum ", " sum ", r2\n"    \
  SCRIBE_NET_MAX(sum, "r3")           \
  "usat    " sum ", #8, " sum "\n"

/* All channels at one position after a 2x2 maximum: the greatest of four sums, then one rescaling.
 * That is the same as rescaling four times, since rescaling is monotone.
 * Stack: 0 columns, 4 their end, 8 channel, 12 end, 16 out, 20 output_zero, 24 low, 28 entry. */
__attribute__((naked, noinline)) static void scribe_net_pooled_dsp(
    const uint32_t *columns __attribute__((unused)),
    const uint32_t *weights __attribute__((unused)), uint32_t pairs __attribute__((unused)),
    const scribe_net_job *job __attribute__((unused))) {
  __asm__ volatile(
      "push    {r4-r11, lr}\n"
      "add.w   r5, r0, r2, lsl #4\n"
      SCRIBE_NET_ENTRY
      "mov     r4, r0\n"
      "ldmia.w r3, {r6-r10}\n"
      "mov     r11, r12\n"
      "push    {r4-r11}\n"
      "2:\n"
      "ldr     r2, [sp, #8]\n"
      "ldr     r12, [sp, #28]\n"
      "ldr     r0, [sp]\n"
      "ldr     r4, [r2]\n"
      "ldr.w   r8, [r2, #12]\n"
      SCRIBE_NET_LOOP
      SCRIBE_NET_MAX("r4", "r5")
      SCRIBE_NET_MAX("r6", "r7")
      SCRIBE_NET_MAX("r4", "r6")
      SCRIBE_NET_MAX("r8", "r9")
      SCRIBE_NET_MAX("r10", "r11")
      SCRIBE_NET_MAX("r8", "r10")
      "asr.w   r8, r8, #8\n"
      "ldr.w   r12, [sp, #8]\n"
      "ldrd    r2, r3, [sp, #20]\n"
      "ldrd    r5, r6, [r12, #4]\n"
      SCRIBE_NET_SCALE("r4")
      "ldrd    r5, r6, [r12, #16]\n"
      SCRIBE_NET_SCALE("r8")
      "ldrd    r7, r0, [sp, #12]\n"
      "add.w   r12, r12, #24\n"
      "strb.w  r4, [r0], #1\n"
      "cmp.w   r12, r7\n"
      "it      ls\n"
      "strbls  r8, [r0], #1\n"
      "str.w   r12, [sp, #8]\n"
      "str     r0, [sp, #16]\n"
      "blo.w   2b\n"
      "add     sp, #32\n"
      "pop     {r4-r11, pc}\n");
}

/* Values for all channels of four positions. The kernel keeps them on its stack. */
typedef struct {
  const scribe_net_channel *channels;
  const scribe_net_channel *end; /* after the last real one */
  uint8_t *out;
  int32_t output_zero;
  uint32_t stride; /* bytes from a position's output to the next one's */
} scribe_net_quad;

/* The first rounding of scribe_net_scale(): r1 multiplier, r12 left shift and one. */
#define SCRIBE_NET_RAISE(sum)         \
  "lsl.w   " sum ", " sum ", r12\n"   \
  "smmulr  " sum ", " sum ", r1\n"    \
  "add.w   " sum ", " sum ", " sum ", asr #31\n"

/* The second one, then the zero point in r2 and the clamp to 0...255: r12 right shift. */
#define SCRIBE_NET_LOWER(sum)         \
  "asrs.w  " sum ", " sum ", r12\n"   \
  "adc.w   " sum ", " sum ", r2\n"    \
  "usat    " sum ", #8, " sum "\n"

/* All channels at four positions whose least output is 0.
 * Stack: 0 columns, 4 their end, 8 channel, 12 end, 16 out, 20 output_zero, 24 stride, 28 entry,
 * 32 weights. */
__attribute__((naked, noinline)) static void scribe_net_quad_dsp(
    const uint32_t *columns __attribute__((unused)),
    const uint32_t *weights __attribute__((unused)), uint32_t pairs __attribute__((unused)),
    const scribe_net_quad *job __attribute__((unused))) {
  __asm__ volatile(
      "push    {r4-r11, lr}\n"
      "sub     sp, #8\n"
      "add.w   r5, r0, r2, lsl #4\n"
      SCRIBE_NET_ENTRY
      "mov     r4, r0\n"
      "ldmia.w r3, {r6-r10}\n"
      "mov     r11, r12\n"
      "push    {r4-r11}\n"
      "2:\n"
      "ldr     r2, [sp, #8]\n"
      "ldr     r12, [sp, #28]\n"
      "ldr     r0, [sp]\n"
      "ldr     r4, [r2]\n"
      "ldr.w   r8, [r2, #12]\n"
      SCRIBE_NET_LOOP
      "str     r1, [sp, #32]\n"
      "ldr.w   r12, [sp, #8]\n"
      "ldr     r0, [sp, #24]\n"
      "ldr.w   lr, [sp, #16]\n"
      "ldr     r2, [sp, #20]\n"
      "add.w   r3, lr, r0, lsl #1\n"
      "ldrd    r1, r12, [r12, #4]\n"
      "add.w   r12, r12, #1\n"
      SCRIBE_NET_RAISE("r4") SCRIBE_NET_RAISE("r5") SCRIBE_NET_RAISE("r6") SCRIBE_NET_RAISE("r7")
      "lsr.w   r12, r12, #8\n"
      SCRIBE_NET_LOWER("r4") SCRIBE_NET_LOWER("r5") SCRIBE_NET_LOWER("r6") SCRIBE_NET_LOWER("r7")
      "strb.w  r4, [lr]\n"
      "strb.w  r5, [lr, r0]\n"
      "strb.w  r6, [r3]\n"
      "strb.w  r7, [r3, r0]\n"
      "ldr.w   r12, [sp, #8]\n"
      "ldr     r4, [sp, #12]\n"
      "add.w   r5, r12, #12\n"
      "cmp     r5, r4\n"
      "bhs.w   3f\n"
      "ldrd    r1, r12, [r12, #16]\n"
      "asr.w   r8, r8, #8\n"
      "asr.w   r9, r9, #8\n"
      "asr.w   r10, r10, #8\n"
      "asr.w   r11, r11, #8\n"
      "add.w   r12, r12, #1\n"
      "add.w   lr, lr, #1\n"
      "adds    r3, #1\n"
      SCRIBE_NET_RAISE("r8") SCRIBE_NET_RAISE("r9") SCRIBE_NET_RAISE("r10")
      SCRIBE_NET_RAISE("r11")
      "lsr.w   r12, r12, #8\n"
      SCRIBE_NET_LOWER("r8") SCRIBE_NET_LOWER("r9") SCRIBE_NET_LOWER("r10")
      SCRIBE_NET_LOWER("r11")
      "strb.w  r8, [lr]\n"
      "strb.w  r9, [lr, r0]\n"
      "strb.w  r10, [r3]\n"
      "strb.w  r11, [r3, r0]\n"
      "3:\n"
      "ldr.w   r12, [sp, #8]\n"
      "ldr     r4, [sp, #12]\n"
      "ldr     r5, [sp, #16]\n"
      "ldr     r1, [sp, #32]\n"
      "add.w   r12, r12, #24\n"
      "adds    r5, #2\n"
      "str.w   r12, [sp, #8]\n"
      "str     r5, [sp, #16]\n"
      "cmp     r12, r4\n"
      "blo.w   2b\n"
      "add     sp, #40\n"
      "pop     {r4-r11, pc}\n");
}

/* Two pairs of inputs. */
#define SCRIBE_NET_STEP1              \
  "ldrd    r6, r7, [r0], #8\n"        \
  "ldrd    r12, lr, [r1], #8\n"       \
  "smlad   r5, r12, r6, r5\n"         \
  "sxtb16.w r12, r12\n"               \
  "smlad   r4, r12, r6, r4\n"         \
  "smlad   r5, lr, r7, r5\n"          \
  "sxtb16.w lr, lr\n"                 \
  "smlad   r4, lr, r7, r4\n"

/* Computes two channels at one position, for dense layers. The sums start as the biases. */
__attribute__((naked, noinline)) static void scribe_net_dot1_dsp(
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
      SCRIBE_NET_STEP1 SCRIBE_NET_STEP1
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

static inline void scribe_net_split(const uint8_t *from, uint32_t zeros, uint32_t *even,
                                    uint32_t *odd) {
  const int32_t zero = (int32_t)(zeros & 0xFFFFu);
  *even = scribe_net_pair(from[0] - zero, from[2] - zero);
  *odd = scribe_net_pair(from[1] - zero, from[3] - zero);
}

static inline uint32_t *scribe_net_store(uint32_t *to, int32_t second, uint32_t pair) {
  to[0] = pair;
  to[second] = pair;
  return to + 4;
}

static void scribe_net_gather(const scribe_net_gathering *gathering, const uint8_t *corner,
                              uint32_t *columns) {
  const uint32_t zeros = gathering->zeros;
  const int32_t zero = (int32_t)(zeros & 0xFFFFu);
  const uint32_t rest = gathering->rest;
  for (uint32_t i = 0; i < gathering->columns * gathering->span_count; i++) {
    const uint32_t column = i / gathering->span_count;
    const scribe_net_span span = gathering->spans[i % gathering->span_count];
    const uint8_t *from = corner + column * gathering->column_step + span.from;
    uint32_t *to = columns + column + span.to;
    for (int32_t rows = span.count; rows > 0; rows--, from += gathering->line) {
      for (uint32_t fours = gathering->fours; fours > 0; fours--, from += 4) {
        uint32_t even, odd;
        scribe_net_split(from, zeros, &even, &odd);
        to = scribe_net_store(to, span.second, even);
        to = scribe_net_store(to, span.second, odd);
      }
      if (rest == 0) continue;
      const int32_t second = rest > 1 ? from[rest - 1] - zero : 0;
      to = scribe_net_store(to, span.second, scribe_net_pair(from[0] - zero, second));
      if (rest > 2) {
        to = scribe_net_store(to, span.second, scribe_net_pair(from[1] - zero, 0));
      }
    }
  }
}

static void scribe_net_widen_rows(const uint8_t *corner, uint32_t *to, uint32_t count,
                                  const scribe_net_rows *rows) {
  for (; count > 0; count--, corner += rows->skip) {
    for (uint32_t fours = 2 * rows->eights + rows->four; fours > 0; fours--) {
      scribe_net_split(corner, 0, to, to + 4);
      corner += 4;
      to += 8;
    }
  }
}

#endif

/* Widens activations to pairs, one after another: the column of a dense layer. */
static void scribe_net_widen(uint32_t *to, const uint8_t *from, uint32_t count, uint32_t zeros) {
  const int32_t zero = (int32_t)(zeros & 0xFFFFu);
  for (; count >= 4; count -= 4, from += 4, to += 2) scribe_net_split(from, zeros, to, to + 1);
  if (count == 0) return;
  *to++ = scribe_net_pair(from[0] - zero, count > 1 ? from[count - 1] - zero : 0);
  if (count > 2) *to = scribe_net_pair(from[1] - zero, 0);
}

/* Computes two channels at one position whose pairs lie `stride` words apart; the sums start as the
 * biases. No sum overflows, as the exporter has checked. */
static void scribe_net_dot_portable(const uint32_t *inputs, uint32_t stride,
                                    const uint32_t *weights, uint32_t pairs, int32_t *a,
                                    int32_t *b) {
  int32_t sum_a = *a;
  int32_t sum_b = *b;
  for (const uint32_t *end = weights + pairs; weights < end; weights++, inputs += stride) {
    const uint32_t word = *weights;
    const int32_t x = scribe_net_low(*inputs);
    const int32_t y = scribe_net_high(*inputs);
    const int32_t first_a = (int8_t)(word & 0xFFu);
    const int32_t second_a = (int8_t)(word >> 16 & 0xFFu);
    /* A negative a took 1 from the byte above it; adding 128 to it before the carry gives it back. */
    const int32_t first_b = (int8_t)((word + 0x80u) >> 8 & 0xFFu);
    const int32_t second_b = (int8_t)((word + 0x800000u) >> 24);
    sum_a += first_a * x + second_a * y;
    sum_b += first_b * x + second_b * y;
  }
  *a = sum_a;
  *b = sum_b;
}

#endif
