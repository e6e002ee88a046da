/* The layers of a network, one after the other, in integers (INFERENCE.md).
 *
 * One file, so that compilers see each loop with the layer's shape beside it and can put it in
 * place. */
#include "scribe_net.h"

#include <stdbool.h>
#include <string.h>

#include "scribe_net_dot.h"

uint32_t scribe_net_pairs(uint32_t values) { return values / 4 * 2 + (values % 4 + 1) / 2; }

static uint32_t row_values(const scribe_net_layer *layer) {
  return (uint32_t)layer->kernel_width * layer->input_channels;
}

static uint32_t input_values(const scribe_net_layer *layer) {
  return (uint32_t)layer->input_height * layer->input_width * layer->input_channels;
}

uint32_t scribe_net_column_words(const scribe_net_layer *layer) {
  if (layer->kind == SCRIBE_NET_DENSE) return scribe_net_pairs(input_values(layer));
  return layer->kernel_height * scribe_net_pairs(row_values(layer));
}

uint32_t scribe_net_weight_words(const scribe_net_layer *layer) {
  if (layer->kind != SCRIBE_NET_CONV2D && layer->kind != SCRIBE_NET_DENSE) return 0;
  return (layer->output_channels + 1u) / 2 * scribe_net_column_words(layer);
}

static uint32_t window_height(const scribe_net_layer *layer) {
  return layer->kernel_height + (layer->pooled ? (uint32_t)layer->stride_height : 0);
}

static uint32_t window_width(const scribe_net_layer *layer) {
  return layer->kernel_width + (layer->pooled ? (uint32_t)layer->stride_width : 0);
}

/* Whether any kernel reaches beyond the input. */
static bool is_padded(const scribe_net_layer *layer) {
  const int32_t size = layer->pooled ? 2 : 1;
  const int32_t bottom = (size * layer->output_height - 1) * layer->stride_height +
                         layer->kernel_height - layer->pad_top;
  const int32_t right = (size * layer->output_width - 1) * layer->stride_width +
                        layer->kernel_width - layer->pad_left;
  return layer->pad_top > 0 || layer->pad_left > 0 || bottom > layer->input_height ||
         right > layer->input_width;
}

uint32_t scribe_net_scratch_words(const scribe_net_layer *layer) {
  if (layer->kind == SCRIBE_NET_DENSE) return scribe_net_column_words(layer);
  if (layer->kind != SCRIBE_NET_CONV2D) return 0;
  const uint32_t window = window_height(layer) * window_width(layer) * layer->input_channels;
  return 4 * scribe_net_column_words(layer) + (is_padded(layer) ? (window + 3) / 4 : 0);
}

const char *scribe_net_kernels(void) { return SCRIBE_NET_DSP ? "DSP" : "portable"; }

/* Converts a sum to the output's scale, as an activation. */
static uint8_t requantize(const scribe_net_layer *layer, const scribe_net_channel *channel,
                          int32_t sum, bool narrow) {
#if SCRIBE_NET_DSP
  if (narrow) {
    const int32_t value = scribe_net_scale(channel, sum) + layer->output_zero;
    if (value < layer->low) return layer->low;
    return value > 255 ? 255 : (uint8_t)value;
  }
#else
  (void)narrow;
#endif
  const int64_t product = (int64_t)sum * ((int64_t)1 << channel->left) * channel->multiplier;
  const int64_t high = (product + (INT64_C(1) << 30)) >> 31;
  const int64_t mask = (INT64_C(1) << channel->right) - 1;
  const int64_t threshold = (mask >> 1) + (high < 0);
  const int64_t value =
      (high >> channel->right) + ((high & mask) > threshold) + layer->output_zero;
  if (value < layer->low) return layer->low;
  return value > 255 ? 255 : (uint8_t)value;
}

uint8_t scribe_net_requantize(const scribe_net_layer *layer, const scribe_net_channel *channel,
                              int32_t sum) {
  return requantize(layer, channel, sum, layer->narrow != 0);
}

