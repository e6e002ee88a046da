/* Decides which of several similar characters each one is, by the height of the line's others and
 * by the kind of word. There is no dictionary. The host does the same in Agreement and WordKinds. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_lines.h"
#include "scribe_reader_characters.h"
#include "scribe_recognizer_parts.h"

enum { OPTIONS = SCRIBE_STRIP_OPTIONS };

typedef enum { DIGIT, UPPER, LOWER, RARE, OTHER, KINDS } kind;
typedef enum { DIGITS, UPPERS, LOWERS, CAPITALIZED, CODE, MIXED, WORDS } word;

static kind kind_of(uint8_t c) {
  if (c >= '0' && c <= '9') return DIGIT;
  if (c >= 'A' && c <= 'Z') return UPPER;
  if (c >= 'a' && c <= 'z') return LOWER;
  return scribe_is_one_of(c, SCRIBE_RARE) ? RARE : OTHER;
}

/* Half of -ln, in Q10, of a character's probability in a word of a kind: 1/10 of digits among
 * digits, 1/26, 1/36, 1/94, 0.004 of rare marks, 0.02 of others, 0.00001 of strays. */
enum { TENTH = 1179, LETTER = 1668, CODED = 1835, ANY = 2326, SELDOM = 2827, MARK = 2003,
       STRAY = 5895 };

static int32_t cost_q10(word w, kind k, bool first) {
  if (w == MIXED) return ANY;
  switch (k) {
    case DIGIT: return w == DIGITS ? TENTH : w == CODE ? CODED : STRAY;
    case UPPER:
      return w == UPPERS || (w == CAPITALIZED && first) ? LETTER : w == CODE ? CODED : STRAY;
    case LOWER: return w == LOWERS || (w == CAPITALIZED && !first) ? LETTER : STRAY;
    case RARE: return SELDOM;
    default: return MARK;
  }
}

/* Half of -ln of a word's frequency, in Q10: 0.2, 0.2, 0.25, 0.1, 0.15, 0.1. */
static const int32_t word_costs_q10[WORDS] = {824, 824, 710, 1179, 971, 1179};

static uint8_t character_of(const scribe_recognizer *r, const scribe_strip_glyph *glyph, int32_t k) {
  return r->characters[glyph->options[k].label];
}

/* MARK: Heights */

typedef struct {
  int32_t tall, low; /* 0: not known */
} heights;

/* The median height of the characters in a set, 0 if there are none. */
static int32_t median_height(const scribe_recognizer *r, const char *set) {
  uint8_t counts[SCRIBE_STRIP_ROWS + 1] = {0};
  int32_t total = 0, seen = 0;
  for (int32_t i = 0; i < r->glyph_count; i++) {
    if (!scribe_is_one_of(character_of(r, r->glyphs + i, 0), set)) continue;
    counts[r->glyphs[i].box.height]++;
    total++;
  }
  if (total == 0) return 0;
  for (int32_t height = 0; height <= SCRIBE_STRIP_ROWS; height++) {
    seen += counts[height];
    if (seen > total / 2) return height;
  }
  return SCRIBE_STRIP_ROWS;
}

static heights heights_of(const scribe_recognizer *r) {
  heights h = {100 * median_height(r, SCRIBE_SURELY_TALL), 100 * median_height(r, SCRIBE_SURELY_LOW)};
  if (h.tall == 0) h.tall = h.low * 100 / SCRIBE_X_HEIGHT_PERCENT;
  if (h.low == 0) h.low = h.tall * SCRIBE_X_HEIGHT_PERCENT / 100;
  return h;
}

/* The cost of a height in Q10, 0 where it fits the character, rising to 4. */
static int32_t misfit_q10(const heights *h, uint8_t character, int32_t height) {
  if (h->tall == 0 || 100 * h->low >= 92 * h->tall) return 0;
  int32_t expected;
  if (scribe_is_one_of(character, SCRIBE_TALL_IN_DOUBT)) {
    expected = h->tall;
  } else if (scribe_is_one_of(character, SCRIBE_LOW_IN_DOUBT)) {
    expected = h->low;
  } else {
    return 0;
  }
  const int64_t off = 100 * height - expected;
  const int64_t cost = 51200 * off * off / ((int64_t)h->tall * h->tall);
  return cost < 4096 ? (int32_t)cost : 4096;
}

