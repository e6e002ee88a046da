#include "scribe_codecs.h"

#include <string.h>

/* Count at which a context's sums and counts are halved, so that old errors are forgotten. */
#define FORGET 32
/* Zeros that replace a longer Rice code, followed by a one and the eight bits themselves. */
#define ESCAPE 20

/* Expected length of the next run, as a power of two: the exponents of JPEG-LS. */
static const uint8_t run_bits[32] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,  2,  3,  3,  3,  3,
                                     4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* The last of the sizes is for pixels that end a run. */
#define RUN_END (SCRIBE_LOSSLESS_SIZES - 1)

/* Rounded down; `value` isn't 0. */
static inline uint32_t log2_of(uint32_t value) {
#ifdef __GNUC__
  return (uint32_t)(8 * sizeof(long) - 1) - (uint32_t)__builtin_clzl(value);
#else
  uint32_t result = 0;
  while (value >>= 1) result++;
  return result;
#endif
}

/* `count` is at most 24. */
static inline void put_bits(scribe_lossless *lossless, uint32_t value, uint32_t count) {
  const uint32_t bits = lossless->bits << count | value;
  uint32_t held = lossless->bit_count + count;
  lossless->bits = bits;
  while (held >= 8) {
    held -= 8;
    scribe_coder_put(&lossless->coder, (uint8_t)(bits >> held));
  }
  lossless->bit_count = (uint8_t)held;
}

/* Codes an error and returns its size. */
static uint32_t put_error(scribe_lossless *lossless, uint32_t context, int32_t error) {
  scribe_lossless_size *const size = &lossless->sizes[context];
  /* The smallest k with count << k >= sum. */
  uint32_t k = 0;
  if (size->sum > size->count) {
    k = log2_of(size->sum) - log2_of(size->count);
    if ((uint32_t)size->count << k < size->sum) k++;
  }
  const uint32_t magnitude = (uint32_t)(error < 0 ? -error : error);
  const uint32_t folded = 2 * magnitude - (error < 0);
  const uint32_t high = folded >> k;
  /* At most 23 bits: k of 4 or more leaves 16 values of `high`. */
  uint32_t code = 1u << k | (folded & ((1u << k) - 1));
  uint32_t length = high + 1 + k;
  if (high >= ESCAPE) {
    put_bits(lossless, 0, ESCAPE);
    code = 1u << 8 | folded;
    length = 1 + 8;
  }
  put_bits(lossless, code, length);
  const uint32_t sum = size->sum + magnitude;
  const uint32_t count = size->count + 1u;
  const uint32_t shift = count >= FORGET;
  size->sum = (uint16_t)(sum >> shift);
  size->count = (uint16_t)(count >> shift);
  return magnitude;
}

/* Moves the correction by one when the errors, including this one, lean to one side. */
static inline void learn(scribe_lossless_bias *bias, int32_t error) {
  int32_t sum = bias->sum + error;
  int32_t count = bias->count + 1;
  if (sum <= -count) {
    if (bias->correction > -128) bias->correction--;
    sum += count;
    if (sum <= -count) sum = 1 - count;
  } else if (sum > 0) {
    if (bias->correction < 127) bias->correction++;
    sum -= count;
    if (sum > 0) sum = 0;
  }
  if (count >= FORGET) {
    sum = -((1 - sum) >> 1);
    count >>= 1;
  }
  bias->sum = (int8_t)sum;
  bias->count = (uint8_t)count;
}

static void start(scribe_coder *coder, uint16_t width, bool inter) {
  scribe_lossless *const lossless = (scribe_lossless *)coder;
  (void)inter;
  lossless->bits = 0;
  lossless->bit_count = 0;
  lossless->has_above = false;
  lossless->run_index = 0;
  lossless->width = width;
  for (size_t i = 0; i < SCRIBE_LOSSLESS_SIZES; i++) {
    lossless->sizes[i].sum = (uint16_t)(i == RUN_END ? 16 : 1u << i);
    lossless->sizes[i].count = 4;
  }
  for (size_t i = 0; i < SCRIBE_LOSSLESS_BIASES; i++) {
    lossless->biases[i] = (scribe_lossless_bias){.count = 1};
  }
}

