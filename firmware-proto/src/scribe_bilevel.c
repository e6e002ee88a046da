#include "scribe_codecs.h"

#include <string.h>

#include "scribe_bilevel_table.h"

/* A state moves this part of the way (a power of two) to what was seen. */
#define ADAPTATION 4

#define TOP 0x1000000u

/* The bytes before the last 32 bits of `low` are out, but for the cache and the 0xFF behind it,
 * which a carry may still change. */
static void shift_low(scribe_bilevel *bilevel) {
  const uint8_t byte = (uint8_t)(bilevel->low >> 24);
  bilevel->low <<= 8;
  if (byte == 0xFF) {
    bilevel->pending++;
    return;
  }
  if (bilevel->has_cache) scribe_coder_put(&bilevel->coder, bilevel->cache);
  for (; bilevel->pending > 0; bilevel->pending--) scribe_coder_put(&bilevel->coder, 0xFF);
  bilevel->cache = byte;
  bilevel->has_cache = true;
}

static void carry(scribe_bilevel *bilevel) {
  bilevel->cache++;
  if (bilevel->pending == 0) return;
  scribe_coder_put(&bilevel->coder, bilevel->cache);
  for (; bilevel->pending > 1; bilevel->pending--) scribe_coder_put(&bilevel->coder, 0);
  bilevel->pending = 0;
  bilevel->cache = 0;
}

static inline void code(scribe_bilevel *bilevel, uint16_t *state, uint32_t bit) {
  const uint32_t paper = *state;
  const uint32_t bound = (bilevel->range >> 16) * paper;
  if (bit == 0) {
    bilevel->range = bound;
    *state = (uint16_t)(paper + ((65536u - paper) >> ADAPTATION));
  } else {
    bilevel->low += bound;
    if (bilevel->low < bound) carry(bilevel);
    bilevel->range -= bound;
    *state = (uint16_t)(paper - (paper >> ADAPTATION));
  }
  while (bilevel->range < TOP) {
    bilevel->range <<= 8;
    shift_low(bilevel);
  }
}

static void start(scribe_coder *coder, uint16_t width, bool inter) {
  scribe_bilevel *const bilevel = (scribe_bilevel *)coder;
  bilevel->low = 0;
  bilevel->range = 0xFFFFFFFFu;
  bilevel->pending = 0;
  bilevel->has_cache = false;
  bilevel->width = width;
  bilevel->row_bytes = (uint16_t)((width + 7u) / 8u);
  bilevel->inter = inter;
  bilevel->alike = true;
  const uint8_t *const table = scribe_bilevel_table[inter ? 1 : 0];
  for (size_t i = 0; i < SCRIBE_BILEVEL_CONTEXTS; i++) {
    bilevel->states[i] = scribe_bilevel_level[table[i]];
  }
  bilevel->alike_states[0] = bilevel->alike_states[1] = 0x8000;
  memset(bilevel->above, 0, sizeof bilevel->above);
}

/* Codes a row's pixels. Each is foretold from ten others: three of `far`, four of `near`, and the
 * three before it. Both rows have a byte of paper behind them. */
static void code_pixels(scribe_bilevel *bilevel, const uint8_t *row, const uint8_t *far,
                        const uint8_t *near) {
  uint16_t *const states = bilevel->states;
  uint32_t low = bilevel->low;
  uint32_t range = bilevel->range;
  uint32_t context = (uint32_t)(far[0] >> 7) << 8 | (uint32_t)(near[0] >> 7) << 4;
  for (uint32_t left = bilevel->width; left > 0;) {
    uint32_t count = left < 8 ? left : 8;
    left -= count;
    uint32_t pixels = (uint32_t)*row++ << 24;
    /* The next bits to enter are the rows' next pixels but one. */
    uint32_t far_bits = ((uint32_t)far[0] << 8 | far[1]) << 17;
    uint32_t near_bits = ((uint32_t)near[0] << 8 | near[1]) << 17;
    far++;
    near++;
    do {
      context |= (far_bits >> 31) << 7 | (near_bits >> 31) << 3;
      far_bits <<= 1;
      near_bits <<= 1;
      uint16_t *const state = states + context;
      const uint32_t paper = *state;
      const uint32_t bound = (range >> 16) * paper;
      context = (context & 0x1BBu) << 1; /* the leftmost pixel of each row leaves */
      if ((int32_t)pixels >= 0) {
        range = bound;
        *state = (uint16_t)(paper + ((65536u - paper) >> ADAPTATION));
      } else {
        context |= 1;
        low += bound;
        if (low < bound) carry(bilevel);
        range -= bound;
        *state = (uint16_t)(paper - (paper >> ADAPTATION));
      }
      pixels <<= 1;
      while (range < TOP) {
        range <<= 8;
        bilevel->low = low;
        shift_low(bilevel);
        low = bilevel->low;
      }
    } while (--count > 0);
  }
  bilevel->low = low;
  bilevel->range = range;
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
  code(bilevel, &bilevel->alike_states[bilevel->alike ? 1 : 0], alike ? 0 : 1);
  bilevel->alike = alike;
  if (!alike) {
    code_pixels(bilevel, row, bilevel->inter ? last : other, expected);
  }
  if (!bilevel->inter) memcpy(other, last, size);
  memcpy(last, row, size);
  last[size - 1] &= inside;
}

/* Ends with the number in low...low + range - 1 that has most zeros at its end, and leaves one
 * byte of zeros out: behind the end the receiver reads nothing else. */
static void finish(scribe_coder *coder) {
  scribe_bilevel *const bilevel = (scribe_bilevel *)coder;
  const uint32_t end = (bilevel->low + (TOP - 1)) & ~(TOP - 1);
  if (end < bilevel->low) carry(bilevel);
  const uint8_t byte = (uint8_t)(end >> 24);
  if (bilevel->has_cache) scribe_coder_put(coder, bilevel->cache);
  for (; bilevel->pending > 0; bilevel->pending--) scribe_coder_put(coder, 0xFF);
  if (byte != 0) scribe_coder_put(coder, byte);
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
