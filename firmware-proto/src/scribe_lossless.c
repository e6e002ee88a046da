#include "scribe_codecs.h"

#include <string.h>

/* Sums and counts of a context are halved here, so that old errors are forgotten. */
#define FORGET 64
/* Longer Rice codes are replaced by so many zeros, a one and the eight bits themselves. */
#define ESCAPE 20

/* How long the next run is taken to be, as a power of two: the exponents of JPEG-LS. */
static const uint8_t run_bits[32] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,  2,  3,  3,  3,  3,
                                     4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* The last context is for pixels that end a run. */
#define RUN_END (SCRIBE_LOSSLESS_CONTEXTS - 1)

/* `count` is at most 24. */
static inline void put_bits(scribe_lossless *lossless, uint32_t value, uint32_t count) {
  lossless->bits = lossless->bits << count | value;
  lossless->bit_count = (uint8_t)(lossless->bit_count + count);
  while (lossless->bit_count >= 8) {
    lossless->bit_count = (uint8_t)(lossless->bit_count - 8);
    scribe_coder_put(&lossless->coder, (uint8_t)(lossless->bits >> lossless->bit_count));
  }
}

static void put_error(scribe_lossless *lossless, uint32_t context, uint8_t error) {
  const uint32_t sum = lossless->sums[context];
  const uint32_t count = lossless->counts[context];
  uint32_t k = 0;
  while (count << k < sum) k++;
  const int32_t wrapped = (int8_t)error;
  const uint32_t folded = wrapped < 0 ? (uint32_t)(-2 * wrapped - 1) : (uint32_t)(2 * wrapped);
  const uint32_t high = folded >> k;
  if (high < ESCAPE) {
    put_bits(lossless, 1, high + 1);
    put_bits(lossless, folded & ((1u << k) - 1), k);
  } else {
    put_bits(lossless, 1, ESCAPE + 1);
    put_bits(lossless, folded, 8);
  }
  const uint32_t size = (uint32_t)(wrapped < 0 ? -wrapped : wrapped);
  const bool full = count >= FORGET;
  lossless->sums[context] = (uint16_t)(full ? (sum + size) >> 1 : sum + size);
  lossless->counts[context] = (uint8_t)(full ? (count + 1) >> 1 : count + 1);
}

static void start(scribe_coder *coder, uint16_t width, bool inter) {
  scribe_lossless *const lossless = (scribe_lossless *)coder;
  (void)inter;
  lossless->bits = 0;
  lossless->bit_count = 0;
  lossless->has_above = false;
  lossless->run_index = 0;
  lossless->width = width;
  for (size_t i = 0; i < SCRIBE_LOSSLESS_CONTEXTS; i++) {
    lossless->sums[i] = (uint16_t)(4 * (i + 1));
    lossless->counts[i] = 4;
  }
}

/* How much the neighbours differ, in steps of about an octave. */
static inline uint32_t context_of(uint32_t activity) {
  if (activity < 4) return activity >> 1;
  uint32_t level = 2;
  activity >>= 2;
  while (activity > 1 && level < RUN_END - 1) {
    activity >>= 1;
    level++;
  }
  return level;
}

static inline int32_t distance(int32_t a, int32_t b) { return a < b ? b - a : a - b; }

static void code_row(scribe_coder *coder, const uint8_t *row, const uint8_t *reference) {
  scribe_lossless *const lossless = (scribe_lossless *)coder;
  uint8_t *const above = lossless->above;
  const uint32_t width = lossless->width;
  (void)reference;
  /* Before the first row lies one of mid-gray, and before the first column the one above. */
  if (!lossless->has_above) memset(above, 128, width);
  lossless->has_above = true;
  int32_t left = above[0];
  int32_t corner = above[0];
  uint32_t x = 0;
  while (x < width) {
    const int32_t over = above[x];
    const int32_t next = x + 1 < width ? above[x + 1] : over;
    const int32_t activity = distance(next, over) + distance(over, corner) + distance(corner, left);
    uint32_t context;
    int32_t expected;
    if (activity == 0) {
      /* As flat as can be: count on. */
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
        memcpy(above + x, row + x, width - x);
        break;
      }
      put_bits(lossless, run, 1u + run_bits[lossless->run_index]);
      if (lossless->run_index > 0) lossless->run_index--;
      memcpy(above + x, row + x, end - x);
      x = end;
      corner = above[x];
      if (x > 0) left = row[x - 1];
      context = RUN_END;
      expected = left;
    } else {
      context = context_of((uint32_t)activity);
      if (corner >= (left > over ? left : over)) {
        expected = left < over ? left : over;
      } else if (corner <= (left < over ? left : over)) {
        expected = left > over ? left : over;
      } else {
        expected = left + over - corner;
      }
    }
    const int32_t pixel = row[x];
    put_error(lossless, context, (uint8_t)(pixel - expected));
    corner = above[x];
    above[x] = (uint8_t)pixel;
    left = pixel;
    x++;
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
