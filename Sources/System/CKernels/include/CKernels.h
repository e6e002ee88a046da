// Integer kernels of the network: sums of products, requantization, fused 2x2 maximum.
//
// Activations are "centred": int16, the int8 value less its zero point, so padding is 0 and no
// zero point appears in a kernel. The kernels know no geometry: the caller passes, for each group
// of four positions, where their inputs begin and where their results go.
//
// Every kernel exists in portable C and, on x86-64, for AVX2; all give equal results.

#ifndef C_KERNELS_H
#define C_KERNELS_H

#include <stdint.h>

#include "crc32.h"

/// Which instructions a kernel uses.
typedef enum {
  SCRIBE_PORTABLE = 0,
  SCRIBE_AVX2 = 1,
} ScribeInstructions;

/// The best that this processor runs.
ScribeInstructions scribe_best_instructions(void);

/// Per output channel, padded with zeros to a multiple of eight.
typedef struct {
  const int32_t *bias;
  /// Q31, at least 0.
  const int32_t *multiplier;
  /// Bits to shift left before the multiplication, 0...31.
  const int32_t *left;
  /// Bits to shift right, rounding, after it, 0...31.
  const int32_t *right;
  /// Real channels.
  int32_t channels;
  /// Clamp of the centred result.
  int32_t low, high;
} ScribeRequantization;

/// A convolution or dense layer as rows of products.
typedef struct {
  /// [channel / 8][row][pair][channel % 8][2], the last value of an odd row padded with 0.
  const int16_t *weights;
  ScribeRequantization requantization;
  /// Where each row of inputs that a position covers begins, from the position's source.
  const int32_t *rowOffsets;
  /// Rows, and pairs of values in each. An odd row reads one value past its end and multiplies it
  /// by 0.
  int32_t rows, pairs;
} ScribeProducts;

/// Sums of products at `groups` groups of four positions.
///
/// `sources` holds four offsets into `input` a group. If `pooled` is not 0, the greatest of the
/// four sums goes to the one offset of `targets`; else each goes to its own of four. Positions
/// may repeat. Inputs must be readable one value past what is used.
void scribe_products(const ScribeProducts *layer, ScribeInstructions instructions,
                     const int16_t *input, const int32_t *sources, int32_t groups, int32_t pooled,
                     int16_t *output, const int32_t *targets);

/// A depthwise convolution, one filter a channel.
typedef struct {
  /// [tap][channel], channels padded with 0 to a multiple of eight.
  const int16_t *weights;
  ScribeRequantization requantization;
  /// Offset of each tap from the position's source.
  const int32_t *taps;
  int32_t tapCount;
} ScribeDepthwise;

/// Filters `positions` positions from `sources` to `targets`. Inputs must be readable seven
/// values past what is used.
void scribe_depthwise(const ScribeDepthwise *layer, ScribeInstructions instructions,
                      const int16_t *input, const int32_t *sources, int32_t positions,
                      int16_t *output, const int32_t *targets);

#endif
