// The filters, written once in loops that compilers turn into vectors. A file that includes this
// defines
//
//   NAME(x), TARGET   as for body.h
//   NAME(count)       see `ScribePixels`
//   NAME(slide)       running sums of windows
//   NAME(signs)       the signs of eight int32 as bits
//   NAME(least)       a bit for each of 64 bytes that is at least a value
//   NAME(ones)        64 bytes from as many bits
//   NAME(quotients)   32 of `ScribePixels.divide`
//   NAME(between)     eight of `ScribePixels.stretch`

#include "pixels.h"

#define INLINE TARGET __attribute__((always_inline)) static inline
#define RESTRICT __restrict

/// Counts to a multiple of 64, in pieces that are whole vectors, so that none are left over.
#define EACH(x, count)                                       \
  for (size_t piece = 0; piece < (count); piece += 64)       \
    for (size_t x = piece; x < piece + 64; x++)

// Products are rounded before they are added up, on all processors.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

typedef float NAME(Floats) __attribute__((vector_size(32)));
typedef int32_t NAME(Longs) __attribute__((vector_size(32)));
typedef uint8_t NAME(Bytes) __attribute__((vector_size(8)));

INLINE uint8_t NAME(greater)(uint8_t a, uint8_t b, const int maximum) {
  return maximum ? (a > b ? a : b) : (a < b ? a : b);
}

INLINE int32_t NAME(strip_stride)(ScribePlane plane, int32_t radius) {
  return (plane.width + 2 * radius + 63) / 64 * 64;
}

/// Whole blocks of 64 bytes; compilers would call a function for rows of unknown length.
INLINE void NAME(copy)(uint8_t *RESTRICT to, const uint8_t *RESTRICT from, size_t count) {
  size_t i = 0;
  for (; i + 64 <= count; i += 64) memcpy(to + i, from + i, 64);
  if (i < count) memcpy(to + i, from + i, count - i);
}

/// Fills at least `count` bytes, by 32.
INLINE void NAME(fill)(uint8_t *to, int value, size_t count) {
  for (size_t i = 0; i < count; i += 32) memset(to + i, value, 32);
}

INLINE void NAME(pad)(uint8_t *row, size_t width, size_t stride) {
  if (width < stride) memset(row + width, 0, stride - width);
}

TARGET static void NAME(responses)(const uint8_t *rows, int32_t width, int32_t height,
                                   uint8_t *RESTRICT to, void *scratch) {
  int16_t *RESTRICT columns = scratch;
  for (int32_t y = 1; y < height - 1; y += 2) {
    const uint8_t *RESTRICT b = rows + (size_t)y * (size_t)width;
    const uint8_t *RESTRICT a = b - width, *RESTRICT c = b + width;
    for (int32_t x = 0; x < width; x++) columns[x] = (int16_t)(a[x] - 2 * b[x] + c[x]);
    const int16_t *RESTRICT middle = columns + 1, *RESTRICT right = columns + 2;
    for (int32_t x = 0; x < width - 2; x++) {
      const int16_t sum = (int16_t)(columns[x] - 2 * middle[x] + right[x]);
      const int16_t size = (int16_t)(sum < 0 ? -sum : sum);
      to[x] = (uint8_t)(size > 255 ? 255 : size);
    }
    to += width - 2;
  }
}

/// A filter of three, (side middle side), in both directions. The weights add up to 16 at most.
INLINE void NAME(binomial)(ScribePlane plane, const int side, const int middle, const int shift,
                           const uint8_t *from, uint8_t *to, void *scratch) {
  const size_t stride = (size_t)plane.stride / 64 * 64, width = (size_t)plane.width;
  uint16_t *RESTRICT sums = (uint16_t *)scratch + 32;
  for (int32_t y = 0; y < plane.height; y++) {
    const uint8_t *RESTRICT b = from + (size_t)y * stride;
    const uint8_t *RESTRICT a = y > 0 ? b - stride : b;
    const uint8_t *RESTRICT c = y < plane.height - 1 ? b + stride : b;
    EACH(x, stride) sums[x] = (uint16_t)(side * (a[x] + c[x]) + middle * b[x]);
    sums[-1] = sums[0];
    sums[width] = sums[width - 1];
    uint8_t *RESTRICT out = to + (size_t)y * stride;
    const uint16_t *RESTRICT left = sums - 1, *RESTRICT right = sums + 1;
    EACH(x, stride) {
      const int sum = side * (left[x] + right[x]) + middle * sums[x] + (1 << (shift - 1));
      out[x] = (uint8_t)((uint16_t)sum >> shift);
    }
    NAME(pad)(out, width, stride);
  }
}

