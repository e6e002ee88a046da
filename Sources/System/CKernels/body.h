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

// ------------------------------------------------------------------------------------------------
// Winograd

/// Six inputs at the points 0, 1, -1, 2, -2 and infinity.
INLINE void NAME(evaluate)(const S d[6], S v[6]) {
  const S a = s_sub(d[4], s_shl(d[2], 2)), b = s_sub(d[3], s_shl(d[1], 2));
  const S c = s_sub(d[4], d[2]), half = s_sub(d[3], d[1]), e = s_add(half, half);
  v[0] = s_add(s_shl(s_sub(d[0], d[2]), 2), c);
  v[1] = s_add(a, b);
  v[2] = s_sub(a, b);
  v[3] = s_add(c, e);
  v[4] = s_sub(c, e);
  v[5] = s_sub(s_sub(d[5], d[3]), s_add(e, e));
}

/// Four outputs, times 24, from the products at the points. The weights hold the other factors.
INLINE void NAME(interpolate)(const V m[6], V y[4]) {
  const V s = v_add(m[1], m[2]), d = v_sub(m[1], m[2]);
  const V t = v_add(m[3], m[4]), e = v_sub(m[3], m[4]);
  y[0] = v_add(v_add(m[0], s), t);
  y[1] = v_add(d, v_shl(e, 1));
  y[2] = v_add(s, v_shl(t, 2));
  y[3] = v_add(d, v_shl(v_add(v_shl(e, 2), m[5]), 1));
}

/// Six columns of one row at the points, all channels.
INLINE void NAME(row_in)(const ScribeWinograd *layer, const int16_t *source, int16_t *to,
                         size_t plane) {
  S in[6], out[6];
  for (int32_t c = 0; c < layer->inputs; c += 16) {
    UNROLL for (int x = 0; x < 6; x++) {
      in[x] = s_load(source + c + (ptrdiff_t)layer->columnStep * x);
    }
    NAME(evaluate)(in, out);
    UNROLL for (int x = 0; x < 6; x++) s_store(to + c + plane * (size_t)x, out[x]);
  }
}

/// Six columns of six rows.
INLINE void NAME(square_in)(const ScribeWinograd *layer, const int16_t *source, int16_t *to,
                            size_t plane) {
  const ptrdiff_t column = layer->columnStep, row = layer->rowStep;
  S in[6], out[6], columns[6][6];
  for (int32_t c = 0; c < layer->inputs; c += 16) {
    for (int x = 0; x < 6; x++) {
      UNROLL for (int y = 0; y < 6; y++) in[y] = s_load(source + c + row * y + column * x);
      NAME(evaluate)(in, out);
      UNROLL for (int y = 0; y < 6; y++) columns[y][x] = out[y];
    }
    for (int y = 0; y < 6; y++) {
      NAME(evaluate)(columns[y], out);
      UNROLL for (int x = 0; x < 6; x++) s_store(to + c + plane * (size_t)(6 * y + x), out[x]);
    }
  }
}

/// A tile's inputs at all points, 16 channels at a time. Planes of points lie `plane` apart.
INLINE void NAME(tile_in)(const ScribeWinograd *layer, const int16_t *source, int16_t *to,
                          size_t plane) {
  const int square = layer->points == 36;
  const ptrdiff_t down = (ptrdiff_t)layer->rowStep * (square ? 3 : 1);
  const ptrdiff_t right = (ptrdiff_t)layer->columnStep * 3;
  // In this order, because the last 16 channels of one place reach into the next.
  for (int32_t y = 0; y < layer->rows; y++) {
    for (int32_t x = 0; x < layer->columns; x++, to += layer->inputs) {
      if (square) {
        NAME(square_in)(layer, source + y * down + x * right, to, plane);
      } else {
        NAME(row_in)(layer, source + y * down + x * right, to, plane);
      }
    }
  }
}

/// 24 x 24 times a sum, or 24 times it, as 64 or 8 times the sum: 9 and 3 divide exactly.
INLINE V NAME(part)(V value, int both) {
  return v_mul(value, v_set(both ? 0x38E38E39 : (int32_t)0xAAAAAAAB));
}

