// The kernels, written once over vectors. A file that includes this defines
//
//   NAME(x)       x with a suffix of its own
//   TARGET        what precedes each function
//   V, LANES      a vector of 8 or 16 int32 and how many
//   A             sums of products, which may have more lanes than V until they are added up
//   W             LANES pairs of int16 weights; X: the same pair in every place
//   S             a vector of 16 int16
//   P             values or weights of BLOCK channels at two taps; D: sums of their products
//   v_load v_store v_add v_sub v_shl v_set v_mul v_max v_sra; s_load s_store s_add s_sub s_shl
//   w_load x_load a_zero a_dot a_sum; p_load d_zero d_dot d_sum, which gives LANES of the sums
//   v_narrow      stores LANES int16
//   R             what requantizes LANES channels; r_load, r_apply
//   TILE_POSITIONS  positions that fit the registers beside 16 channels
//   POOL_GROUPS   groups of four positions likewise, with 16 channels or LANES * POOL_HALVES

#define HALVES (BLOCK / LANES)
#ifndef POOL_HALVES
#define POOL_HALVES HALVES
#endif
#define INLINE TARGET __attribute__((always_inline)) static inline

/// Stores the results of LANES channels, or of `count` channels if there are fewer.
INLINE void NAME(finish)(const R *r, int32_t count, V sums, int16_t *output) {
  const V value = r_apply(r, sums);
  if (count >= LANES) {
    v_narrow(output, value);
  } else {
    int16_t values[LANES];
    v_narrow(values, value);
    for (int32_t i = 0; i < count; i++) {
      output[i] = values[i];
      // Else compilers call memcpy, and save all registers for it where it isn't called.
      KEEP(output);
    }
  }
}

/// Sums of `positions` positions and `halves` vectors of channels, both constants.
INLINE void NAME(sums)(const int positions, const int halves, const int16_t *weights,
                       const int32_t *offsets, int32_t pairs, const int16_t *input,
                       const int32_t *sources, V *results) {
  A a[POSITIONS_MOST][2];
  const int16_t *rows[POSITIONS_MOST];
  UNROLL for (int p = 0; p < positions; p++) {
    rows[p] = input + sources[p];
    UNROLL for (int h = 0; h < halves; h++) a[p][h] = a_zero();
  }
  for (int32_t i = 0; i < pairs; i++, weights += 2 * BLOCK) {
    const int32_t offset = offsets[i];
    W w[2];
    UNROLL for (int h = 0; h < halves; h++) w[h] = w_load(weights + 2 * LANES * h);
    UNROLL for (int p = 0; p < positions; p++) {
      const X x = x_load(rows[p] + offset);
      UNROLL for (int h = 0; h < halves; h++) a[p][h] = a_dot(a[p][h], x, w[h]);
    }
  }
  UNROLL for (int p = 0; p < positions; p++) {
    UNROLL for (int h = 0; h < halves; h++) results[p * halves + h] = a_sum(a[p][h]);
  }
}

/// Results of some positions; `positions` and `halves` are constants; if `pooled`, each four
/// positions give one result.
INLINE void NAME(positions)(const ScribeProducts *layer, int32_t channel, const R r[2],
                            const int positions, const int halves, const int pooled,
                            const int16_t *weights, const int16_t *input, const int32_t *sources,
                            int16_t *output, const int32_t *targets) {
  V sums[POSITIONS_MOST * 2];
  NAME(sums)(positions, halves, weights, layer->offsets, layer->pairs, input, sources, sums);
  UNROLL for (int h = 0; h < halves; h++) {
    const int32_t first = channel + h * LANES, rest = layer->requantization.channels - first;
    if (pooled) {
      UNROLL for (int g = 0; g < positions / 4; g++) {
        const V *four = sums + 4 * g * halves + h;
        V most = v_max(v_max(four[0], four[halves]), v_max(four[2 * halves], four[3 * halves]));
        NAME(finish)(&r[h], rest, most, output + targets[g] + first);
      }
    } else {
      UNROLL for (int p = 0; p < positions; p++) {
        NAME(finish)(&r[h], rest, sums[p * halves + h], output + targets[p] + first);
      }
    }
  }
}

