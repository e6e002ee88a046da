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

/* Widens `count` activations to pairs of centred 16-bit values, one every `stride` words. Returns
 * where the next pair goes. */
static uint32_t *widen(uint32_t *to, uint32_t stride, const uint8_t *from, uint32_t count,
                       int32_t zero) {
  const uint32_t both = (uint32_t)zero * 0x10001u;
  for (; count >= 4; count -= 4, from += 4) {
    uint32_t even, odd;
    scribe_net_split(from, both, &even, &odd);
    *to = even;
    to += stride;
    *to = odd;
    to += stride;
  }
  if (count == 0) return to;
  const int32_t second = count >= 2 ? from[count - 1] - zero : 0;
  *to = scribe_net_pair(from[0] - zero, second);
  to += stride;
  if (count == 3) {
    *to = scribe_net_pair(from[1] - zero, 0);
    to += stride;
  }
  return to;
}

/* Widens what lies under the kernel at one output position into every fourth word of `to`. */
static void gather(const scribe_net_layer *layer, const uint8_t *in, int32_t y, int32_t x,
                   uint32_t *to, uint8_t *padded) {
  const uint32_t values = row_values(layer);
  const uint32_t channels = layer->input_channels;
  const int32_t width = layer->input_width;
  const int32_t kernel_width = layer->kernel_width;
  const int32_t top = y * layer->stride_height - layer->pad_top;
  const int32_t left = x * layer->stride_width - layer->pad_left;
  const int32_t first = left < 0 ? -left : 0;
  const int32_t last = left + kernel_width > width ? width - left : kernel_width;
  for (int32_t row = top; row < top + layer->kernel_height; row++) {
    const bool outside = row < 0 || row >= layer->input_height;
    const uint8_t *from = padded;
    if (outside) {
      memset(padded, layer->input_zero, values);
    } else {
      /* The first column that is inside; may lie before the row's own first where left < 0. */
      const uint8_t *inside = in + (uint32_t)(row * width + left + first) * channels;
      if (last - first == kernel_width) {
        from = inside;
      } else {
        memset(padded, layer->input_zero, values);
        memcpy(padded + (uint32_t)first * channels, inside, (uint32_t)(last - first) * channels);
      }
    }
    to = widen(to, 4, from, values, layer->input_zero);
  }
}

/* All channels at four positions, whose inputs lie side by side in `columns`. */
static void convolve_pooled(const scribe_net_layer *layer, const uint32_t *columns, uint32_t pairs,
                            uint8_t *out) {
  const uint32_t *weights = layer->weights;
  const scribe_net_channel *channel = layer->channels;
  const bool narrow = layer->narrow != 0;
  for (uint32_t c = 0; c < layer->output_channels; c += 2, channel += 2, weights += pairs) {
    int32_t sums[8] = {channel[0].bias, channel[1].bias};
    scribe_net_dot4(columns, weights, pairs, sums, narrow, true);
    out[c] = requantize(layer, channel, sums[0], narrow);
    if (c + 1 < layer->output_channels) {
      out[c + 1] = requantize(layer, channel + 1, sums[1], narrow);
    }
  }
}

static void convolve_four(const scribe_net_layer *layer, const uint32_t *columns, uint32_t pairs,
                          uint8_t *out, uint32_t positions) {
  const uint32_t *weights = layer->weights;
  const scribe_net_channel *channel = layer->channels;
  const bool narrow = layer->narrow != 0;
  const uint32_t channels = layer->output_channels;
  for (uint32_t c = 0; c < channels; c += 2, channel += 2, weights += pairs) {
    int32_t sums[8] = {channel[0].bias, channel[1].bias};
    scribe_net_dot4(columns, weights, pairs, sums, narrow, false);
    for (uint32_t i = 0; i < positions; i++) {
      out[i * channels + c] = requantize(layer, channel, sums[i], narrow);
      if (c + 1 < channels) {
        out[i * channels + c + 1] = requantize(layer, channel + 1, sums[4 + i], narrow);
      }
    }
  }
}

static void convolve(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out,
                     uint32_t *columns) {
  const uint32_t pairs = column_words(layer);
  const uint32_t channels = layer->output_channels;
  const uint32_t width = layer->output_width;
  uint8_t *padded = (uint8_t *)(columns + 4 * pairs);
  if (layer->pooled) {
    for (int32_t y = 0; y < layer->output_height; y++) {
      for (int32_t x = 0; x < layer->output_width; x++) {
        for (int32_t i = 0; i < 4; i++) {
          gather(layer, in, 2 * y + i / 2, 2 * x + i % 2, columns + i, padded);
        }
        convolve_pooled(layer, columns, pairs, out);
        out += channels;
      }
    }
    return;
  }
  const uint32_t count = layer->output_height * width;
  for (uint32_t at = 0; at < count; at += 4) {
    const uint32_t positions = count - at < 4 ? count - at : 4;
    for (uint32_t i = 0; i < 4; i++) {
      /* The last position again, where there are fewer than four. */
      const uint32_t position = at + (i < positions ? i : positions - 1);
      gather(layer, in, (int32_t)(position / width), (int32_t)(position % width), columns + i,
             padded);
    }
    convolve_four(layer, columns, pairs, out, positions);
    out += 4 * channels;
  }
}

static void dense(const scribe_net_layer *layer, const uint8_t *in, uint8_t *out,
                  uint32_t *column) {
  const uint32_t pairs = column_words(layer);
  const uint32_t *weights = layer->weights;
  const scribe_net_channel *channel = layer->channels;
  const bool narrow = layer->narrow != 0;
  widen(column, 1, in, input_values(layer), layer->input_zero);
  for (uint32_t c = 0; c < layer->output_channels; c += 2, channel += 2, weights += pairs) {
    int32_t sums[2] = {channel[0].bias, channel[1].bias};
    scribe_net_dot1(column, weights, pairs, sums, narrow);
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