/* A difference of neighbours in five levels. */
static inline int32_t level_of(int32_t difference) {
  if (difference < 0) return difference > -2 ? 0 : difference > -7 ? -1 : -2;
  return difference < 2 ? 0 : difference < 7 ? 1 : 2;
}

static inline uint32_t size_of(int32_t difference) {
  return (uint32_t)(difference < 0 ? -difference : difference);
}

static void code_row(scribe_coder *coder, const uint8_t *row, const uint8_t *reference) {
  scribe_lossless *const lossless = (scribe_lossless *)coder;
  uint8_t *const above = lossless->above;
  const uint32_t width = lossless->width;
  (void)reference;
  /* Before the first row lies one of mid-gray, and before the first column the one above. */
  if (!lossless->has_above) memset(above, 128, lossless->width);
  lossless->has_above = true;
  int32_t over = above[0];
  int32_t left = over;
  int32_t corner = over;
  /* Differences above: the one to the right of this pixel is to the left of the next. */
  int32_t before = 0;
  uint32_t missed = 0; /* size of the last prediction's error */
  for (uint32_t x = 0; x < width; x++) {
    const int32_t pixel = row[x];
    int32_t next = x + 1 < width ? above[x + 1] : over;
    int32_t right = next - over;
    const int32_t fall = corner - left;
    if ((right | before | fall) == 0) {
      /* Flat surroundings: count the run. */
      uint32_t end = x;
      while (end < width && row[end] == left) end++;
      uint32_t run = end - x;
      while (run >= 1u << run_bits[lossless->run_index] && run > 0) {
        put_bits(lossless, 1, 1);
        run -= 1u << run_bits[lossless->run_index];
        if (lossless->run_index < 31) lossless->run_index++;
      }
      if (end == width) {
        if (run > 0) put_bits(lossless, 1, 1);
        memcpy(above + x, row + x, (size_t)(width - x));
        return;
      }
      put_bits(lossless, run, 1u + run_bits[lossless->run_index]);
      if (lossless->run_index > 0) lossless->run_index--;
      memcpy(above + x, row + x, (size_t)(end - x));
      x = end;
      over = above[x];
      next = x + 1 < width ? above[x + 1] : over;
      right = next - over;
      missed = put_error(lossless, RUN_END, (int8_t)(uint8_t)(row[x] - left));
      left = row[x];
    } else {
      const uint32_t activity = size_of(right) + size_of(before) + size_of(fall) + 2 * missed;
      uint32_t context = log2_of(activity);
      if (context >= RUN_END) context = RUN_END - 1;
      int32_t expected = left + before;
      const int32_t low = left < over ? left : over;
      const int32_t high = left < over ? over : left;
      if (corner >= high) expected = low;
      if (corner <= low) expected = high;
      /* Neighbourhoods that differ only in sign are learned together. */
      int32_t shape = 25 * level_of(right) + 5 * level_of(before) + level_of(fall);
      const bool turned = shape < 0;
      if (turned) shape = -shape;
      scribe_lossless_bias *const bias = &lossless->biases[shape];
      expected += turned ? -bias->correction : bias->correction;
      if (expected < 0) expected = 0;
      if (expected > 255) expected = 255;
      const int32_t error = turned ? expected - pixel : pixel - expected;
      const int32_t wrapped = (int8_t)(uint8_t)error;
      missed = put_error(lossless, context, wrapped);
      learn(bias, wrapped);
      left = pixel;
    }
    above[x] = (uint8_t)left;
    corner = over;
    over = next;
    before = right;
  }
}

static void finish(scribe_coder *coder) {
  scribe_lossless *const lossless = (scribe_lossless *)coder;
  if (lossless->bit_count > 0) put_bits(lossless, 0, 8u - lossless->bit_count);
}

void scribe_lossless_init(scribe_lossless *lossless) {
  memset(&lossless->coder, 0, sizeof lossless->coder);
  lossless->coder.codec = 2;
  lossless->coder.format = SCRIBE_GRAY8;
  lossless->coder.slice_rows = SCRIBE_SLICE_ROWS;
  lossless->coder.refresh = SCRIBE_REFRESH;
  lossless->coder.maximum_width = SCRIBE_LOSSLESS_MAXIMUM_WIDTH;
  lossless->coder.start = start;
  lossless->coder.row = code_row;
  lossless->coder.finish = finish;
}
