// Integer kernels of the network: convolutions as sums of products and by Winograd's algorithm,
// requantization, fused 2x2 maximum.
//
// Activations are "centred": int16, the int8 value less its zero point, so padding is 0 and no zero
// point appears in a kernel. They lie within -255...255. The kernels know no geometry: the caller
// passes the offsets of inputs and results.
//
// One body, `body.h`, is compiled for each kind of instructions, so all give equal results.

#ifndef C_KERNELS_H
#define C_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "crc32.h"
#include "pixels.h"
#include "products.h"
#include "tiles.h"

/// The instructions that a kernel uses.
typedef enum {
  SCRIBE_PORTABLE = 0,
  SCRIBE_NEON = 1,
  SCRIBE_AVX2 = 2,
  SCRIBE_AVX_VNNI = 3,
  SCRIBE_AVX512_VNNI = 4,
} ScribeInstructions;

/// The number of kinds of instructions.
#define SCRIBE_INSTRUCTIONS 5

/// Whether this processor has the instructions and the kernels were compiled for its architecture.
int32_t scribe_runs(ScribeInstructions instructions);

/// Per output channel, padded with zeros to a multiple of 16.
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

/// A convolution or dense layer as sums of products.
typedef struct {
  /// [channel / 16][pair][channel % 16][2], 0 where there is no channel or no second of a pair.
  const int16_t *weights;
  ScribeRequantization requantization;
  /// Offset of each pair of inputs from a position's source.
  const int32_t *offsets;
  int32_t pairs;
} ScribeProducts;

/// Sums of products at `positions` positions.
///
/// `sources` holds an offset into `input` for each. If `pooled` is not 0, `positions` is a multiple
/// of four and the greatest sum of each four goes to one offset of `targets`; else each goes to its
/// own. Inputs must be readable one value past the last one used.
void scribe_products(const ScribeProducts *layer, ScribeInstructions instructions,
                     const int16_t *input, const int32_t *sources, int32_t positions,
                     int32_t pooled, int16_t *output, const int32_t *targets);

/// Outputs of a Winograd tile in a row, and, where it has several rows, in a column.
#define SCRIBE_TILE 4
/// Points at which a tile and a kernel of three are evaluated, in each direction.
#define SCRIBE_POINTS 6
/// Values past an input's last that a tile may read.
#define SCRIBE_TILE_SLACK 32

/// A convolution by Winograd's F(4, 3) along its rows: four neighbouring outputs from six products
/// instead of twelve. Or along columns too, F(4x4, 3x3): sixteen from 36 instead of 144. A kernel
/// that is longer than three is the sum of several, each three places on.
///
/// All arithmetic is in integers modulo 2^32 and exact if no true sum reaches 2^25.
typedef struct {
  /// [channel / 16][point][pair][channel % 16][2]: scribe_winograd_weights makes them.
  const int16_t *weights;
  ScribeRequantization requantization;
  /// 6, or 36 if rows are transformed too.
  int32_t points;
  /// Threes of kernel rows, or kernel rows if there are 6 points; threes of kernel columns.
  int32_t rows, columns;
  /// Values from one row of a tile's inputs to the next, and from one column to the next.
  int32_t rowStep, columnStep;
  int32_t inputs;
  /// The same steps for its outputs, or for their maxima if pooled.
  int32_t targetRowStep, targetColumnStep;
  /// Whether the greatest of each 2x2 outputs is taken; with 36 points only.
  int32_t pooled;
} ScribeWinograd;

/// Offsets of a tile's inputs and outputs, and its number of outputs, which is smaller at the
/// border. If pooled, `height` and `width` count the maxima.
typedef struct {
  int32_t source, target;
  int32_t height, width;
} ScribeTile;

/// int16 values of scratch that `scribe_winograd` needs.
int32_t scribe_winograd_scratch(const ScribeWinograd *layer);

/// Int16 values of a layer's weights.
int32_t scribe_winograd_weight_count(const ScribeWinograd *layer);

/// Fills `packed` from int8 OHWI weights of `rows` x `columns`. Nothing saturates: a transformed
/// weight is at most 144 times the greatest.
void scribe_winograd_weights(const ScribeWinograd *layer, const int8_t *weights,
                             int32_t rows, int32_t columns, int16_t *packed);

/// Computes `count` tiles.
void scribe_winograd(const ScribeWinograd *layer, ScribeInstructions instructions,
                     const int16_t *input, const ScribeTile *tiles, int32_t count, int16_t *output,
                     int16_t *scratch);

/// A depthwise convolution, one filter a channel.
typedef struct {
  /// [tap][channel], channels padded with 0 to a multiple of 16.
  const int16_t *weights;
  ScribeRequantization requantization;
  /// Offset of each tap from the position's source.
  const int32_t *taps;
  int32_t tapCount;
} ScribeDepthwise;

/// Filters `positions` positions from `sources` to `targets`. Inputs must be readable fifteen
/// values past the last one used.
void scribe_depthwise(const ScribeDepthwise *layer, ScribeInstructions instructions,
                      const int16_t *input, const int32_t *sources, int32_t positions,
                      int16_t *output, const int32_t *targets);

/// A column of an lstm, from the sums of its gates on.
typedef struct {
  /// 256 entries: sigmoid(i / 24) in Q0.16, which is 32768 at least, and in the lowest 15 bits how
  /// much the next is above it.
  const uint32_t *sigmoids;
  int32_t units;
  /// Bits behind the point of a cell, 9...15.
  int32_t cellBits;
  /// What products of two Q0.15 are multiplied by for the output: Q31, then bits to shift right,
  /// 0...31.
  int32_t multiplier, right;
  /// Clamp of the centred output.
  int32_t low, high;
} ScribeLSTM;

/// One column: `fromInput` and `fromOutput` are what its input and the output a column before give
/// to the gates, Q3.12, [input, forget, cell, output][unit]. Changes `cell` and writes the centred
/// output, `units` values each.
void scribe_lstm(const ScribeLSTM *layer, ScribeInstructions instructions,
                 const int16_t *fromInput, const int16_t *fromOutput, int16_t *cell,
                 int16_t *output);

/// Takes `blocks` blocks of 64 bytes into the state of a SHA-256 whose constants are `rounds`.
/// Returns 0 and does nothing if this processor has no instructions for it.
int32_t scribe_sha256(uint32_t state[8], const uint8_t *bytes, size_t blocks,
                      const uint32_t rounds[64]);

#endif
