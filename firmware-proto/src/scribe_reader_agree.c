/* Decides which of several similar characters each one is, by the whole line.
 *
 * Two facts decide: the height of a character beside those that are certain, and the kinds of
 * characters that stand next to each other. There is no dictionary. Costs are in 1/64 of a unit of
 * log probability. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_characters.h"
#include "scribe_reader_parts.h"

typedef enum { DIGIT, UPPER, LOWER, RARE, OTHER } kind;

static kind kind_of(uint8_t c) {
  if (c >= '0' && c <= '9') return DIGIT;
  if (c >= 'A' && c <= 'Z') return UPPER;
  if (c >= 'a' && c <= 'z') return LOWER;
  return scribe_is_one_of(c, SCRIBE_RARE) ? RARE : OTHER;
}

/* The cost of one kind following another within a word. */
static int32_t change_cost(kind from, kind to, bool at_start) {
  if (from == to) return 0;
  if (from == UPPER && to == LOWER) return at_start ? 0 : 98;
  if (from == LOWER && to == UPPER) return 120;
  if ((from == DIGIT && to == UPPER) || (from == UPPER && to == DIGIT)) return 54;
  if ((from == DIGIT && to == LOWER) || (from == LOWER && to == DIGIT)) return 98;
  /* Letters are easily taken for these marks, which seldom touch any letter. */
  if ((from == RARE && to != OTHER) || (to == RARE && from != OTHER)) return 44;
  return 0;
}

/* MARK: Heights */

typedef struct {
  int32_t tall, low; /* 0: not known */
} heights;

static uint8_t character_of(const scribe_reader *reader, const scribe_strip_glyph *glyph,
                            int32_t k) {
  return reader->characters_of_labels[glyph->options[k].label];
}

/* The median height of the characters in a set, 0 if there are none. */
static int32_t median_height(const scribe_reader *reader, const char *set) {
  const scribe_reader_strip_work *work = &reader->work.strip;
  uint8_t counts[SCRIBE_STRIP_HEIGHT + 1] = {0};
  int32_t total = 0, seen = 0;
  for (int32_t i = 0; i < work->glyph_count; i++) {
    if (!scribe_is_one_of(character_of(reader, work->glyphs + i, 0), set)) continue;
    counts[work->glyphs[i].box.height]++;
    total++;
  }
  if (total == 0) return 0;
  for (int32_t height = 0; height <= SCRIBE_STRIP_HEIGHT; height++) {
    seen += counts[height];
    if (seen > total / 2) return height;
  }
  return SCRIBE_STRIP_HEIGHT;
}

static heights heights_of(const scribe_reader *reader) {
  heights h = {median_height(reader, SCRIBE_SURELY_TALL),
               median_height(reader, SCRIBE_SURELY_LOW)};
  if (h.tall == 0) h.tall = h.low * 100 / SCRIBE_X_HEIGHT_PERCENT;
  if (h.low == 0) h.low = h.tall * SCRIBE_X_HEIGHT_PERCENT / 100;
  return h;
}

/* The cost of a height, 0 where it fits the character. */
static int32_t misfit(const heights *h, uint8_t character, int32_t height) {
  if (h->tall == 0 || 100 * h->low >= 92 * h->tall) return 0;
  int32_t expected;
  if (scribe_is_one_of(character, SCRIBE_TALL_IN_DOUBT)) {
    expected = h->tall;
  } else if (scribe_is_one_of(character, SCRIBE_LOW_IN_DOUBT)) {
    expected = h->low;
  } else {
    return 0;
  }
  const int32_t difference = height - expected;
  return scribe_reader_min(179, 2240 * difference * difference / (h->tall * h->tall));
}

/* MARK: Spaces */

