// Winograd's algorithm F(4, 3) and F(4x4, 3x3), a part of body.h: with what that names.

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
