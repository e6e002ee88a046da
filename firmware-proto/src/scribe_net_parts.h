/* scribe_net_parts.h: declarations that scribe_net.c and scribe_flow.c share. Private. */
#ifndef SCRIBE_NET_PARTS_H
#define SCRIBE_NET_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "scribe_net.h"

/* Thumb-2 with SMLAD and little-endian: Cortex-M4, M7, M33 with DSP. */
#if !defined(SCRIBE_NET_PORTABLE) && defined(__GNUC__) && defined(__thumb2__) && \
    defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && \
    !defined(__ARM_BIG_ENDIAN)
#define SCRIBE_NET_DSP 1
#else
#define SCRIBE_NET_DSP 0
#endif

/* Kernel rows that are written to the same positions. */
typedef struct {
  int32_t to;     /* words from the columns' beginning */
  int32_t from;   /* values from the corner of the input read */
  int32_t second; /* words to a second place for them, or 0 */
  int32_t count;
} scribe_net_span;

/* Gathering of activations into columns: each kernel row is widened to centred 16-bit pairs, one
 * every four words. The kernels below know this layout. */
typedef struct {
  uint32_t zeros;       /* the input's zero point in both halves */
  uint32_t fours;       /* whole fours in a row */
  uint32_t rest;        /* values after them */
  uint32_t line;        /* values from the last whole four to the next row */
  uint32_t columns;     /* side by side */
  uint32_t column_step; /* values from one column to the next */
  uint32_t span_count;
  scribe_net_span spans[3];
} scribe_net_gathering;

/* Rows of whole fours of values, of which the zero point is 0. */
typedef struct {
  uint32_t eights; /* of a row */
  uint32_t four;   /* 1 if four are left of a row */
  uint32_t skip;   /* values from a row's end to the next one */
} scribe_net_rows;

/* Widens such rows at one position, as scribe_net_gather_columns() does. */
void scribe_net_gather_rows(const uint8_t *corner, uint32_t *to, uint32_t count,
                            const scribe_net_rows *rows);

/* Widens the values under the kernel whose corner is given. */
void scribe_net_gather_columns(const scribe_net_gathering *gathering, const uint8_t *corner,
                               uint32_t *to);

/* Computes all channels at four positions, whose inputs lie side by side in `columns`: outputs the
 * first `positions`, or the greatest of the four. */
void scribe_net_all_channels(const scribe_net_layer *layer, const uint32_t *columns,
                             uint32_t pairs, uint8_t *out, uint32_t positions);

/* Converts a sum to the output's scale, as an activation. */
uint8_t scribe_net_requantize(const scribe_net_layer *layer, const scribe_net_channel *channel,
                              int32_t sum);

/* Places of a filter's inputs, at most 25. */
typedef struct {
  uint32_t count;
  uint32_t step;        /* values from one position to the next */
  uint32_t offsets[25]; /* values from a position's corner */
} scribe_net_taps;

/* Computes `positions` positions of a depthwise layer, one after the other. Padding holds the
 * input's zero point. */
void scribe_net_filter(const scribe_net_layer *layer, const scribe_net_taps *taps,
                       const uint8_t *in, uint32_t positions, uint8_t *out);

/* Inputs of one output, in pairs. */
uint32_t scribe_net_column_words(const scribe_net_layer *layer);

#if SCRIBE_NET_DSP

/* The double rounding. SMMULR does the first, of twice the sum; the exporter has checked that twice
 * the sum fits, and that there is a right shift (`narrow`). */
static inline int32_t scribe_net_scale(const scribe_net_channel *channel, int32_t sum) {
  int32_t high;
  __asm__("smmulr %0, %1, %2"
          : "=r"(high)
          : "r"((uint32_t)sum << (channel->left + 1)), "r"(channel->multiplier));
  high += high >> 31;
  return ((high >> (channel->right - 1)) + 1) >> 1;
}

#endif

#endif