/* MARK: Words */

/* At least one: the likeliest label. */
static int32_t option_count(const scribe_strip_glyph *glyph) {
  int32_t count = 1;
  while (count < OPTIONS && glyph->options[count].cost < 255) count++;
  return count;
}

/* e^-x in Q24 of a cost in Q10. */
static uint32_t share_q24(int32_t cost_q10) {
  return scribe_reader_exp_q24((uint32_t)cost_q10 << 6);
}

/* The costs of a glyph's options in a word of a kind, and that of all together. */
static int32_t costs_in(const scribe_recognizer *r, const heights *h, int32_t i, word w,
                        bool first, int32_t *costs_q10) {
  const scribe_strip_glyph *glyph = r->glyphs + i;
  const int32_t count = option_count(glyph);
  int32_t least = INT32_MAX;
  for (int32_t k = 0; k < count; k++) {
    const uint8_t c = character_of(r, glyph, k);
    costs_q10[k] = glyph->options[k].cost * 16 + misfit_q10(h, c, glyph->box.height) +
                   cost_q10(w, kind_of(c), first);
    least = scribe_reader_min(least, costs_q10[k]);
  }
  uint32_t sum_q24 = 0;
  for (int32_t k = 0; k < count; k++) sum_q24 += share_q24(costs_q10[k] - least);
  /* ln of the sum, which is 1 to 4. */
  const uint32_t ln_q16 = scribe_reader_ln_q16(sum_q24) - scribe_reader_ln_q16(1u << 24);
  return least - (int32_t)(ln_q16 >> 6);
}

/* Weighs the options of the glyphs first..<end, one word. */
static void weigh_word(scribe_recognizer *r, const heights *h, int32_t first, int32_t end) {
  int32_t totals_q10[WORDS], costs_q10[OPTIONS], least = INT32_MAX;
  for (int32_t w = 0; w < WORDS; w++) {
    totals_q10[w] = word_costs_q10[w];
    for (int32_t i = first; i < end; i++) {
      totals_q10[w] += costs_in(r, h, i, (word)w, i == first, costs_q10);
    }
    least = scribe_reader_min(least, totals_q10[w]);
  }
  uint32_t words_q24 = 0;
  for (int32_t w = 0; w < WORDS; w++) words_q24 += share_q24(totals_q10[w] - least) >> 3;
  for (int32_t i = first; i < end; i++) {
    scribe_strip_glyph *glyph = r->glyphs + i;
    const int32_t count = option_count(glyph);
    uint64_t shares[OPTIONS] = {0}, covered_q16 = 0;
    for (int32_t w = 0; w < WORDS; w++) {
      const uint64_t weight = ((uint64_t)(share_q24(totals_q10[w] - least) >> 3) << 16) / words_q24;
      if (weight == 0) continue;
      const int32_t all = costs_in(r, h, i, (word)w, i == first, costs_q10);
      for (int32_t k = 0; k < count; k++) {
        shares[k] += weight * (share_q24(scribe_reader_max(0, costs_q10[k] - all)) >> 8);
      }
    }
    int32_t best = 0;
    for (int32_t k = 0; k < count; k++) {
      /* What belongs to no option, above all to "no character", stays the same. */
      covered_q16 += share_q24(glyph->options[k].cost * 16) >> 8;
      if (shares[k] > shares[best]) best = k;
    }
    if (covered_q16 > 65535) covered_q16 = 65535;
    glyph->chosen = (uint8_t)best;
    const uint64_t confidence_q16 = covered_q16 * (shares[best] >> 16) >> 16;
    glyph->confidence_q16 = (uint16_t)(confidence_q16 < 65535 ? confidence_q16 : 65535);
    glyph->confidence = (uint8_t)((glyph->confidence_q16 * 255u + 32767u) / 65535u);
  }
}

void scribe_recognizer_agree(scribe_recognizer *r) {
  const heights h = heights_of(r);
  for (int32_t first = 0; first < r->glyph_count;) {
    int32_t end = first + 1;
    while (end < r->glyph_count && !r->glyphs[end].space_before) end++;
    weigh_word(r, &h, first, end);
    first = end;
  }
}

#endif