/// One block of channels at all positions.
INLINE void NAME(block)(const ScribeProducts *layer, int32_t channel, const int halves,
                        const int16_t *weights, const int16_t *input, const int32_t *sources,
                        int32_t positions, int32_t pooled, int16_t *output,
                        const int32_t *targets) {
#define POSITIONS(n, pooled)                                                                 \
  NAME(positions)(layer, channel, r, n, halves, pooled, weights, input, sources + p, output, \
                  targets + (pooled ? p / 4 : p))
  R r[2];
  UNROLL for (int h = 0; h < halves; h++) {
    r[h] = r_load(&layer->requantization, channel + h * LANES);
  }
  int32_t p = 0;
  if (pooled) {
    for (; p + 4 * POOL_GROUPS <= positions; p += 4 * POOL_GROUPS) POSITIONS(4 * POOL_GROUPS, 1);
    for (; p < positions; p += 4) POSITIONS(4, 1);
    return;
  }
  for (; p + TILE_POSITIONS <= positions; p += TILE_POSITIONS) POSITIONS(TILE_POSITIONS, 0);
  for (; p + 2 <= positions; p += 2) POSITIONS(2, 0);
  for (; p < positions; p++) POSITIONS(1, 0);
#undef POSITIONS
}

TARGET static void NAME(products)(const ScribeProducts *layer, const int16_t *input,
                                  const int32_t *sources, int32_t positions, int32_t pooled,
                                  int16_t *output, const int32_t *targets) {
  // Channels are the outer loop, so that one block of weights stays in the first cache.
  for (int32_t c = 0; c < layer->requantization.channels; c += BLOCK) {
    const int16_t *weights = layer->weights + (size_t)c * 2 * (size_t)layer->pairs;
    const int one = HALVES == 1 || layer->requantization.channels - c <= LANES;
    if (pooled && POOL_HALVES < HALVES) {
      for (int h = 0; h < (one ? 1 : HALVES); h++) {
        NAME(block)(layer, c + h * LANES, 1, weights + 2 * LANES * h, input, sources, positions,
                    pooled, output, targets);
      }
    } else if (one) {
      NAME(block)(layer, c, 1, weights, input, sources, positions, pooled, output, targets);
    } else {
      NAME(block)(layer, c, HALVES, weights, input, sources, positions, pooled, output, targets);
    }
  }
}

/// Results of `positions` (a constant) positions for a block of channels, each channel by itself.
/// Taps go in pairs, as products of int16 do.
INLINE void NAME(filter)(const ScribeDepthwise *layer, int32_t channel, const R r[HALVES],
                         const int positions, const int16_t *input, const int32_t *sources,
                         int16_t *output, const int32_t *targets) {
  static const int16_t none[BLOCK];
  const int32_t channels = layer->requantization.channels, taps = layer->tapCount;
  const ptrdiff_t padded = (channels + BLOCK - 1) / BLOCK * BLOCK;
  const int16_t *weights = layer->weights + channel;
  D d[FILTER_POSITIONS];
  const int16_t *values[FILTER_POSITIONS];
  UNROLL for (int p = 0; p < positions; p++) {
    values[p] = input + sources[p] + channel;
    d[p] = d_zero();
  }
  for (int32_t tap = 0; tap < taps; tap += 2, weights += 2 * padded) {
    const int both = tap + 1 < taps;
    const ptrdiff_t first = layer->taps[tap], second = layer->taps[tap + both];
    const P w = p_load(weights, both ? weights + padded : none);
    UNROLL for (int p = 0; p < positions; p++) {
      d[p] = d_dot(d[p], p_load(values[p] + first, values[p] + second), w);
    }
  }
  UNROLL for (int h = 0; h < HALVES; h++) {
    const int32_t from = channel + LANES * h;
    if (from >= channels) break;
    UNROLL for (int p = 0; p < positions; p++) {
      NAME(finish)(&r[h], channels - from, d_sum(d[p], h), output + targets[p] + from);
    }
  }
}

TARGET static void NAME(depthwise)(const ScribeDepthwise *layer, const int16_t *input,
                                   const int32_t *sources, int32_t positions, int16_t *output,
                                   const int32_t *targets) {
#define FILTER(n) NAME(filter)(layer, c, r, n, input, sources + p, output, targets + p)
  for (int32_t c = 0; c < layer->requantization.channels; c += BLOCK) {
    R r[HALVES];
    UNROLL for (int h = 0; h < HALVES; h++) r[h] = r_load(&layer->requantization, c + LANES * h);
    int32_t p = 0;
    for (; p + FILTER_POSITIONS <= positions; p += FILTER_POSITIONS) FILTER(FILTER_POSITIONS);
    for (; p < positions; p++) FILTER(1);
  }
#undef FILTER
}

#include "winograd-body.h"
#include "lstm-body.h"
