#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

/// Whether the processor has AVX-VNNI, which compilers only recently learnt to ask for.
static int has_avx_vnni(void) {
  unsigned a, b, c, d;
  return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#endif

int32_t scribe_runs(ScribeInstructions instructions) {
  switch (instructions) {
    case SCRIBE_PORTABLE:
      return 1;
    case SCRIBE_NEON:
#if defined(__aarch64__)
      return 1;
#else
      return 0;
#endif
    case SCRIBE_AVX2:
#if defined(__x86_64__)
      return __builtin_cpu_supports("avx2") != 0;
#else
      return 0;
#endif
    case SCRIBE_AVX_VNNI:
#if defined(__x86_64__)
      return has_avx_vnni();
#else
      return 0;
#endif
    case SCRIBE_AVX512_VNNI:
#if defined(__x86_64__)
      return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
      return 0;
#endif
  }
  return 0;
}

static const Kernels *kernels(ScribeInstructions instructions) {
#if defined(__x86_64__)
  if (instructions == SCRIBE_AVX2) return &scribe_avx2;
  if (instructions == SCRIBE_AVX_VNNI) return &scribe_avx_vnni;
  if (instructions == SCRIBE_AVX512_VNNI) return &scribe_avx512_vnni;
#endif
#if defined(__aarch64__)
  if (instructions == SCRIBE_NEON) return &scribe_neon;
#endif
  (void)instructions;
  return &scribe_portable;
}

void scribe_products(const ScribeProducts *layer, ScribeInstructions instructions,
                     const int16_t *input, const int32_t *sources, int32_t positions,
                     int32_t pooled, int16_t *output, const int32_t *targets) {
  kernels(instructions)->products(layer, input, sources, positions, pooled, output, targets);
}

void scribe_winograd(const ScribeWinograd *layer, ScribeInstructions instructions,
                     const int16_t *input, const ScribeTile *tiles, int32_t count, int16_t *output,
                     int16_t *scratch) {
  kernels(instructions)->winograd(layer, input, tiles, count, output, scratch);
}

void scribe_depthwise(const ScribeDepthwise *layer, ScribeInstructions instructions,
                      const int16_t *input, const int32_t *sources, int32_t positions,
                      int16_t *output, const int32_t *targets) {
  kernels(instructions)->depthwise(layer, input, sources, positions, output, targets);
}

void scribe_lstm(const ScribeLSTM *layer, ScribeInstructions instructions,
                 const int16_t *fromInput, const int16_t *fromOutput, int16_t *cell,
                 int16_t *output) {
  kernels(instructions)->lstm(layer, fromInput, fromOutput, cell, output);
}

int32_t scribe_winograd_scratch(const ScribeWinograd *layer) {
  const int32_t values = layer->points * winograd_tiles(layer);
  return values * (2 * BLOCK + (int32_t)winograd_stride(layer));
}

int32_t scribe_winograd_weight_count(const ScribeWinograd *layer) {
  const int32_t blocks = (layer->requantization.channels + BLOCK - 1) / BLOCK;
  return blocks * layer->points * winograd_pairs(layer) * 2 * BLOCK;
}

typedef int32_t Weights[BLOCK];

/// Three weights of 16 channels at the points, times the factors that make the results of
/// `interpolate` whole numbers.
static void evaluate_weights(const Weights *a, const Weights *b, const Weights *c,
                             Weights u[SCRIBE_POINTS]) {
  for (int i = 0; i < BLOCK; i++) {
    const int32_t w0 = (*a)[i], w1 = (*b)[i], w2 = (*c)[i];
    u[0][i] = 6 * w0;
    u[1][i] = -4 * (w0 + w1 + w2);
    u[2][i] = -4 * (w0 - w1 + w2);
    u[3][i] = w0 + 2 * w1 + 4 * w2;
    u[4][i] = w0 - 2 * w1 + 4 * w2;
    u[5][i] = 12 * w2;
  }
}

static void store_weights(const Weights *from, int16_t *to) {
  for (int c = 0; c < BLOCK; c++) to[2 * c] = (int16_t)(*from)[c];
}

/// The weights of 16 channels at one place of a kernel, 0 outside of it.
static void load_weights(const int8_t *weights, int32_t rows, int32_t columns, int32_t inputs,
                         int32_t count, int32_t y, int32_t x, int32_t input, Weights *to) {
  memset(to, 0, sizeof *to);
  if (y >= rows || x >= columns) return;
  const size_t fanIn = (size_t)(rows * columns) * (size_t)inputs;
  const int8_t *from = weights + (size_t)(y * columns + x) * (size_t)inputs + input;
  for (int32_t c = 0; c < count; c++, from += fanIn) (*to)[c] = *from;
}

void scribe_winograd_weights(const ScribeWinograd *layer, const int8_t *weights, int32_t rows,
                             int32_t columns, int16_t *packed) {
  const int square = layer->points == 36;
  const int32_t pairs = winograd_pairs(layer), inputs = layer->inputs;
  const int32_t channels = layer->requantization.channels;
  const size_t pair = 2 * BLOCK;
  memset(packed, 0, (size_t)scribe_winograd_weight_count(layer) * sizeof *packed);
  for (int32_t first = 0; first < channels; first += BLOCK) {
    const int32_t count = channels - first < BLOCK ? channels - first : BLOCK;
    for (int32_t k = 0; k < winograd_depth(layer); k++) {
      const int32_t place = k / inputs, input = k % inputs;
      const int32_t top = place / layer->columns * (square ? 3 : 1);
      const int32_t left = place % layer->columns * 3;
      int16_t *to = packed + (size_t)(k / 2) * pair + k % 2;
      Weights at[3][SCRIBE_POINTS];
      for (int32_t y = 0; y < (square ? 3 : 1); y++) {
        Weights w[3];
        for (int32_t x = 0; x < 3; x++) {
          load_weights(weights, rows, columns, inputs, count, top + y, left + x, input, &w[x]);
        }
        evaluate_weights(&w[0], &w[1], &w[2], at[y]);
      }
      for (int32_t x = 0; x < SCRIBE_POINTS; x++) {
        if (square) {
          Weights u[SCRIBE_POINTS];
          evaluate_weights(&at[0][x], &at[1][x], &at[2][x], u);
          for (int32_t y = 0; y < SCRIBE_POINTS; y++) {
            store_weights(&u[y], to + (size_t)((6 * y + x) * pairs) * pair);
          }
        } else {
          store_weights(&at[0][x], to + (size_t)(x * pairs) * pair);
        }
      }
    }
    weights += (size_t)(BLOCK * rows * columns) * (size_t)inputs;
    packed += (size_t)(layer->points * pairs) * pair;
  }
}
