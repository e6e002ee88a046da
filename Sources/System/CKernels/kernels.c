#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

/// AVX-VNNI, which compilers learnt to ask for late.
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

int32_t scribe_winograd_scratch(const ScribeWinograd *layer) {
  const int32_t values = layer->points * winograd_tiles(layer);
  return values * (2 * BLOCK + (int32_t)winograd_stride(layer));
}

int32_t scribe_winograd_weight_count(const ScribeWinograd *layer) {
  const int32_t blocks = (layer->requantization.channels + BLOCK - 1) / BLOCK;
  return blocks * layer->points * winograd_pairs(layer) * 2 * BLOCK;
}

/// Three weights at the points, times what makes the results of `interpolate` whole numbers.
static void evaluate_weights(const int32_t w[3], int32_t u[6]) {
  const int32_t ends = w[0] + w[2], quarters = w[0] + 4 * w[2];
  u[0] = 6 * w[0];
  u[1] = -4 * (ends + w[1]);
  u[2] = -4 * (ends - w[1]);
  u[3] = quarters + 2 * w[1];
  u[4] = quarters - 2 * w[1];
  u[5] = 12 * w[2];
}

void scribe_winograd_weights(const ScribeWinograd *layer, const int8_t *weights,
                             int32_t kernelRows, int16_t *packed) {
  const int32_t pairs = winograd_pairs(layer), inputs = layer->inputs;
  const int32_t channels = layer->requantization.channels;
  memset(packed, 0, (size_t)scribe_winograd_weight_count(layer) * sizeof *packed);
  for (int32_t c = 0; c < channels; c++) {
    int16_t *block =
        packed + (size_t)(c / BLOCK) * (size_t)(layer->points * pairs) * 2 * BLOCK + c % BLOCK * 2;
    for (int32_t i = 0; i < inputs; i++) {
      int32_t rows[64][6];
      for (int32_t y = 0; y < kernelRows; y++) {
        const int8_t *from = weights + ((size_t)(c * kernelRows + y) * 3) * (size_t)inputs + i;
        const int32_t w[3] = {from[0], from[inputs], from[2 * inputs]};
        evaluate_weights(w, rows[y]);
      }
      for (int32_t x = 0; x < 6; x++) {
        if (layer->points == 36) {
          const int32_t w[3] = {rows[0][x], rows[1][x], rows[2][x]};
          int32_t u[6];
          evaluate_weights(w, u);
          for (int32_t y = 0; y < 6; y++) {
            block[(size_t)((6 * y + x) * pairs + i / 2) * 2 * BLOCK + i % 2] = (int16_t)u[y];
          }
        } else {
          for (int32_t y = 0; y < kernelRows; y++) {
            const int32_t k = y * inputs + i;
            block[(size_t)(x * pairs + k / 2) * 2 * BLOCK + k % 2] = (int16_t)rows[y][x];
          }
        }
      }
    }
  }
}
