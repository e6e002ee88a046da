/* Depthwise layers whose input lies in memory with its padding: one filter a channel. */
#include <string.h>

#include "scribe_net_parts.h"

#if SCRIBE_NET_DSP

/* Values for four channels at all positions. The kernel moves `in`, `out` and `positions`. */
typedef struct {
  const uint8_t *in;
  const uint32_t *weights; /* a tap's of channels (0, 2), then (1, 3) */
  const uint32_t *offsets;
  const scribe_net_channel *channels;
  uint8_t *out;
  int32_t output_zero;
  uint32_t taps;
  uint32_t positions;
  uint32_t step;   /* from a position's inputs to the next one's */
  uint32_t stride; /* and of its outputs */
} filter_job;

/* As scribe_net_scale(), then the zero point in r2 and the clamp to 0...255. r3 channels. */
#define SCRIBE_NET_FILTERED(sum, at)          \
  "ldrd    r10, r11, [r3, #" at "]\n"         \
  "add.w   r11, r11, #1\n"                    \
  "lsl.w   " sum ", " sum ", r11\n"           \
  "smmulr  " sum ", " sum ", r10\n"           \
  "lsr.w   r11, r11, #8\n"                    \
  "add.w   " sum ", " sum ", " sum ", asr #31\n" \
  "asrs.w  " sum ", " sum ", r11\n"           \
  "adc.w   " sum ", " sum ", r2\n"            \
  "usat    " sum ", #8, " sum "\n"

/* A tap of four channels: `in` is the data's word, of which the even values stay in lr. Weights in
 * r1, sums in r4-r7. */
#define SCRIBE_NET_TAP(in)              \
  "ldrd    r10, r11, [r1], #8\n"        \
  "uxtb16  lr, " in "\n"                \
  "uxtb16  " in ", " in ", ror #8\n"    \
  "smlabb  r4, lr, r10, r4\n"           \
  "smlatt  r6, lr, r10, r6\n"           \
  "smlabb  r5, " in ", r11, r5\n"       \
  "smlatt  r7, " in ", r11, r7\n"

/* The input's zero point is 0, so that padding needs no correction. r9 job, r0 in, r1 weights,
 * r2 offsets, r4-r7 sums, r8 taps left. */
__attribute__((naked, noinline)) static void filter_dsp(filter_job *job __attribute__((unused))) {
  __asm__ volatile(
      "push    {r4-r11, lr}\n"
      "mov     r9, r0\n"
      "1:\n"
      "ldr.w   r3, [r9, #12]\n"
      "ldr     r4, [r3]\n"
      "ldr     r5, [r3, #12]\n"
      "ldr     r6, [r3, #24]\n"
      "ldr     r7, [r3, #36]\n"
      "ldmia.w r9, {r0, r1, r2}\n"
      "ldr.w   r8, [r9, #24]\n"
      "cmp     r8, #9\n"
      "bne     2f\n"
      /* 3 x 3, the usual: in pairs, without a loop. */
      ".rept   4\n"
      "ldrd    r8, r12, [r2], #8\n"
      "ldr.w   r8, [r0, r8]\n"
      "ldr.w   r12, [r0, r12]\n"
      SCRIBE_NET_TAP("r8") SCRIBE_NET_TAP("r12")
      ".endr\n"
      "ldr     r12, [r2]\n"
      "ldr.w   r12, [r0, r12]\n"
      SCRIBE_NET_TAP("r12")
      "b       3f\n"
      "2:\n"
      "ldr     r12, [r2], #4\n"
      "ldr.w   r12, [r0, r12]\n"
      SCRIBE_NET_TAP("r12")
      "subs.w  r8, r8, #1\n"
      "bne     2b\n"
      "3:\n"
      "ldr.w   r2, [r9, #20]\n"
      SCRIBE_NET_FILTERED("r4", "4") SCRIBE_NET_FILTERED("r5", "16")
      SCRIBE_NET_FILTERED("r6", "28") SCRIBE_NET_FILTERED("r7", "40")
      "orr.w   r4, r4, r5, lsl #8\n"
      "orr.w   r4, r4, r6, lsl #16\n"
      "orr.w   r4, r4, r7, lsl #24\n"
      "ldr.w   r3, [r9, #16]\n"
      "add.w   r12, r9, #28\n"
      "ldmia.w r12, {r5, r6, r7}\n"
      "str     r4, [r3]\n"
      "add     r3, r7\n"
      "add     r0, r6\n"
      "subs    r5, #1\n"
      "str.w   r3, [r9, #16]\n"
      "str.w   r0, [r9]\n"
      "str.w   r5, [r9, #28]\n"
      "bne     1b\n"
      "pop     {r4-r11, pc}\n");
}

/* Four channels at all positions, of which the least output is 0. */
static void filter_four(const scribe_net_layer *layer, const scribe_net_taps *taps, uint32_t c,
                        const uint8_t *in, uint32_t positions, uint8_t *out) {
  const uint32_t channels = layer->input_channels;
  uint32_t weights[2 * 25];
  for (uint32_t t = 0; t < taps->count; t++) {
    uint32_t word;
    memcpy(&word, layer->taps + t * channels + c, 4);
    __asm__("sxtb16 %0, %1" : "=r"(weights[2 * t]) : "r"(word));
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(weights[2 * t + 1]) : "r"(word));
  }
  filter_job job = {in + c, weights, taps->offsets, layer->channels + c, out + c,
                    layer->output_zero, taps->count, positions, taps->step, channels};
  filter_dsp(&job);
}

#endif

/* One channel at all positions. */
static void filter_one(const scribe_net_layer *layer, const scribe_net_taps *taps, uint32_t c,
                       const uint8_t *in, uint32_t positions, uint8_t *out) {
  const uint32_t channels = layer->input_channels;
  const int32_t zero = layer->input_zero;
  in += c, out += c;
  for (uint32_t x = 0; x < positions; x++, in += taps->step, out += channels) {
    int32_t sum = layer->channels[c].bias;
    const int8_t *weight = layer->taps + c;
    for (uint32_t t = 0; t < taps->count; t++, weight += channels) {
      sum += *weight * (in[taps->offsets[t]] - zero);
    }
    *out = scribe_net_requantize(layer, layer->channels + c, sum);
  }
}

void scribe_net_filter(const scribe_net_layer *layer, const scribe_net_taps *taps,
                       const uint8_t *in, uint32_t positions, uint8_t *out) {
  uint32_t c = 0;
#if SCRIBE_NET_DSP
  for (; layer->narrow && layer->low == 0 && layer->input_zero == 0 &&
         c + 4 <= layer->input_channels; c += 4) {
    filter_four(layer, taps, c, in, positions, out);
  }
#endif
  for (; c < layer->input_channels; c++) filter_one(layer, taps, c, in, positions, out);
}
