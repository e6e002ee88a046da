/* Tells lines of text from marks that only look like one, and chooses among lines that share a
 * place. The host does the same in LineFeatures and LineJudge. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_lines.h"
#include "scribe_reader_characters.h"
#include "scribe_recognizer_parts.h"
#include "scribe_recognizer_weights.h"

enum {
  MATCHING = 1 << 24, /* more than any weight */
  GUESS_Q16 = 26214, /* 0.4: certainty that a character must exceed to count as text */
  SMALLEST_SIDE = 120 /* of the smallest images that boards send */
};

/* ln(p / (1 - p)) in Q10 of a probability in Q16, held within 0.001 and 0.999. */
static int32_t odds_q10(uint32_t p_q16) {
  const uint32_t p = p_q16 < 66 ? 66 : p_q16 > 65470 ? 65470 : p_q16;
  return ((int32_t)scribe_reader_ln_q16(p) - (int32_t)scribe_reader_ln_q16(65536 - p)) / 64;
}

/* ln(a / b) in Q10. */
static int32_t ln_ratio_q10(uint32_t a, uint32_t b) {
  return ((int32_t)scribe_reader_ln_q16(a) - (int32_t)scribe_reader_ln_q16(b)) / 64;
}

/* Whether the line's features are those of print: a weighted sum, as a logarithm of odds. */
static bool is_print(const scribe_recognizer *r) {
  const int32_t count = r->glyph_count;
  int64_t confidence = 0, certainty = 0;
  int32_t least_confidence = INT32_MAX, least_certainty = INT32_MAX, marks = 0;
  for (int32_t i = 0; i < count; i++) {
    const scribe_strip_glyph *glyph = r->glyphs + i;
    const int32_t a = odds_q10(glyph->confidence_q16), b = odds_q10(glyph->certainty_q16);
    confidence += a;
    certainty += b;
    least_confidence = scribe_reader_min(least_confidence, a);
    least_certainty = scribe_reader_min(least_certainty, b);
    marks += scribe_is_mark(r->characters[glyph->options[glyph->chosen].label]);
  }
  const uint32_t height_q8 = (uint32_t)r->place.height_q8;
  const uint32_t size_q16 = (uint32_t)scribe_reader_clamp(
      (int32_t)(height_q8 * 256 / r->image.height), 655, 65536);
  const int32_t side = scribe_reader_min(r->image.width, r->image.height);
  const bool asked = r->place.score > 0;
  const int32_t features_q10[SCRIBE_RECOGNIZER_FEATURES] = {
      1024,
      asked ? odds_q10((uint32_t)r->place.score * 65536 / 255) : 0,
      asked ? 1024 : 0,
      (int32_t)((int64_t)ln_ratio_q10((uint32_t)count, 1) * 1477 / 1024), /* as log2 */
      count == 1 ? 1024 : 0,
      (int32_t)(confidence / count),
      least_confidence,
      (int32_t)(certainty / count),
      least_certainty,
      ln_ratio_q10(r->contrast_q16 > 66 ? r->contrast_q16 : 66, 65536),
      1024 * marks / count,
      ln_ratio_q10(size_q16, 65536),
      ln_ratio_q10((uint32_t)scribe_reader_min(side, SMALLEST_SIDE), SMALLEST_SIDE)};
  int64_t sum_q22 = 0;
  for (int32_t i = 0; i < SCRIBE_RECOGNIZER_FEATURES; i++) {
    sum_q22 += (int64_t)features_q10[i] * scribe_recognizer_weights_q12[i];
  }
  return sum_q22 >= (int64_t)SCRIBE_RECOGNIZER_LEAST_ODDS_Q12 << 10;
}

static uint16_t scalar_of(uint8_t code) {
  static const uint16_t signs[SCRIBE_SIGN_COUNT] = {SCRIBE_SIGNS};
  return code < SCRIBE_FIRST_SIGN ? code : signs[code - SCRIBE_FIRST_SIGN];
}

bool scribe_recognizer_judge(scribe_recognizer *r, uint8_t match) {
  const int32_t count = r->glyph_count;
  if (count == 0 || !is_print(r)) return false;
  if (r->line_count == SCRIBE_RECOGNIZER_MAX_LINES) {
    r->counters.lines_dropped++;
    return false;
  }
  if (r->character_count + count > SCRIBE_RECOGNIZER_MAX_CHARACTERS) {
    r->counters.characters_dropped += (uint32_t)count;
    return false;
  }
  scribe_text_line *line = r->lines + r->line_count;
  scribe_recognizer_verdict *verdict = r->verdicts + r->line_count++;
  uint32_t confidence_q16 = 65535;
  int64_t weight = 0;
  uint16_t least = 65535;
  *line = (scribe_text_line){.box = r->glyphs[0].place, .first = r->character_count,
                             .count = (uint16_t)count, .light_on_dark = r->place.light,
                             .match = match};
  for (int32_t i = 0; i < count; i++) {
    const scribe_strip_glyph *glyph = r->glyphs + i;
    line->box = scribe_united(line->box, glyph->place);
    confidence_q16 = (uint32_t)((uint64_t)confidence_q16 * glyph->confidence_q16 / 65535);
    if (glyph->certainty_q16 < least) least = glyph->certainty_q16;
    const int32_t size = scribe_reader_max(glyph->box.width, glyph->box.height);
    weight += (int64_t)(glyph->certainty_q16 - GUESS_Q16) * scribe_reader_min(16, size);
    r->text_characters[r->character_count++] = (scribe_character){
        .box = glyph->place,
        .character = scalar_of(r->characters[glyph->options[glyph->chosen].label]),
        .space_before = i > 0 && glyph->space_before, .confidence = glyph->confidence};
  }
  line->confidence = (uint8_t)((confidence_q16 * 255u + 32767u) / 65535u);
  verdict->weight = (int32_t)(weight >> 4);
  verdict->certainty = (uint8_t)(least >> 8);
  return true;
}

void scribe_recognizer_choose(scribe_recognizer *r, void *copy) {
  int32_t weights[SCRIBE_RECOGNIZER_MAX_LINES];
  for (int32_t i = 0; i < r->line_count; i++) {
    weights[i] = r->verdicts[i].weight;
    if (r->lines[i].match == SCRIBE_MATCH_NO && r->config.only_matching) weights[i] = 0;
    /* Among readings of one place, one that matches wins. */
    if (r->lines[i].match == SCRIBE_MATCH_YES && weights[i] > 0) weights[i] += MATCHING;
  }
  scribe_line_choice lines = {r->lines, r->text_characters, weights, r->line_count};
  r->character_count = (uint16_t)scribe_lines_choose(&lines, copy);
  r->line_count = (uint16_t)lines.count;
}

#endif