void scribe_net_gather_rows(const uint8_t *corner, uint32_t *to, uint32_t count,
                            const scribe_net_rows *rows) {
  scribe_net_widen_rows(corner, to, count, rows);
}

void scribe_net_gather_columns(const scribe_net_gathering *gathering, const uint8_t *corner,
                               uint32_t *to) {
  scribe_net_gather(gathering, corner, to);
}

/* Prepares gathering: the values that are the same at all positions. With `shift`, rows are
 * gathered for two positions at once, the lower of which lies `shift` input rows down and, in the
 * columns, two words further: they share most of their rows. */
static scribe_net_gathering gathering_of(const scribe_net_layer *layer, uint32_t line) {
  const uint32_t values = row_values(layer);
  const int32_t row_words = 4 * (int32_t)scribe_net_pairs(values);
  const int32_t rows = layer->kernel_height;
  const int32_t shift = layer->pooled ? layer->stride_height : 0;
  const int32_t shared = shift > 0 && shift < rows ? rows - shift : 0;
  const int32_t alone = rows - shared;
  const int32_t lower = 2 - shift * row_words;
  const int32_t start = shift + shared;
  const int32_t step = (int32_t)line;
  const scribe_net_span upper_rows = {0, 0, 0, alone};
  const scribe_net_span shared_rows = {alone * row_words, alone * step, lower, shared};
  const scribe_net_span lower_rows = {start * row_words + lower, start * step, 0, alone};
  scribe_net_gathering g;
  g.zeros = layer->input_zero * 0x10001u;
  g.fours = values / 4;
  g.rest = values % 4;
  g.line = line - values / 4 * 4;
  g.columns = layer->pooled ? 2 : 1;
  g.column_step = (uint32_t)layer->stride_width * layer->input_channels;
  g.span_count = shift == 0 ? 1 : shared > 0 ? 3 : 2;
  g.spans[0] = upper_rows;
  g.spans[1] = shared > 0 ? shared_rows : lower_rows;
  g.spans[2] = lower_rows;
  return g;
}

/* Source of a convolution's inputs: the input itself, or, where a kernel reaches beyond it, a copy
 * of the values under the kernel, with padding around them. */
typedef struct {
  scribe_net_gathering direct;
  scribe_net_gathering copied;
  int32_t height, width; /* input read for one set of columns */
  uint8_t *window;
} reader;

static void copy(uint8_t *to, const uint8_t *from, size_t count) {
  for (; count >= 4; count -= 4, to += 4, from += 4) memcpy(to, from, 4);
  for (; count > 0; count--) *to++ = *from++;
}

/* Copies the window at (`top`, `left`) of the input, some of which lies outside. */
static void copy_window(const scribe_net_layer *layer, const reader *r, const uint8_t *in,
                        int32_t top, int32_t left) {
  const int32_t channels = layer->input_channels;
  const int32_t first = left < 0 ? 0 : left;
  const int32_t right = left + r->width;
  const int32_t end = right < layer->input_width ? right : layer->input_width;
  const int32_t line = r->width * channels;
  memset(r->window, layer->input_zero, (size_t)(r->height * line));
  if (end <= first) return;
  for (int32_t y = 0; y < r->height; y++) {
    const int32_t row = top + y;
    if (row < 0 || row >= layer->input_height) continue;
    copy(r->window + y * line + (first - left) * channels,
         in + (row * layer->input_width + first) * channels, (size_t)((end - first) * channels));
  }
}

/* Widens the values under the kernels of one position, or of four that are pooled. */
static void gather(const scribe_net_layer *layer, const reader *r, const uint8_t *in, int32_t top,
                   int32_t left, uint32_t *to) {
  if (top >= 0 && left >= 0 && top + r->height <= layer->input_height &&
      left + r->width <= layer->input_width) {
    in += (top * layer->input_width + left) * layer->input_channels;
    scribe_net_gather(&r->direct, in, to);
    return;
  }
  copy_window(layer, r, in, top, left);
  scribe_net_gather(&r->copied, r->window, to);
}

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/* Computes all channels at four positions, whose inputs lie side by side in `columns`: outputs the
 * first `positions`, or the greatest of the four. */