TARGET static void NAME(smooth)(ScribePlane plane, const uint8_t *from, uint8_t *to,
                                void *scratch) {
  NAME(binomial)(plane, 1, 2, 4, from, to, scratch);
}

TARGET static void NAME(soften)(ScribePlane plane, const uint8_t *from, uint8_t *to,
                                void *scratch) {
  NAME(binomial)(plane, 3, 10, 8, from, to, scratch);
}

TARGET static void NAME(halve)(const uint8_t *rows, int32_t width, int32_t height,
                               uint8_t *RESTRICT to) {
  for (int32_t y = 0; y < height / 2; y++, to += width / 2) {
    const uint8_t *RESTRICT a = rows + 2 * (size_t)y * (size_t)width, *RESTRICT b = a + width;
    for (int32_t x = 0; x < width / 2; x++) {
      to[x] = (uint8_t)((uint16_t)(a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
    }
  }
}

TARGET static void NAME(twice)(ScribePlane plane, const uint8_t *rows, uint8_t *to,
                               void *scratch) {
  const size_t stride = (size_t)plane.stride / 64 * 64;
  const int32_t width = plane.width / 2, height = plane.height / 2;
  uint16_t *RESTRICT near = (uint16_t *)scratch;
  for (int32_t y = 0; y < plane.height; y++) {
    const int32_t middle = y >> 1, other = y & 1 ? middle + 1 : middle - 1;
    const uint8_t *RESTRICT a = rows + (size_t)middle * (size_t)width;
    const uint8_t *RESTRICT b =
        rows + (size_t)(other < 0 ? 0 : other < height ? other : height - 1) * (size_t)width;
    for (int32_t x = 0; x < width; x++) near[x + 1] = (uint16_t)(3 * a[x] + b[x]);
    near[0] = near[1];
    near[width + 1] = near[width];
    uint8_t *RESTRICT out = to + (size_t)y * stride;
    for (int32_t x = 0; x < width; x++) {
      const uint16_t here = (uint16_t)(3 * near[x + 1] + 8);
      out[2 * x] = (uint8_t)((uint16_t)(here + near[x]) >> 4);
      out[2 * x + 1] = (uint8_t)((uint16_t)(here + near[x + 2]) >> 4);
    }
    NAME(pad)(out, (size_t)plane.width, stride);
  }
}

/// Rows that are filtered together, so that a row's results are in memory when they are read at
/// another offset.
#define STRIP_ROWS 8

/// Windows of threefold width until another would be too wide, then three that overlap.
INLINE void NAME(across_of)(ScribePlane plane, int32_t radius, const int maximum,
                            const uint8_t *from, uint8_t *to, uint8_t *scratch) {
  const size_t stride = (size_t)plane.stride / 64 * 64, width = (size_t)plane.width;
  const size_t window = (size_t)(2 * radius + 1);
  const size_t padded = (size_t)NAME(strip_stride)(plane, radius) / 64 * 64;
  const size_t size = STRIP_ROWS * padded + 2 * window + 64;
  const int none = maximum ? 0 : 255;
  for (int32_t top = 0; top < plane.height; top += STRIP_ROWS) {
    const int32_t rows = plane.height - top < STRIP_ROWS ? plane.height - top : STRIP_ROWS;
    uint8_t *one = scratch, *two = scratch + size;
    for (int32_t y = 0; y < rows; y++) {
      uint8_t *row = one + (size_t)y * padded;
      // Each fills more than it should; what follows makes up for it.
      NAME(fill)(row, none, (size_t)radius);
      NAME(copy)(row + radius, from + (size_t)(top + y) * stride, width);
      NAME(fill)(row + (size_t)radius + width, none, padded - (size_t)radius - width);
    }
    size_t span = 1;
    for (; 3 * span <= window; span *= 3) {
      const uint8_t *RESTRICT a = one, *RESTRICT b = one + span, *RESTRICT c = one + 2 * span;
      uint8_t *RESTRICT out = two;
      const size_t count = (size_t)rows * padded / 64 * 64;
      EACH(i, count) {
        out[i] = NAME(greater)(NAME(greater)(a[i], b[i], maximum), c[i], maximum);
      }
      uint8_t *other = one;
      one = two;
      two = other;
    }
    for (int32_t y = 0; y < rows; y++) {
      const uint8_t *RESTRICT a = one + (size_t)y * padded;
      const uint8_t *RESTRICT b = a + (window - span) / 2, *RESTRICT c = a + (window - span);
      uint8_t *RESTRICT out = to + (size_t)(top + y) * stride;
      EACH(x, stride) {
        out[x] = NAME(greater)(NAME(greater)(a[x], b[x], maximum), c[x], maximum);
      }
      NAME(pad)(out, width, stride);
    }
  }
}

TARGET static void NAME(across)(ScribePlane plane, int32_t radius, int32_t maximum,
                                const uint8_t *from, uint8_t *to, void *scratch) {
  if (maximum) {
    NAME(across_of)(plane, radius, 1, from, to, scratch);
  } else {
    NAME(across_of)(plane, radius, 0, from, to, scratch);
  }
}

/// van Herk's and Gil-Werman's algorithm: a window is the end of one block of rows and the
/// beginning of the next.
INLINE void NAME(down_of)(ScribePlane plane, int32_t radius, const int maximum,
                          const uint8_t *from, uint8_t *to, uint8_t *scratch) {
  const size_t stride = (size_t)plane.stride / 64 * 64;
  const int32_t window = 2 * radius + 1;
  const int none = maximum ? 0 : 255;
  uint8_t *RESTRICT first = scratch;
  uint8_t *ends = scratch + stride;
  for (int32_t top = 0; top < plane.height; top += window) {
    memset(ends + (size_t)window * stride, none, stride);
    for (int32_t t = window - 1; t >= 0; t--) {
      const int32_t y = top + t - radius;
      const uint8_t *RESTRICT before = ends + (size_t)(t + 1) * stride;
      uint8_t *RESTRICT here = ends + (size_t)t * stride;
      if (y < 0 || y >= plane.height) {
        NAME(copy)(here, before, stride);
        continue;
      }
      const uint8_t *RESTRICT row = from + (size_t)y * stride;
      EACH(x, stride) here[x] = NAME(greater)(before[x], row[x], maximum);
    }
    memset(first, none, stride);
    for (int32_t t = 0; t < window && top + t < plane.height; t++) {
      const uint8_t *RESTRICT end = ends + (size_t)t * stride;
      uint8_t *RESTRICT out = to + (size_t)(top + t) * stride;
      const int32_t y = top + t + radius + 1;
      if (y < plane.height) {
        const uint8_t *RESTRICT row = from + (size_t)y * stride;
        EACH(x, stride) {
          out[x] = NAME(greater)(end[x], first[x], maximum);
          first[x] = NAME(greater)(first[x], row[x], maximum);
        }
      } else {
        EACH(x, stride) out[x] = NAME(greater)(end[x], first[x], maximum);
      }
    }
  }
}

TARGET static void NAME(down)(ScribePlane plane, int32_t radius, int32_t maximum,
                              const uint8_t *from, uint8_t *to, void *scratch) {
  if (maximum) {
    NAME(down_of)(plane, radius, 1, from, to, scratch);
  } else {
    NAME(down_of)(plane, radius, 0, from, to, scratch);
  }
}

TARGET static void NAME(subtract)(ScribePlane plane, const uint8_t *low, const uint8_t *high,
                                  uint8_t *to) {
  const uint8_t *RESTRICT a = high, *RESTRICT b = low;
  uint8_t *RESTRICT out = to;
  const size_t count = (size_t)plane.height * ((size_t)plane.stride / 64 * 64);
  EACH(i, count) out[i] = (uint8_t)(a[i] - b[i]);
}

TARGET static void NAME(divide)(ScribePlane plane, const uint8_t *low, const uint8_t *high,
                                int32_t first, int32_t end, uint8_t *to) {
  const size_t stride = (size_t)plane.stride / 64 * 64;
  for (int32_t y = first; y < end; y++) {
    const size_t row = (size_t)y * stride;
    for (size_t x = row; x < row + stride; x += 32) NAME(quotients)(low + x, high + x, to + x);
    NAME(pad)(to + row, (size_t)plane.width, stride);
  }
}

TARGET static void NAME(expand)(ScribePlane plane, const uint64_t *bits, uint8_t *rows) {
  const int32_t words = plane.stride / 64;
  for (int32_t y = 0; y < plane.height; y++) {
    const uint64_t *row = bits + (size_t)y * (size_t)words;
    uint8_t *out = rows + (size_t)y * (size_t)plane.width;
    int32_t w = 0;
    for (; 64 * (w + 1) <= plane.width; w++) NAME(ones)(row[w], out + 64 * w);
    if (w < words) {
      uint8_t bytes[64];
      NAME(ones)(row[w], bytes);
      memcpy(out + 64 * w, bytes, (size_t)(plane.width - 64 * w));
    }
  }
}

TARGET static void NAME(pack)(ScribePlane plane, const uint8_t *rows, uint64_t *bits) {
  const int32_t words = plane.stride / 64;
  for (int32_t y = 0; y < plane.height; y++) {
    const uint8_t *row = rows + (size_t)y * (size_t)plane.width;
    uint64_t *out = bits + (size_t)y * (size_t)words;
    int32_t w = 0;
    for (; 64 * (w + 1) <= plane.width; w++) out[w] = NAME(least)(row + 64 * w, 1);
    if (w < words) {
      uint8_t bytes[64] = {0};
      memcpy(bytes, row + 64 * w, (size_t)(plane.width - 64 * w));
      out[w] = NAME(least)(bytes, 1);
    }
  }
}

TARGET static void NAME(compare)(ScribePlane plane, const uint8_t *bytes, uint8_t least,
                                 uint64_t *bits) {
  const size_t count = (size_t)plane.height * ((size_t)plane.stride / 64);
  for (size_t w = 0; w < count; w++) bits[w] = NAME(least)(bytes + 64 * w, least);
}

typedef struct {
  /// Of the window's rows, a column each, with zeros before and after.
  uint16_t *sums;
  uint32_t *squares;
  /// Of the windows.
  int32_t *sum, *square;
  /// Columns of the window around each.
  float *columns;
} NAME(Sums);

/// Takes a row into the columns' sums, or out of them, or both.
INLINE void NAME(roll)(NAME(Sums) s, size_t stride, const uint8_t *RESTRICT in,
                       const uint8_t *RESTRICT out) {
  uint16_t *RESTRICT sums = s.sums;
  uint32_t *RESTRICT squares = s.squares;
  stride = stride / 64 * 64;
  if (in && out) {
    EACH(x, stride) sums[x] = (uint16_t)(sums[x] + in[x] - out[x]);
    EACH(x, stride) {
      squares[x] += (uint32_t)(in[x] * in[x] - out[x] * out[x]);
    }
  } else if (in) {
    EACH(x, stride) sums[x] = (uint16_t)(sums[x] + in[x]);
    EACH(x, stride) squares[x] += (uint32_t)(in[x] * in[x]);
  } else if (out) {
    EACH(x, stride) sums[x] = (uint16_t)(sums[x] - out[x]);
    EACH(x, stride) squares[x] -= (uint32_t)(out[x] * out[x]);
  }
}

/// Which of eight pixels are ink.
INLINE uint32_t NAME(judge)(const ScribeThreshold *threshold, NAME(Sums) s, float rows, size_t x,
                            const uint8_t *gray) {
  NAME(Longs) sum, square;
  NAME(Floats) columns;
  NAME(Bytes) bytes;
  memcpy(&sum, s.sum + x, sizeof sum);
  memcpy(&square, s.square + x, sizeof square);
  memcpy(&columns, s.columns + x, sizeof columns);
  memcpy(&bytes, gray + x, sizeof bytes);
  const NAME(Floats) count = columns * rows;
  const NAME(Floats) mean = __builtin_convertvector(sum, NAME(Floats)) / count;
  const NAME(Floats) most = mean * mean;
  NAME(Floats) variance = __builtin_convertvector(square, NAME(Floats)) / count - most;
  variance = (NAME(Floats))((NAME(Longs))variance & (variance > 0));
#if defined(__clang__)
  const NAME(Floats) deviation = __builtin_elementwise_sqrt(variance);
#else
  NAME(Floats) deviation;
  for (int i = 0; i < 8; i++) deviation[i] = __builtin_sqrtf(variance[i]);
#endif
  const NAME(Floats) part = deviation * threshold->k;
  const NAME(Floats) limit = mean - part;
  const NAME(Floats) pixels =
      __builtin_convertvector(__builtin_convertvector(bytes, NAME(Longs)), NAME(Floats));
  const NAME(Longs) ink = (deviation >= threshold->floor) & (pixels < limit);
  return NAME(signs)((const int32_t *)&ink);
}

TARGET static void NAME(threshold)(ScribePlane plane, const ScribeThreshold *threshold,
                                   const uint8_t *gray, int32_t start, int32_t stop,
                                   uint64_t *bits, void *scratch) {
  const size_t stride = (size_t)plane.stride / 64 * 64;
  const int32_t radius = threshold->radius, words = plane.stride / 64;
  const size_t padded = stride + 2 * 64;
  memset(scratch, 0, scribe_threshold_scratch(plane));
  uint32_t *squares = scratch;
  uint16_t *sums = (uint16_t *)(squares + padded);
  int32_t *windows = (int32_t *)(sums + padded);
  const NAME(Sums) s = {sums + 64, squares + 64, windows, windows + stride,
                        (float *)(windows + 2 * stride)};
  EACH(x, stride) {
    const int32_t left = (int32_t)x < radius ? (int32_t)x : radius;
    const int32_t after = plane.width - 1 - (int32_t)x;
    const int32_t right = after < 0 ? 0 : after < radius ? after : radius;
    s.columns[x] = (float)(left + 1 + right);
  }
  const int32_t top = start > radius ? start - radius : 0;
  for (int32_t y = top; y < start + radius && y < plane.height; y++) {
    NAME(roll)(s, stride, gray + (size_t)y * stride, NULL);
  }
  for (int32_t y = start; y < stop; y++) {
    const int32_t first = y - radius, end = y + radius;
    NAME(roll)(s, stride, end < plane.height ? gray + (size_t)end * stride : NULL,
               first > top ? gray + (size_t)(first - 1) * stride : NULL);
    const uint8_t *row = gray + (size_t)y * stride;
    uint64_t *ink = bits + (size_t)y * (size_t)words;
    const float rows = (float)((end < plane.height ? end : plane.height - 1) -
                               (first > 0 ? first : 0) + 1);
    for (int32_t w = 0; w < words; w++) {
      if (!ink[w]) continue;
      const int32_t begin = w;
      while (w + 1 < words && ink[w + 1]) w++;
      // Eights from the first open pixel to the last.
      const size_t from = 64 * (size_t)begin + ((size_t)__builtin_ctzll(ink[begin]) & 56);
      const size_t to = 64 * (size_t)(w + 1) - ((size_t)__builtin_clzll(ink[w]) & 56);
      NAME(slide)(s.sums, s.squares, radius, from, to, s.sum, s.square);
      for (int32_t v = begin; v <= w; v++) {
        const uint64_t open = ink[v];
        uint64_t found = 0;
        // The highest bit of each byte that isn't 0.
        const uint64_t low = 0x7F7F7F7F7F7F7F7F;
        uint64_t eights = (((open & low) + low) | open) & ~low;
        for (; eights; eights &= eights - 1) {
          const int i = __builtin_ctzll(eights) - 7;
          found |= (uint64_t)NAME(judge)(threshold, s, rows, 64 * (size_t)v + (size_t)i, row) << i;
        }
        ink[v] = found & open;
      }
    }
  }
}

TARGET static void NAME(stretch)(const uint16_t *values, int64_t place, int64_t step, size_t count,
                                 float *RESTRICT to) {
  size_t x = 0;
  for (; x + 8 <= count; x += 8, place += 8 * step) NAME(between)(values, place, step, to + x);
  for (; x < count; x++, place += step) {
    const uint16_t *two = values + (place >> 32);
    const int32_t share = (int32_t)(place >> 24 & 255);
    to[x] = (float)(256 * two[0] + (two[1] - two[0]) * share) * 0x1p-16F;
  }
}

TARGET static void NAME(ahead)(uint8_t *values, size_t apart, size_t count) {
  size_t x = 0;
  for (; x + 64 <= count; x += 64) {
    // What is read ahead isn't written yet, so a block gives what one value after the other does.
    uint8_t other[64];
    memcpy(other, values + apart + x, 64);
    for (size_t i = 0; i < 64; i++) values[x + i] = NAME(greater)(values[x + i], other[i], 1);
  }
  for (; x < count; x++) values[x] = NAME(greater)(values[x], values[x + apart], 1);
}

const ScribePixels NAME(scribe_pixels_of) = {
    NAME(responses), NAME(count), NAME(smooth), NAME(soften), NAME(across), NAME(down),
    NAME(subtract), NAME(divide), NAME(twice), NAME(halve), NAME(pack), NAME(expand), NAME(compare),
    NAME(threshold), NAME(stretch), NAME(ahead),
};
