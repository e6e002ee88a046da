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

/* Inputs of one output, in pairs. */
static uint32_t column_words(const scribe_net_layer *layer) {
  if (layer->kind == SCRIBE_NET_DENSE) return scribe_net_pairs(input_values(layer));
  return layer->kernel_height * scribe_net_pairs(row_values(layer));
}

uint32_t scribe_net_weight_words(const scribe_net_layer *layer) {
  if (layer->kind != SCRIBE_NET_CONV2D && layer->kind != SCRIBE_NET_DENSE) return 0;
  return (layer->output_channels + 1u) / 2 * column_words(layer);
}

uint32_t scribe_net_scratch_words(const scribe_net_layer *layer) {
  switch (layer->kind) {
    case SCRIBE_NET_CONV2D: return 4 * column_words(layer) + (row_values(layer) + 3) / 4;
    case SCRIBE_NET_DENSE: return column_words(layer);
    default: return 0;
  }
}

const char *scribe_net_kernels(void) { return SCRIBE_NET_DSP ? "DSP" : "portable"; }

/* The sum at the output's scale, as an activation. */
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

/* Widens `count` activations to pairs of centred 16-bit values, one every `stride` words, each
 * written to `to` and once more `second` words on. */
static inline void widen(uint32_t *to, ptrdiff_t stride, ptrdiff_t second, const uint8_t *from,
                         uint32_t count, uint32_t zero) {
  const uint32_t both = zero * 0x10001u;
  const uint32_t rest = count % 4;
  for (const uint8_t *end = from + (count - rest); from != end; from += 4) {
    uint32_t even, odd;
    scribe_net_split(from, both, &even, &odd);
    to[0] = even;
    to[second] = even;
    to += stride;
    to[0] = odd;
    to[second] = odd;
    to += stride;
  }
  if (rest == 0) return;
  uint32_t pair = (from[0] - zero) & 0xFFFFu;
  if (rest > 1) pair |= (from[rest - 1] - zero) << 16;
  to[0] = pair;
  to[second] = pair;
  if (rest > 2) {
    pair = (from[1] - zero) & 0xFFFFu;
    to[stride] = pair;
    to[stride + second] = pair;
  }
}

/* Rows of a kernel that go to the same positions. */
typedef struct {
  int32_t first;    /* kernel row */
  int32_t count;
  ptrdiff_t to;     /* words from the column's beginning */
  ptrdiff_t second; /* words to where they go as well, or 0 */
} span;

/* What gathering needs to know of a layer. */
typedef struct {
  uint32_t values;     /* of a kernel row */
  ptrdiff_t row_words; /* of scratch that it takes, at four positions */
  uint32_t line;       /* values from an input row to the next */
  uint32_t zero;
  uint8_t *padded;     /* a kernel row put together, where part of it lies outside */
  span spans[3];
  uint32_t span_count;
  int32_t last_top, last_left; /* where kernels still lie inside */
} geometry;

/* With `shift`, rows are gathered for two positions, of which the lower one lies `shift` input rows
 * and in the columns two words further: they share most of their rows. */
static geometry geometry_of(const scribe_net_layer *layer, uint32_t *columns, uint32_t pairs,
                            int32_t shift) {
  const int32_t rows = layer->kernel_height;
  geometry g;
  g.values = row_values(layer);
  g.row_words = 4 * (ptrdiff_t)scribe_net_pairs(g.values);
  g.line = (uint32_t)layer->input_width * layer->input_channels;
  g.zero = layer->input_zero;
  g.padded = (uint8_t *)(columns + 4 * pairs);
  g.last_top = layer->input_height - rows - shift;
  g.last_left = layer->input_width - layer->kernel_width;
  const int32_t shared = shift > 0 && shift < rows ? rows - shift : 0;
  const int32_t alone = rows - shared;
  const ptrdiff_t lower = 2 - shift * g.row_words;
  const span upper_rows = {0, alone, 0, 0};
  const span shared_rows = {alone, shared, alone * g.row_words, lower};
  const int32_t start = shift + shared;
  const span lower_rows = {start, alone, start * g.row_words + lower, 0};
  g.spans[0] = upper_rows;
  g.spans[1] = shared > 0 ? shared_rows : lower_rows;
  g.spans[2] = lower_rows;
  g.span_count = shift == 0 ? 1 : shared > 0 ? 3 : 2;
  return g;
}