/// A tile's outputs of LANES channels, or of `rest` channels if there are fewer, from the products
/// at its points, which lie `plane` apart.
INLINE void NAME(tile_out)(const ScribeWinograd *layer, const R *r, int32_t rest,
                           const int32_t *from, size_t plane, const ScribeTile *tile,
                           int16_t *to) {
  const ptrdiff_t row = layer->targetRowStep, column = layer->targetColumnStep;
  V m[6], y[4], z[4];
  if (layer->points == 6) {
    UNROLL for (int i = 0; i < 6; i++) m[i] = v_load(from + plane * (size_t)i);
    NAME(interpolate)(m, y);
    UNROLL for (int x = 0; x < 4; x++) {
      if (x < tile->width) {
        NAME(finish)(r, rest, v_sra(NAME(part)(y[x], 0), 3), to + x * column);
      }
    }
    return;
  }
  V columns[4][6];
  for (int i = 0; i < 6; i++) {
    UNROLL for (int x = 0; x < 6; x++) m[x] = v_load(from + plane * (size_t)(6 * i + x));
    NAME(interpolate)(m, y);
    UNROLL for (int x = 0; x < 4; x++) columns[x][i] = y[x];
  }
  for (int x = 0; x < tile->width; x++, to += column) {
    if (layer->pooled) {
      NAME(interpolate)(columns[2 * x], y);
      NAME(interpolate)(columns[2 * x + 1], z);
      UNROLL for (int i = 0; i < 4; i++) {
        y[i] = v_max(NAME(part)(y[i], 1), NAME(part)(z[i], 1));
      }
      UNROLL for (int i = 0; i < 2; i++) {
        if (i < tile->height) {
          NAME(finish)(r, rest, v_sra(v_max(y[2 * i], y[2 * i + 1]), 6), to + i * row);
        }
      }
    } else {
      NAME(interpolate)(columns[x], y);
      UNROLL for (int i = 0; i < 4; i++) {
        if (i < tile->height) {
          NAME(finish)(r, rest, v_sra(NAME(part)(y[i], 1), 6), to + i * row);
        }
      }
    }
  }
}

/// Products of `count` (a constant) tiles at one point, for 16 channels or half of them.
INLINE void NAME(point)(const int count, const int halves, const int16_t *weights, int32_t pairs,
                        const int16_t *tiles, size_t stride, int32_t *sums) {
  A a[POSITIONS_MOST][2];
  const int16_t *rows[POSITIONS_MOST];
  UNROLL for (int t = 0; t < count; t++) {
    rows[t] = tiles + stride * (size_t)t;
    KEEP(rows[t]);
    UNROLL for (int h = 0; h < halves; h++) a[t][h] = a_zero();
  }
  for (int32_t i = 0; i < pairs; i++, weights += 2 * BLOCK) {
    W w[2];
    UNROLL for (int h = 0; h < halves; h++) w[h] = w_load(weights + 2 * LANES * h);
    UNROLL for (int t = 0; t < count; t++) {
      const X x = x_load(rows[t] + 2 * i);
      UNROLL for (int h = 0; h < halves; h++) a[t][h] = a_dot(a[t][h], x, w[h]);
    }
  }
  UNROLL for (int t = 0; t < count; t++) {
    UNROLL for (int h = 0; h < halves; h++) v_store(sums + BLOCK * t + LANES * h, a_sum(a[t][h]));
  }
}

/// The number of `rest` positions or tiles to compute next, such that few remain for a small group.
INLINE int32_t NAME(group)(int32_t rest) {
  if (rest <= TILE_POSITIONS) return rest;
  return rest < 2 * TILE_POSITIONS ? (rest + 1) / 2 : TILE_POSITIONS;
}

INLINE void NAME(all_points)(const ScribeWinograd *layer, const int halves, const int16_t *weights,
                             int32_t pairs, const int16_t *inputs, size_t stride, int32_t tiles,
                             int32_t *sums) {
#define POINT(n)                                                                             \
  case n:                                                                                    \
    if (n <= TILE_POSITIONS) NAME(point)(n, halves, weights, pairs, inputs, stride, sums);   \
    break
  for (int32_t point = 0; point < layer->points; point++) {
    int32_t rest = tiles;
    while (rest > 0) {
      const int32_t count = NAME(group)(rest);
      switch (count) {
        POINT(1); POINT(2); POINT(3); POINT(4); POINT(5); POINT(6);
        POINT(7); POINT(8); POINT(9); POINT(10); POINT(11); POINT(12);
      }
      rest -= count;
      inputs += stride * (size_t)count;
      sums += BLOCK * count;
    }
    weights += (size_t)pairs * 2 * BLOCK;
  }
#undef POINT
}

TARGET static void NAME(winograd)(const ScribeWinograd *layer, const int16_t *input,
                                  const ScribeTile *tiles, int32_t count, int16_t *output,
                                  int16_t *scratch) {
  const int32_t most = winograd_tiles(layer);
  const int32_t pairs = winograd_pairs(layer);
  const size_t stride = winograd_stride(layer);
  const int32_t channels = layer->requantization.channels;
  int32_t *sums = (int32_t *)(void *)scratch;
  int16_t *inputs = scratch + 2 * BLOCK * most * layer->points;
  for (int32_t first = 0; first < count; first += most) {
    const int32_t here = count - first < most ? count - first : most;
    const size_t plane = stride * (size_t)here;
    for (int32_t t = 0; t < here; t++) {
      NAME(tile_in)(layer, input + tiles[first + t].source, inputs + stride * (size_t)t, plane);
    }
    const int16_t *weights = layer->weights;
    for (int32_t c = 0; c < channels; c += BLOCK) {
      const int halves = HALVES > 1 && channels - c <= LANES ? 1 : HALVES;
      if (halves == 1) {
        NAME(all_points)(layer, 1, weights, pairs, inputs, stride, here, sums);
      } else {
        NAME(all_points)(layer, HALVES, weights, pairs, inputs, stride, here, sums);
      }
      weights += (size_t)layer->points * (size_t)pairs * 2 * BLOCK;
      for (int32_t h = 0; h < halves; h++) {
        const int32_t channel = c + LANES * h;
        const R r = r_load(&layer->requantization, channel);
        for (int32_t t = 0; t < here; t++) {
          const ScribeTile *tile = tiles + first + t;
          NAME(tile_out)(layer, &r, channels - channel, sums + BLOCK * t + LANES * h,
                         (size_t)(BLOCK * here), tile, output + tile->target + channel);
        }
      }
    }
  }
}

