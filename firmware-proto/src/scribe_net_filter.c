/* Depthwise layers whose input lies in memory with its padding: one filter a channel. */
#include <string.h>

#include "scribe_net_parts.h"

#if SCRIBE_NET_DSP

static inline uint32_t load(const void *from) {
  uint32_t word;
  memcpy(&word, from, 4);
  return word;
}

/* Instructions of one operand, and of two. */
#define SCRIBE_NET_ONE(name, operation)               \
  static inline uint32_t name(uint32_t a) {           \
    uint32_t result;                                  \
    __asm__(operation : "=r"(result) : "r"(a));       \
    return result;                                    \
  }
#define SCRIBE_NET_TWO(name, operation)                       \
  static inline uint32_t name(uint32_t a, uint32_t b) {       \
    uint32_t result;                                          \
    __asm__(operation : "=r"(result) : "r"(a), "r"(b));       \
    return result;                                            \
  }
SCRIBE_NET_ONE(even_values, "uxtb16 %0, %1")
SCRIBE_NET_ONE(odd_values, "uxtb16 %0, %1, ror #8")
SCRIBE_NET_ONE(even_weights, "sxtb16 %0, %1")
SCRIBE_NET_ONE(odd_weights, "sxtb16 %0, %1, ror #8")
SCRIBE_NET_TWO(lows, "pkhbt %0, %1, %2, lsl #16")
SCRIBE_NET_TWO(highs, "pkhtb %0, %2, %1, asr #16")

static inline int32_t products(uint32_t a, uint32_t b, int32_t sum) {
  int32_t result;
  __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

static inline uint8_t scaled(const scribe_net_channel *channel, int32_t sum, int32_t zero) {
  int32_t result = scribe_net_scale(channel, sum) + zero;
  __asm__("usat %0, #8, %1" : "=r"(result) : "r"(result));
  return (uint8_t)result;
}

/* Four channels at all positions. Values and weights of two taps are brought side by side; the
 * input's zero point is 0, so that padding needs no correction. */
static void filter_four(const scribe_net_layer *layer, const scribe_net_taps *taps, uint32_t c,
                        const uint8_t *in, uint32_t positions, uint8_t *out) {
  const uint32_t channels = layer->input_channels, pairs = (taps->count + 1) / 2;
  const scribe_net_channel *channel = layer->channels + c;
  const int32_t zero = layer->output_zero;
  uint32_t weights[4 * 13];
  for (uint32_t p = 0; p < pairs; p++) {
    const int8_t *first = layer->taps + 2 * p * channels + c;
    const uint32_t a = load(first), b = 2 * p + 1 < taps->count ? load(first + channels) : 0;
    weights[4 * p] = lows(even_weights(a), even_weights(b));
    weights[4 * p + 1] = lows(odd_weights(a), odd_weights(b));
    weights[4 * p + 2] = highs(even_weights(a), even_weights(b));
    weights[4 * p + 3] = highs(odd_weights(a), odd_weights(b));
  }
  in += c, out += c;
  for (uint32_t x = 0; x < positions; x++, in += taps->step, out += channels) {
    int32_t s0 = channel[0].bias, s1 = channel[1].bias, s2 = channel[2].bias,
            s3 = channel[3].bias;
    const uint32_t *w = weights, *offset = taps->offsets;
    for (const uint32_t *end = weights + 4 * pairs; w < end; w += 4, offset += 2) {
      const uint32_t a = load(in + offset[0]), b = load(in + offset[1]);
      const uint32_t ae = even_values(a), ao = odd_values(a), be = even_values(b),
                     bo = odd_values(b);
      s0 = products(lows(ae, be), w[0], s0);
      s1 = products(lows(ao, bo), w[1], s1);
      s2 = products(highs(ae, be), w[2], s2);
      s3 = products(highs(ao, bo), w[3], s3);
    }
    out[0] = scaled(channel, s0, zero);
    out[1] = scaled(channel + 1, s1, zero);
    out[2] = scaled(channel + 2, s2, zero);
    out[3] = scaled(channel + 3, s3, zero);
  }
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
  /* A lone last tap is read twice, the second time with weight 0. */
  scribe_net_taps even = *taps;
  if (taps->count % 2 == 1) even.offsets[taps->count] = 0;
  for (; layer->narrow && layer->low == 0 && layer->input_zero == 0 &&
         c + 4 <= layer->input_channels; c += 4) {
    filter_four(layer, &even, c, in, positions, out);
  }
#endif
  for (; c < layer->input_channels; c++) filter_one(layer, taps, c, in, positions, out);
}