static void channels_portable(const scribe_net_layer *layer, const uint32_t *columns,
                              uint32_t pairs, uint8_t *out, uint32_t positions) {
  const uint32_t *weights = layer->weights;
  const scribe_net_channel *channel = layer->channels;
  const uint32_t channels = layer->output_channels;
  for (uint32_t c = 0; c < channels; c += 2, channel += 2, weights += pairs) {
    const bool two = c + 1 < channels;
    int32_t greatest[2] = {INT32_MIN, INT32_MIN};
    for (uint32_t i = 0; i < positions; i++) {
      int32_t a = channel[0].bias;
      int32_t b = channel[1].bias;
      scribe_net_dot_portable(columns + i, 4, weights, pairs, &a, &b);
      if (layer->pooled) {
        greatest[0] = larger(greatest[0], a);
        greatest[1] = larger(greatest[1], b);
        continue;
      }
      out[i * channels + c] = requantize(layer, channel, a, false);
      if (two) out[i * channels + c + 1] = requantize(layer, channel + 1, b, false);
    }
    if (layer->pooled) {
      out[c] = requantize(layer, channel, greatest[0], false);
      if (two) out[c + 1] = requantize(layer, channel + 1, greatest[1], false);
    }
  }
}

#if SCRIBE_NET_DSP
static void channels_dsp(const scribe_net_layer *layer, const uint32_t *columns, uint32_t pairs,
                         uint8_t *out, uint32_t positions) {
  const uint32_t *weights = layer->weights;
  const scribe_net_channel *channel = layer->channels;
  const uint32_t channels = layer->output_channels;
  if (layer->pooled) {
    const scribe_net_job job = {channel, channel + channels, out, layer->output_zero, layer->low};
    scribe_net_pooled_dsp(columns, weights, pairs, &job);
    return;
  }
  if (positions == 4 && layer->low == 0) {
    const scribe_net_quad job = {channel, channel + channels, out, layer->output_zero, channels};
    scribe_net_quad_dsp(columns, weights, pairs, &job);
    return;
  }
  for (uint32_t c = 0; c < channels; c += 2, channel += 2, weights += pairs) {
    int32_t sums[8];
    sums[0] = channel[0].bias;
    sums[1] = channel[1].bias;
    scribe_net_dot4_dsp(columns, weights, pairs, sums);
    for (uint32_t i = 0; i < positions; i++) {
      out[i * channels + c] = requantize(layer, channel, sums[i], true);
      if (c + 1 < channels) {
        out[i * channels + c + 1] = requantize(layer, channel + 1, sums[4 + i], true);
      }
    }
  }
}
#endif

void scribe_net_all_channels(const scribe_net_layer *layer, const uint32_t *columns,
                             uint32_t pairs, uint8_t *out, uint32_t positions) {
#if SCRIBE_NET_DSP
  if (layer->narrow) {
    channels_dsp(layer, columns, pairs, out, positions);
    return;
  }
#endif
  channels_portable(layer, columns, pairs, out, positions);
}

static void convolve(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out,
                     uint32_t *columns) {
  const uint32_t pairs = scribe_net_column_words(layer);
  const uint32_t channels = layer->output_channels;
  const uint32_t positions = layer->pooled ? 1 : 4;
  const int32_t size = layer->pooled ? 2 : 1;
  const uint32_t count = (uint32_t)layer->output_height * layer->output_width;
  reader r;
  r.height = (int32_t)window_height(layer);
  r.width = (int32_t)window_width(layer);
  r.window = (uint8_t *)(columns + 4 * pairs);
  r.direct = gathering_of(layer, (uint32_t)layer->input_width * layer->input_channels);
  r.copied = gathering_of(layer, (uint32_t)r.width * layer->input_channels);
  const int32_t step_y = size * layer->stride_height;
  const int32_t step_x = size * layer->stride_width;
  int32_t top = -layer->pad_top;
  int32_t left = -layer->pad_left;
  const int32_t end = step_x * layer->output_width + left;
  for (uint32_t at = 0; at < count; at += positions) {
    const uint32_t here = count - at < positions ? count - at : positions;
    for (uint32_t i = 0; i < here; i++) {
      gather(layer, &r, in, top, left, columns + i);
      left += step_x;
      if (left == end) {
        left = -layer->pad_left;
        top += step_y;
      }
    }
    scribe_net_all_channels(layer, columns, pairs, out, layer->pooled ? 4 : here);
    out += positions * channels;
  }
}