// ------------------------------------------------------------------------------------------------
// One column of an lstm. Compilers make vectors of these loops where the target can gather.

/// Values between those of the table, at a place with `bits` bits behind the point, times 2^bits.
INLINE int32_t NAME(between)(const uint32_t *sigmoids, int32_t place, const int bits) {
  const int32_t whole = place >> bits;
  const uint32_t entry = sigmoids[whole < 254 ? whole : 254];
  return (int32_t)((entry >> 15) << bits) +
         (int32_t)(entry & 0x7FFF) * (place & ((1 << bits) - 1));
}

INLINE int32_t NAME(magnitude)(int32_t value) { return value < 0 ? -value : value; }

INLINE int32_t NAME(saturated)(int32_t value) {
  return value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value;
}

/// Of Q3.12, in Q0.15.
INLINE int32_t NAME(sigmoid)(const uint32_t *sigmoids, int32_t value) {
  const int32_t place = 3 * value;
  const int32_t high = NAME(between)(sigmoids, NAME(magnitude)(place), 9);
  return (place < 0 ? (1 << 25) - high + 511 : high + 512) >> 10;
}

/// 2 sigmoid(2x) - 1 of a place in the table, in Q0.15.
INLINE int32_t NAME(tanh)(const uint32_t *sigmoids, int32_t place) {
  const int32_t distance = NAME(magnitude)(place);
  const int32_t inside = NAME(between)(sigmoids, distance, 8);
  const int32_t high = distance >> 8 >= 255 ? 0xFFFF << 8 : inside;
  return (place < 0 ? (1 << 23) - high + 127 : high - (1 << 23) + 128) >> 8;
}

/// Divided by 2^bits, halves away from 0.
INLINE int32_t NAME(halved)(int32_t value, int32_t bits) {
  const int32_t mask = (int32_t)((1u << bits) - 1);
  return (value >> bits) + ((value & mask) > (mask >> 1) + (value < 0));
}

TARGET static void NAME(lstm)(const ScribeLSTM *layer, const int16_t *restrict a,
                              const int16_t *restrict b, int16_t *restrict cell,
                              int16_t *restrict output) {
  const uint32_t *sigmoids = layer->sigmoids;
  const int32_t units = layer->units, low = layer->low, high = layer->high;
  const int32_t taken = 29 - layer->cellBits, right = layer->right;
  const int64_t multiplier = layer->multiplier;
  // Of a cell's bits to those of a place in the table.
  const int32_t shift = layer->cellBits > 12 ? layer->cellBits - 12 : 0;
  const int32_t factor = layer->cellBits < 12 ? 3 << (12 - layer->cellBits) : 3;
  const int32_t half = shift ? 1 << (shift - 1) : 0;
  for (int32_t i = 0; i < units; i++) {
    const int32_t j = i + units, k = j + units, l = k + units;
    const int32_t into = NAME(sigmoid)(sigmoids, NAME(saturated)(a[i] + b[i]));
    const int32_t forget = NAME(sigmoid)(sigmoids, NAME(saturated)(a[j] + b[j]));
    const int32_t fresh = NAME(tanh)(sigmoids, 3 * NAME(saturated)(a[k] + b[k]));
    const int32_t shown = NAME(sigmoid)(sigmoids, NAME(saturated)(a[l] + b[l]));
    // Powers of two as factors: half in the doubling high product, the rest in the shift.
    const int32_t kept = NAME(saturated)(NAME(halved)((forget * cell[i] + 1) >> 1, 14));
    const int32_t added = NAME(saturated)(NAME(halved)((into * fresh + 1) >> 1, taken));
    const int32_t state = NAME(saturated)(kept + added);
    cell[i] = (int16_t)state;
    const int32_t product = shown * NAME(tanh)(sigmoids, (factor * state + half) >> shift);
    const int32_t scaled = (int32_t)((product * multiplier + ((int64_t)1 << 30)) >> 31);
    const int32_t result = NAME(halved)(scaled, right);
    output[i] = (int16_t)(result < low ? low : result > high ? high : result);
  }
}
