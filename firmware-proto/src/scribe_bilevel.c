#include "scribe_codecs.h"

#include <string.h>

#include "scribe_bilevel_table.h"

/* The table's entries: the level that the state starts from, and the share (a power of two) of the
 * way by which it then moves to each bit seen. */
#define LEVEL(entry) ((entry) & 31u)
#define RATE(entry) ((unsigned)(entry) >> 5)

#define TOP 0x1000000u

/* Sends the top byte of `low`. A carry may still change the last byte before it and each 0xFF after
 * that one: they wait until a byte is sure to absorb it. */
static void shift_low(scribe_bilevel *bilevel) {
  const uint32_t low = bilevel->low;
  bilevel->low = low << 8;
  if (low >= 0xFF000000u && !bilevel->carry) {
    bilevel->waiting++;
    return;
  }
  for (uint8_t byte = bilevel->cache; bilevel->waiting > 0; bilevel->waiting--) {
    scribe_coder_put(&bilevel->coder, (uint8_t)(byte + bilevel->carry));
    byte = 0xFF;
  }
  bilevel->cache = (uint8_t)(low >> 24);
  bilevel->waiting = 1;
  bilevel->carry = false;
}

static void code(scribe_bilevel *bilevel, uint32_t context, uint32_t bit) {
  const unsigned rate = RATE(bilevel->table[context]);
  uint32_t paper = bilevel->states[context];
  uint32_t range = bilevel->range;
  const uint32_t bound = (range >> 16) * paper;
  if (bit == 0) {
    range = bound;
    paper += (65536u - paper) >> rate;
  } else {
    bilevel->low += bound;
    if (bilevel->low < bound) bilevel->carry = true;
    range -= bound;
    paper -= paper >> rate;
  }
  bilevel->states[context] = (uint16_t)paper;
  for (; range < TOP; range <<= 8) shift_low(bilevel);
  bilevel->range = range;
}

static void start(scribe_coder *coder, uint16_t width, bool inter) {
  scribe_bilevel *const bilevel = (scribe_bilevel *)coder;
  bilevel->low = 0;
  bilevel->range = 0xFFFFFFFFu;
  bilevel->waiting = 0;
  bilevel->cache = 0xFF; /* in case the first byte has to wait */
  bilevel->carry = false;
  bilevel->width = width;
  bilevel->row_bytes = (uint16_t)((width + 7u) / 8u);
  bilevel->inter = inter;
  bilevel->alike = true;
  bilevel->table = scribe_bilevel_table[inter ? 1 : 0];
  for (size_t i = 0; i < SCRIBE_BILEVEL_CONTEXTS; i++) {
    bilevel->states[i] = scribe_bilevel_level[LEVEL(bilevel->table[i])];
  }
  memset(bilevel->above, 0, sizeof bilevel->above);
}

/* Codes a row's pixels. Each is predicted from ten others: three of `far`, four of `near`, and the
 * three before it. Both rows have a byte of paper behind them. */
static void code_pixels(scribe_bilevel *bilevel, const uint8_t *row, const uint8_t *far,
                        const uint8_t *near) {
  uint32_t context = (uint32_t)(far[0] >> 7) << 8 | (uint32_t)(near[0] >> 7) << 4;
  uint32_t pixels = 0, far_bits = 0, near_bits = 0;
  for (uint32_t x = 0; x < bilevel->width; x++) {
    if (x % 8 == 0) {
      pixels = *row++;
      /* The next bits to enter are the rows' next pixels but one. */
      far_bits = (uint32_t)far[0] << 8 | far[1];
      near_bits = (uint32_t)near[0] << 8 | near[1];
      far++;
      near++;
    }
    context |= (far_bits >> 7 & 0x80u) | (near_bits >> 11 & 8u);
    const uint32_t pixel = pixels >> 7 & 1;
    code(bilevel, context, pixel);
    context = (context & 0x1BBu) << 1 | pixel; /* the leftmost pixel of each row leaves */
    pixels <<= 1;
    far_bits <<= 1;
    near_bits <<= 1;
  }
}

static void code_row(scribe_coder *coder, const uint8_t *row, const uint8_t *reference) {
  scribe_bilevel *const bilevel = (scribe_bilevel *)coder;
  const size_t size = bilevel->row_bytes;
  uint8_t *const last = bilevel->above[0];
  uint8_t *const other = bilevel->above[1];
  /* The bits behind a row's end are paper, whatever the caller has there. */
  const uint8_t inside = (uint8_t)(0xFFu << ((0u - bilevel->width) & 7u));
  if (bilevel->inter) {
    memcpy(other, reference, size);
    other[size - 1] &= inside;
  }
  const uint8_t *const expected = bilevel->inter ? other : last;
  const bool alike = memcmp(row, expected, size - 1) == 0 &&
                     ((row[size - 1] ^ expected[size - 1]) & inside) == 0;
  code(bilevel, SCRIBE_BILEVEL_PIXELS + (uint32_t)bilevel->alike, !alike);
  bilevel->alike = alike;
  if (!alike) {
    code_pixels(bilevel, row, bilevel->inter ? last : other, expected);
  }
  if (!bilevel->inter) memcpy(other, last, size);
  memcpy(last, row, size);
  last[size - 1] &= inside;
}

/* Ends with the number in low...low + range - 1 that has most zeros at its end, and leaves one byte
 * of zeros out: behind the end the receiver reads zeros anyway. */
static void finish(scribe_coder *coder) {
  scribe_bilevel *const bilevel = (scribe_bilevel *)coder;
  const uint32_t end = (bilevel->low + (TOP - 1)) & ~(TOP - 1);
  if (end < bilevel->low) bilevel->carry = true;
  bilevel->low = end;
  shift_low(bilevel);
  if (end != 0) shift_low(bilevel);
}

void scribe_bilevel_init(scribe_bilevel *bilevel) {
  memset(&bilevel->coder, 0, sizeof bilevel->coder);
  bilevel->coder.codec = 3;
  bilevel->coder.format = SCRIBE_BILEVEL;
  bilevel->coder.slice_rows = SCRIBE_BILEVEL_SLICE_ROWS;
  bilevel->coder.refresh = SCRIBE_REFRESH;
  bilevel->coder.maximum_width = SCRIBE_BILEVEL_MAXIMUM_WIDTH;
  bilevel->coder.start = start;
  bilevel->coder.row = code_row;
  bilevel->coder.finish = finish;
}