static void dense(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out,
                  uint32_t *column) {
  const uint32_t pairs = scribe_net_column_words(layer);
  const uint32_t *weights = layer->weights;
  const scribe_net_channel *channel = layer->channels;
  const bool narrow = SCRIBE_NET_DSP && layer->narrow;
  scribe_net_widen(column, in, input_values(layer), layer->input_zero * 0x10001u);
  for (uint32_t c = 0; c < layer->output_channels; c += 2, channel += 2, weights += pairs) {
    int32_t sums[2] = {channel[0].bias, channel[1].bias};
#if SCRIBE_NET_DSP
    if (narrow) {
      scribe_net_dot1_dsp(column, weights, pairs, sums);
    } else
#endif
    {
      scribe_net_dot_portable(column, 1, weights, pairs, sums, sums + 1);
    }
    out[c] = requantize(layer, channel, sums[0], narrow);
    if (c + 1 < layer->output_channels) {
      out[c + 1] = requantize(layer, channel + 1, sums[1], narrow);
    }
  }
}

/* The part of a kernel that lies on the input: padding takes no part. */
typedef struct {
  int32_t top, bottom, left, right; /* input rows and columns; ends excluded */
  int32_t row, column;              /* of the kernel, at that part's top left */
} window;

static window window_at(const scribe_net_layer *layer, int32_t y, int32_t x) {
  const int32_t top = y * layer->stride_height - layer->pad_top;
  const int32_t left = x * layer->stride_width - layer->pad_left;
  const int32_t bottom = top + layer->kernel_height;
  const int32_t right = left + layer->kernel_width;
  window w;
  w.top = top < 0 ? 0 : top;
  w.left = left < 0 ? 0 : left;
  w.bottom = bottom > layer->input_height ? layer->input_height : bottom;
  w.right = right > layer->input_width ? layer->input_width : right;
  w.row = w.top - top;
  w.column = w.left - left;
  return w;
}

static int32_t filtered(const scribe_net_layer *layer, const window *w, const uint8_t *in,
                        uint32_t c) {
  const int32_t width = layer->input_width;
  const uint32_t channels = layer->input_channels;
  const int32_t zero = layer->input_zero;
  int32_t sum = layer->channels[c].bias;
  for (int32_t row = w->top; row < w->bottom; row++) {
    const uint8_t *from = in + (uint32_t)(row * width + w->left) * channels + c;
    const int32_t tap = (w->row + row - w->top) * layer->kernel_width + w->column;
    const int8_t *weight = layer->taps + (uint32_t)tap * channels + c;
    for (int32_t column = w->left; column < w->right; column++) {
      sum += *weight * (*from - zero);
      from += channels;
      weight += channels;
    }
  }
  return sum;
}

/* The mean of int8 values, with halves away from zero: rounding 0...255 would differ. */
static uint8_t mean(int32_t sum, int32_t count) {
  sum -= 128 * count;
  return (uint8_t)((sum > 0 ? sum + count / 2 : sum - count / 2) / count + 128);
}

static uint8_t pooled(const scribe_net_layer *layer, const window *w, const uint8_t *in,
                      uint32_t c) {
  const uint32_t channels = layer->input_channels;
  int32_t sum = 0;
  uint8_t greatest = 0;
  for (int32_t row = w->top; row < w->bottom; row++) {
    const uint8_t *from = in + (uint32_t)(row * layer->input_width + w->left) * channels + c;
    for (int32_t column = w->left; column < w->right; column++) {
      sum += *from;
      if (*from > greatest) greatest = *from;
      from += channels;
    }
  }
  if (layer->kind == SCRIBE_NET_MAX_POOL) return greatest;
  return mean(sum, (w->bottom - w->top) * (w->right - w->left));
}

