/* Tells lines of text from marks that only look like one, and puts the lines in order. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

/* Certainty, of 255, from which on a line of three characters or more is surely print. */
enum { SURE = 230 };

/* Images with a shorter side than this, that of the smallest camera images, are cut-outs: somebody
 * found a text there. */
enum { CUT_OUT = 120 };

static bool is_cut_out(const scribe_reader *reader) {
  return reader->image.width < CUT_OUT || reader->image.height < CUT_OUT;
}

/* Characters that rings, bars and arcs are read as. */
static bool is_plain(uint8_t c) {
  return scribe_is_mark(c) || scribe_is_one_of(c, "O0oDQIl1ic(C)[]UL7<>=+*vVJTt");
}

static uint8_t chosen(const scribe_reader *reader, const scribe_strip_glyph *glyph) {
  return reader->characters_of_labels[glyph->options[glyph->chosen].label];
}

/* The least mean certainty of a line: texture may look like a character or two by chance, but not
 * like many. 255 (1/2 + 9/20 n^-0.8) for n solid characters. */
static int32_t needed_certainty(int32_t solid) {
  static const uint8_t needed[] = {242, 193, 175, 165, 159, 155, 152, 149, 147, 146, 144, 143};
  const int32_t last = (int32_t)sizeof needed - 1;
  return needed[scribe_reader_clamp(solid - 1, 0, last)];
}

uint32_t scribe_reader_strip_contrast_q16(const scribe_reader *reader,
                                          const scribe_reader_line *line) {
  const int32_t contrast_q12 = reader->work.strip.contrast_q12;
  const int32_t ratio_q12 = line->polarity == SCRIBE_READER_LIGHT
                                ? 4096 + contrast_q12
                                : 4096 - scribe_reader_min(contrast_q12, 4055);
  const uint32_t ln = scribe_reader_ln_q16((uint32_t)ratio_q12), one = scribe_reader_ln_q16(4096);
  return ln > one ? ln - one : one - ln;
}

bool scribe_reader_is_sure(const scribe_reader *reader, int32_t i) {
  return reader->verdicts[i].certainty >= SURE && reader->lines[i].count >= 3;
}

uint32_t scribe_reader_strongest_q16(const scribe_reader *reader) {
  uint32_t strongest = 0;
  for (int32_t i = 0; i < reader->line_count; i++) {
    if (scribe_reader_is_sure(reader, i) && reader->verdicts[i].contrast_q16 > strongest) {
      strongest = reader->verdicts[i].contrast_q16;
    }
  }
  return strongest;
}

void scribe_reader_judge_line(scribe_reader *reader, const scribe_reader_line *found) {
  scribe_reader_strip_work *work = &reader->work.strip;
  const scribe_strip_glyph *glyphs = work->glyphs;
  /* Marks that stand apart at the ends are parts of borders, shadows or dirt. */
  int32_t first = 0, end = work->glyph_count;
  while (first + 1 < end && scribe_is_mark(chosen(reader, glyphs + first)) &&
         glyphs[first + 1].space_before) {
    first++;
  }
  while (end - 1 > first && scribe_is_mark(chosen(reader, glyphs + end - 1)) &&
         glyphs[end - 1].space_before) {
    end--;
  }
  int32_t solid = 0, plain = 0, certainty = 0, weight = 0;
  uint32_t confidence_q16 = 255u << 16;
  for (int32_t i = first; i < end; i++) {
    solid += !scribe_is_mark(chosen(reader, glyphs + i));
    plain += is_plain(chosen(reader, glyphs + i));
    certainty += glyphs[i].certainty;
    confidence_q16 = confidence_q16 / 255 * glyphs[i].confidence;
    const int32_t size = scribe_reader_max(glyphs[i].box.width, glyphs[i].box.height);
    weight +=
        (glyphs[i].certainty - 102) * scribe_reader_min(SCRIBE_STRIP_BASE - SCRIBE_STRIP_TOP, size);
  }
  const int32_t count = end - first;
  if (count == 0 || (solid == 0 && count <= 3)) return;
  /* A lone character of a cut-out is as credible as three. */
  const int32_t counted = scribe_reader_max(is_cut_out(reader) ? 3 : 1, solid);
  if (certainty / count < needed_certainty(counted) || weight <= 0) return;
  if (reader->line_count == SCRIBE_READER_MAX_LINES) {
    reader->counters.lines_dropped++;
    return;
  }
  if (reader->character_count + count > SCRIBE_READER_MAX_CHARACTERS) {
    reader->counters.characters_dropped += (uint32_t)count;
    return;
  }
  scribe_text_line *line = reader->lines + reader->line_count;
  scribe_reader_verdict *verdict = reader->verdicts + reader->line_count++;
  *line = (scribe_text_line){.box = glyphs[first].place, .first = reader->character_count,
                             .count = (uint16_t)count,
                             .light_on_dark = found->polarity == SCRIBE_READER_LIGHT,
                             .confidence = (uint8_t)((confidence_q16 + 0x8000) >> 16)};
  for (int32_t i = first; i < end; i++) {
    line->box = scribe_united(line->box, glyphs[i].place);
    reader->characters[reader->character_count++] = (scribe_character){
        .box = glyphs[i].place, .character = chosen(reader, glyphs + i),
        .space_before = i > first && glyphs[i].space_before, .confidence = glyphs[i].confidence};
  }
  *verdict = (scribe_reader_verdict){.certainty = certainty / count, .weight = weight,
                              .contrast_q16 = scribe_reader_strip_contrast_q16(reader, found),
                              .plain = count <= 3 && plain == count};
}

void scribe_reader_choose_lines(scribe_reader *reader) {
  int32_t weights[SCRIBE_READER_MAX_LINES];
  const int32_t count = reader->line_count;
  const uint32_t strongest = scribe_reader_strongest_q16(reader);
  bool has_print = false;
  for (int32_t i = 0; i < count; i++) {
    has_print = has_print || (scribe_reader_is_sure(reader, i) && !reader->verdicts[i].plain);
  }
  for (int32_t i = 0; i < count; i++) {
    /* Texture is fainter than print. */
    const bool faint =
        !scribe_reader_is_sure(reader, i) &&
        20 * (uint64_t)reader->verdicts[i].contrast_q16 < 7 * (uint64_t)strongest;
    const bool lone = !has_print && reader->verdicts[i].plain && !is_cut_out(reader);
    const bool dirt = faint || lone;
    weights[i] = dirt ? 0 : reader->verdicts[i].weight;
  }
  /* The work area is free by now. */
  typedef char copy_fits[SCRIBE_LINES_COPY(SCRIBE_READER_MAX_LINES, SCRIBE_READER_MAX_CHARACTERS) <=
                                 sizeof reader->work ? 1 : -1];
  (void)sizeof(copy_fits);
  scribe_line_choice lines = {reader->lines, reader->characters, weights, count};
  reader->character_count = (uint16_t)scribe_lines_choose(&lines, &reader->work);
  reader->line_count = (uint16_t)lines.count;
}

#endif
