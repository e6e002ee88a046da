/* scribe_net.h: run a quantized network on a microcontroller with the same bits as on the host.
 *
 * `scribe export-firmware` writes the layers; most firmware includes scribe_model.h instead. This
 * header is for firmware that runs layers one by one.
 *
 * Arithmetic: int8 weights and activations, int32 sums, TensorFlow Lite's double rounding, as
 * models/FORMAT.md says. Nothing is allocated, nothing is global, and all pointers into flash are
 * const. Two kernels give the same results: portable C, and one for cores with the DSP extension
 * (Cortex-M4, M7, M33), chosen at compile time by the compiler's own macros. Define
 * SCRIBE_NET_PORTABLE to have the portable one everywhere.
 *
 * Activations lie in memory as bytes 0...255, an int8 value plus 128. A pixel is thus its own
 * activation, and a camera's patch is read where it lies.
 */
#ifndef SCRIBE_NET_H
#define SCRIBE_NET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever older exported headers no longer fit. */
#define SCRIBE_NET_VERSION 3

typedef enum {
  SCRIBE_NET_CONV2D = 1,
  SCRIBE_NET_DEPTHWISE = 2, /* one filter per channel */
  SCRIBE_NET_DENSE = 3,
  SCRIBE_NET_MAX_POOL = 4,
  SCRIBE_NET_AVERAGE_POOL = 5,
  SCRIBE_NET_TABLE = 6,   /* any function of one value */
  SCRIBE_NET_SOFTMAX = 7, /* over channels, at most 256 */
  /* Rows and columns doubled, and channels of another layer put behind them: scribe_flow.h only. */
  SCRIBE_NET_JOIN = 8
} scribe_net_kind;

/* Bias and rescaling of an output channel. */
typedef struct {
  int32_t bias;
  int32_t multiplier; /* Q31 */
  uint8_t left;       /* shift before the multiplication */
  uint8_t right;      /* rounding shift after it */
} scribe_net_channel;

typedef struct {
  uint8_t kind;        /* scribe_net_kind */
  uint8_t pooled;      /* conv2d: 1 if the greatest of each 2x2 of its outputs is kept */
  uint8_t narrow;      /* 1 if every sum fits the DSP kernel; checked at export */
  uint8_t input_zero;  /* zero points, plus 128 */
  uint8_t output_zero;
  uint8_t low;         /* least output, plus 128; the greatest is 255 */
  uint8_t kernel_height, kernel_width;
  uint8_t stride_height, stride_width;
  uint8_t pad_top, pad_left;
  uint8_t dilation_height, dilation_width; /* above 1 in scribe_flow.h only */
  uint8_t same;        /* 1 if the input is padded, so that strides alone make the output smaller */
  uint16_t input_height, input_width, input_channels;
  uint16_t output_height, output_width, output_channels; /* after pooling, if pooled */
  uint16_t source;     /* join: place of the other layer among the exported ones */
  uint16_t number;     /* of this layer in the model's manifest, or of the pool that ends it */
  uint32_t output;     /* word offsets into the arena; a layer reads where the one before wrote */
  uint32_t scratch;
  /* conv2d, dense: a word holds two inputs' weights of two output channels a and b, as 16-bit
   * halves 256 b + a. [channel / 2][pair], pairs as scribe_net_pairs() counts them. */
  const uint32_t *weights;
  /* depthwise: [row][column][channel]. */
  const int8_t *taps;
  /* An even number of channels; NULL for layers without weights. */
  const scribe_net_channel *channels;
  /* table: the result for each of the 256 activations. */
  const uint8_t *table;
  /* softmax: e^(-input scale x i) in Q31 for i = 0...255, never rising. */
  const int32_t *powers;
} scribe_net_layer;

/* Computes one layer. `in` and `out` hold activations, rows top to bottom, channels innermost;
 * `scratch` holds scribe_net_scratch_words(layer) words. None may overlap. */
void scribe_net_run_layer(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out,
                          uint32_t *scratch);

/* Computes all layers. Returns the last one's activations, which lie in the arena. */
const uint8_t *scribe_net_run(const scribe_net_layer *layers, uint32_t count, const uint8_t *patch,
                              uint32_t *arena);

/* Words of weights of a channel pair for each kernel row of `values` inputs: four inputs make the
 * pairs (0, 2) and (1, 3); of the rest, one or two values make one pair, three make two. */
uint32_t scribe_net_pairs(uint32_t values);

/* Number of words in `weights`; 0 except for conv2d and dense. */
uint32_t scribe_net_weight_words(const scribe_net_layer *layer);

/* Words of scratch that scribe_net_run_layer needs; the exporter has included them in the arena. */
uint32_t scribe_net_scratch_words(const scribe_net_layer *layer);

/* "portable" or "DSP". */
const char *scribe_net_kernels(void);

#ifdef __cplusplus
}
#endif

#endif