static void by_channel(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out) {
  for (int32_t y = 0; y < layer->output_height; y++) {
    for (int32_t x = 0; x < layer->output_width; x++) {
      const window w = window_at(layer, y, x);
      for (uint32_t c = 0; c < layer->output_channels; c++) {
        if (layer->kind == SCRIBE_NET_DEPTHWISE) {
          *out++ = requantize(layer, layer->channels + c, filtered(layer, &w, in, c),
                              layer->narrow != 0);
        } else {
          *out++ = pooled(layer, &w, in, c);
        }
      }
    }
  }
}

static void look_up(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out) {
  const uint8_t *table = layer->table;
  const uint32_t count = input_values(layer);
  for (uint32_t i = 0; i < count; i++) out[i] = table[in[i]];
}

/* The doubling high half of a product, rounded. */
static int32_t high_product(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/* value / 2^bits with halves up, bits above 0. */
static uint32_t shifted(int32_t value, uint32_t bits) {
  return ((uint32_t)value + (UINT32_C(1) << (bits - 1))) >> bits;
}

/* 1 / (2 * half) in Q31, half in Q31 and not below 1/2: a linear estimate, then three of Newton's
 * steps with 2 integer and 29 fractional bits. */
static int32_t reciprocal(int32_t half) {
  int32_t x = 1515870810 + high_product(half, -1010580540);
  for (int i = 0; i < 3; i++) {
    const int64_t step =
        4 * (int64_t)high_product(x, (INT32_C(1) << 29) - high_product(half, x));
    x += step > INT32_MAX ? INT32_MAX : step < INT32_MIN ? INT32_MIN : (int32_t)step;
  }
  return x > INT32_MAX / 2 ? INT32_MAX : 2 * x;
}

/* TensorFlow Lite Micro's softmax, as models/FORMAT.md describes it. */
static void softmax(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out) {
  const int32_t *powers = layer->powers;
  const uint32_t channels = layer->input_channels;
  const uint32_t places = (uint32_t)layer->input_height * layer->input_width;
  for (uint32_t place = 0; place < places; place++, in += channels, out += channels) {
    uint8_t greatest = 0;
    for (uint32_t c = 0; c < channels; c++) {
      if (in[c] > greatest) greatest = in[c];
    }
    /* With 12 integer bits: 2^19 for the greatest value alone, 2^27 if 256 are equal. */
    uint32_t sum = 0;
    for (uint32_t c = 0; c < channels; c++) sum += shifted(powers[greatest - in[c]], 12);
    uint32_t headroom = 0;
    for (; sum < UINT32_C(1) << 31; sum <<= 1) headroom++;
    if (headroom < 4) headroom = 4; /* never: no model has more than 256 labels */
    const int32_t factor = reciprocal((int32_t)(sum >> 1));
    for (uint32_t c = 0; c < channels; c++) {
      const uint32_t share =
          shifted(high_product(factor, powers[greatest - in[c]]), 35 - headroom);
      out[c] = share > 255 ? 255 : (uint8_t)share;
    }
  }
}

void scribe_net_run_layer(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out,
                          uint32_t *scratch) {
  switch (layer->kind) {
    case SCRIBE_NET_CONV2D: convolve(layer, in, out, scratch); break;
    case SCRIBE_NET_DENSE: dense(layer, in, out, scratch); break;
    case SCRIBE_NET_TABLE: look_up(layer, in, out); break;
    case SCRIBE_NET_SOFTMAX: softmax(layer, in, out); break;
    default: by_channel(layer, in, out); break;
  }
}

const uint8_t *scribe_net_run(const scribe_net_layer *layers, uint32_t count, const uint8_t *patch,
                              uint32_t *arena) {
  const uint8_t *in = patch;
  for (uint32_t i = 0; i < count; i++) {
    uint8_t *out = (uint8_t *)(arena + layers[i].output);
    scribe_net_run_layer(layers + i, in, out, arena + layers[i].scratch);
    in = out;
  }
  return in;
}