/* Rows of which a part lies outside. */
static void widen_padded(const scribe_net_layer *layer, const geometry *g, uint32_t *to,
                         const span *rows, const uint8_t *in, int32_t top, int32_t left) {
  const int32_t channels = layer->input_channels;
  const int32_t from = left < 0 ? 0 : left;
  const int32_t right = left + layer->kernel_width;
  const int32_t end = right < layer->input_width ? right : layer->input_width;
  uint8_t *inside = g->padded + (from - left) * channels;
  const size_t bytes = (size_t)(end - from) * (size_t)channels;
  bool blank = true;
  memset(g->padded, layer->input_zero, g->values);
  for (int32_t row = top; row < top + rows->count; row++) {
    if (row >= 0 && row < layer->input_height) {
      memcpy(inside, in + (uint32_t)row * g->line + (uint32_t)(from * channels), bytes);
      blank = false;
    } else if (!blank) {
      memset(inside, layer->input_zero, bytes);
      blank = true;
    }
    widen(to, 4, rows->second, g->padded, g->values, g->zero);
    to += g->row_words;
  }
}

/* Widens what lies under the kernel, its top left corner at (`top`, `left`), into every fourth word
 * of `to`. */
static void gather(const scribe_net_layer *layer, const geometry *g, const uint8_t *in,
                   int32_t top, int32_t left, uint32_t *to) {
  const bool inside = top >= 0 && left >= 0 && top <= g->last_top && left <= g->last_left;
  const uint8_t *corner = in;
  if (inside) corner += (uint32_t)top * g->line + (uint32_t)left * layer->input_channels;
  const uint32_t values = g->values;
  const uint32_t zero = g->zero;
  const uint32_t line = g->line;
  const ptrdiff_t row_words = g->row_words;
  const span *end = g->spans + g->span_count;
  for (const span *rows = g->spans; rows < end; rows++) {
    uint32_t *at = to + rows->to;
    if (!inside) {
      widen_padded(layer, g, at, rows, in, top + rows->first, left);
      continue;
    }
    const ptrdiff_t second = rows->second;
    const uint8_t *from = corner + (uint32_t)rows->first * line;
    for (int32_t count = rows->count; count > 0; count--) {
      widen(at, 4, second, from, values, zero);
      at += row_words;
      from += line;
    }
  }
}

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/* All channels at four positions, whose inputs lie side by side in `columns`: of the first
 * `positions`, or the greatest of the four. */
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

static void all_channels(const scribe_net_layer *layer, const uint32_t *columns, uint32_t pairs,
                         uint8_t *out, uint32_t positions) {
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
  const uint32_t pairs = column_words(layer);
  const uint32_t channels = layer->output_channels;
  const int32_t step_y = layer->stride_height;
  const int32_t step_x = layer->stride_width;
  const geometry g = geometry_of(layer, columns, pairs, layer->pooled ? step_y : 0);
  if (layer->pooled) {
    for (int32_t y = 0; y < layer->output_height; y++) {
      const int32_t top = 2 * y * step_y - layer->pad_top;
      for (int32_t x = 0; x < layer->output_width; x++) {
        const int32_t left = 2 * x * step_x - layer->pad_left;
        gather(layer, &g, in, top, left, columns);
        gather(layer, &g, in, top, left + step_x, columns + 1);
        all_channels(layer, columns, pairs, out, 4);
        out += channels;
      }
    }
    return;
  }
  int32_t y = 0;
  int32_t x = 0;
  const uint32_t count = (uint32_t)layer->output_height * layer->output_width;
  for (uint32_t at = 0; at < count; at += 4) {
    const uint32_t positions = count - at < 4 ? count - at : 4;
    for (uint32_t i = 0; i < positions; i++) {
      gather(layer, &g, in, y * step_y - layer->pad_top, x * step_x - layer->pad_left,
             columns + i);
      if (++x == layer->output_width) {
        x = 0;
        y++;
      }
    }
    all_channels(layer, columns, pairs, out, positions);
    out += 4 * channels;
  }
}

static void dense(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out,
                  uint32_t *column) {
  const uint32_t pairs = column_words(layer);
  const uint32_t *weights = layer->weights;
  const scribe_net_channel *channel = layer->channels;
  const bool narrow = SCRIBE_NET_DSP && layer->narrow;
  widen(column, 1, 0, in, input_values(layer), layer->input_zero);
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
  int32_t row, column;              /* of the kernel, at the top left of that */
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

/* The mean with halves away from zero, of int8 values: that is not the same for 0...255. */
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

void scribe_net_run_layer(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out,
                          uint32_t *scratch) {
  switch (layer->kind) {
    case SCRIBE_NET_CONV2D: convolve(layer, in, out, scratch); break;
    case SCRIBE_NET_DENSE: dense(layer, in, out, scratch); break;
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