static void sort(int16_t *values, int32_t count) {
  for (int32_t i = 1; i < count; i++) {
    const int16_t value = values[i];
    int32_t at = i;
    for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
}

/* Twice the distance of characters of equal width, as on most displays; 0 if there is none. */
static int32_t fixed_pitch2(const int16_t *pitches2, int32_t count) {
  int16_t sorted[SCRIBE_READER_GLYPHS];
  if (count < 3) return 0;
  memcpy(sorted, pitches2, sizeof sorted[0] * (size_t)count);
  sort(sorted, count);
  const int32_t pitch2 = sorted[count / 3];
  if (pitch2 <= 16) return 0;
  /* Spaces are whole multiples of the pitch, too. */
  int32_t off = 0;
  for (int32_t i = 0; i < count; i++) {
    if (2 * pitches2[i] <= pitch2) return 0;
    const int32_t rest = pitches2[i] % pitch2;
    off += scribe_reader_min(rest, pitch2 - rest);
  }
  return 100 * off < 7 * pitch2 * count ? pitch2 : 0;
}

static void find_spaces(scribe_reader_strip_work *work) {
  const int32_t count = work->glyph_count - 1;
  int16_t gaps[SCRIBE_READER_GLYPHS], pitches2[SCRIBE_READER_GLYPHS];
  if (count < 1) return;
  for (int32_t i = 0; i < count; i++) {
    const scribe_strip_box *a = &work->glyphs[i].box, *b = &work->glyphs[i + 1].box;
    gaps[i] = (int16_t)(b->x - a->x - a->width);
    pitches2[i] = (int16_t)(2 * (b->x - a->x) + b->width - a->width);
  }
  const int32_t pitch2 = fixed_pitch2(pitches2, count);
  int16_t sorted[SCRIBE_READER_GLYPHS];
  memcpy(sorted, gaps, sizeof sorted[0] * (size_t)count);
  sort(sorted, count);
  /* The lower quartile, in tenths of a column: in short words half of the gaps may be spaces. */
  const int32_t usual = scribe_reader_max(0, sorted[count / 4]);
  const int32_t limit = scribe_reader_max(65, 16 * usual + 45);
  for (int32_t i = 0; i < count; i++) {
    work->glyphs[i + 1].space_before =
        pitch2 > 0 ? 2 * pitches2[i] > 3 * pitch2 : 10 * gaps[i] > limit;
  }
}

/* MARK: The line */

/* At least one: a step becomes a glyph only once the network has named a character for it. */
static int32_t option_count(const scribe_strip_glyph *glyph) {
  int32_t count = 1;
  while (count < SCRIBE_STRIP_OPTIONS && glyph->options[count].cost < 255) count++;
  return count;
}

/* The cost of option `k` of glyph `i` following option `previous` of the glyph before. */
static int32_t step_cost(const scribe_reader *reader, int32_t i, int32_t previous, int32_t k) {
  const scribe_strip_glyph *glyphs = reader->work.strip.glyphs;
  if (glyphs[i].space_before) return 0;
  return change_cost(kind_of(character_of(reader, glyphs + i - 1, previous)),
                     kind_of(character_of(reader, glyphs + i, k)),
                     i == 1 || glyphs[i - 1].space_before);
}

/* e^(-cost / 64) in Q16. */
static uint32_t share_q16(int32_t cost) { return scribe_reader_exp_q24((uint32_t)cost << 10) >> 8; }

/* Training keeps the network from certainty; half the temperature corrects that, as measured by how
 * often the network is right. */
static uint8_t calibrated(uint32_t confidence) {
  const uint32_t right = confidence * confidence;
  const uint32_t wrong = (255 - confidence) * (255 - confidence);
  return (uint8_t)((255 * right + (right + wrong) / 2) / (right + wrong));
}

void scribe_reader_agree(scribe_reader *reader) {
  scribe_reader_strip_work *work = &reader->work.strip;
  const int32_t count = work->glyph_count;
  if (count == 0) return;
  find_spaces(work);
  const heights h = heights_of(reader);
  uint8_t origins[SCRIBE_READER_GLYPHS][SCRIBE_STRIP_OPTIONS];
  int32_t costs[SCRIBE_STRIP_OPTIONS] = {0};
  for (int32_t i = 0; i < count; i++) {
    const scribe_strip_glyph *glyph = work->glyphs + i;
    int32_t next[SCRIBE_STRIP_OPTIONS] = {0};
    const int32_t before = i > 0 ? option_count(glyph - 1) : 0;
    for (int32_t k = 0; k < option_count(glyph); k++) {
      int32_t best = 0, best_cost = INT32_MAX;
      for (int32_t j = 0; j < before; j++) {
        const int32_t cost = costs[j] + step_cost(reader, i, j, k);
        if (cost < best_cost) {
          best = j;
          best_cost = cost;
        }
      }
      origins[i][k] = (uint8_t)best;
      next[k] = (i > 0 ? best_cost : 0) + glyph->options[k].cost +
                misfit(&h, character_of(reader, glyph, k), glyph->box.height);
    }
    memcpy(costs, next, sizeof costs);
  }
  int32_t k = 0;
  for (int32_t j = 1; j < option_count(work->glyphs + count - 1); j++) {
    if (costs[j] < costs[k]) k = j;
  }
  for (int32_t i = count; i-- > 0;) {
    work->glyphs[i].chosen = (uint8_t)k;
    k = origins[i][k];
  }
  /* Confidences: those of the options are shared out anew; the rest stays as it was. */
  for (int32_t i = 0; i < count; i++) {
    scribe_strip_glyph *glyph = work->glyphs + i;
    const int32_t options = option_count(glyph);
    uint32_t covered = 0, sum = 0;
    int32_t totals[SCRIBE_STRIP_OPTIONS] = {0}, least = INT32_MAX;
    for (int32_t j = 0; j < options; j++) {
      totals[j] = glyph->options[j].cost +
                  misfit(&h, character_of(reader, glyph, j), glyph->box.height) +
                  (i > 0 ? step_cost(reader, i, glyph[-1].chosen, j) : 0) +
                  (i + 1 < count ? step_cost(reader, i + 1, j, glyph[1].chosen) : 0);
      least = scribe_reader_min(least, totals[j]);
      covered += share_q16(glyph->options[j].cost);
    }
    for (int32_t j = 0; j < options; j++) sum += share_q16(totals[j] - least);
    if (sum == 0) continue; /* never: the least total has a share of 1 */
    const uint32_t share = share_q16(totals[glyph->chosen] - least);
    const uint64_t confidence = (uint64_t)(covered < 65536 ? covered : 65536) * share * 255 / sum;
    glyph->confidence = calibrated((uint32_t)((confidence + 32768) >> 16));
  }
}

#endif
