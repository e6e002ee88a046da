/* Tells lines of text from marks that only look like one, and puts the lines in order. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

/* Certainty, of 255, from which on a line of three characters or more is surely print. */
enum { SURE = 230 };

static bool is_one_of(uint8_t character, const char *set) {
  return character != 0 && strchr(set, character) != NULL;
}

/* Characters that borders, specks and scratches are read as. */
static bool is_mark(uint8_t c) { return is_one_of(c, "|.,'`-_~:;^\"!\\/"); }

/* Characters that rings, bars and arcs are read as. */
static bool is_plain(uint8_t c) {
  return is_mark(c) || is_one_of(c, "O0oDQIl1ic(C)[]UL7<>=+*vVJTt");
}

static uint8_t chosen(const scribe_reader *reader, const scribe_reader_glyph *glyph) {
  return reader->characters_of_labels[glyph->options[glyph->chosen].label];
}

/* The least mean certainty of a line: texture may look like a character or two by chance, but not
 * like many. 255 (1/2 + 9/20 n^-0.8) for n solid characters. */
static int32_t needed_certainty(int32_t solid) {
  static const uint8_t needed[] = {242, 193, 175, 165, 159, 155, 152, 149, 147, 146, 144, 143};
  const int32_t last = (int32_t)sizeof needed - 1;
  return needed[scribe_reader_clamp(solid - 1, 0, last)];
}

static scribe_box united(scribe_box a, scribe_box b) {
  const int32_t x = scribe_reader_min(a.x, b.x), y = scribe_reader_min(a.y, b.y);
  const int32_t right = scribe_reader_max(a.x + a.width, b.x + b.width);
  const int32_t bottom = scribe_reader_max(a.y + a.height, b.y + b.height);
  return (scribe_box){(uint16_t)x, (uint16_t)y, (uint16_t)(right - x), (uint16_t)(bottom - y)};
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
  const scribe_reader_glyph *glyphs = work->glyphs;
  /* Marks that stand apart at the ends are parts of borders, shadows or dirt. */
  int32_t first = 0, end = work->glyph_count;
  while (first + 1 < end && is_mark(chosen(reader, glyphs + first)) &&
         glyphs[first + 1].space_before) {
    first++;
  }
  while (end - 1 > first && is_mark(chosen(reader, glyphs + end - 1)) &&
         glyphs[end - 1].space_before) {
    end--;
  }
  int32_t solid = 0, plain = 0, certainty = 0, weight = 0;
  uint32_t confidence_q16 = 255u << 16;
  for (int32_t i = first; i < end; i++) {
    solid += !is_mark(chosen(reader, glyphs + i));
    plain += is_plain(chosen(reader, glyphs + i));
    certainty += glyphs[i].certainty;
    confidence_q16 = confidence_q16 / 255 * glyphs[i].confidence;
    const int32_t size = scribe_reader_max(glyphs[i].box.width, glyphs[i].box.height);
    weight +=
        (glyphs[i].certainty - 102) * scribe_reader_min(SCRIBE_STRIP_BASE - SCRIBE_STRIP_TOP, size);
  }
  const int32_t count = end - first;
  if (count == 0 || (solid == 0 && count <= 3)) return;
  if (certainty / count < needed_certainty(scribe_reader_max(1, solid)) || weight <= 0) return;
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
    line->box = united(line->box, glyphs[i].place);
    reader->characters[reader->character_count++] = (scribe_character){
        .box = glyphs[i].place, .character = (char)chosen(reader, glyphs + i),
        .space_before = i > first && glyphs[i].space_before, .confidence = glyphs[i].confidence};
  }
  *verdict = (scribe_reader_verdict){.certainty = certainty / count, .weight = weight,
                              .contrast_q16 = scribe_reader_strip_contrast_q16(reader, found),
                              .plain = count <= 3 && plain == count};
}

/* Whether the shared area is more than 3/10 of the smaller area. */
static bool overlap(const scribe_box *a, const scribe_box *b) {
  const int32_t width =
      scribe_reader_min(a->x + a->width, b->x + b->width) - scribe_reader_max(a->x, b->x);
  const int32_t height =
      scribe_reader_min(a->y + a->height, b->y + b->height) - scribe_reader_max(a->y, b->y);
  if (width <= 0 || height <= 0) return false;
  return 10 * width * height > 3 * scribe_reader_min(a->width * a->height, b->width * b->height);
}

/* Whether two lines are readings of one place: characters of the shorter lie on the other's. */
static bool share_place(const scribe_reader *reader, const scribe_text_line *a,
                        const scribe_text_line *b) {
  const scribe_text_line *small = a->count <= b->count ? a : b, *large = small == a ? b : a;
  int32_t shared = 0;
  for (int32_t i = 0; i < small->count; i++) {
    for (int32_t j = 0; j < large->count; j++) {
      if (overlap(&reader->characters[small->first + i].box,
                  &reader->characters[large->first + j].box)) {
        shared++;
        break;
      }
    }
  }
  return 10 * shared > 3 * small->count;
}

/* Orders lines from top to bottom; side by side from left to right. */
static void order(const scribe_text_line *lines, int32_t count, uint8_t *ordered) {
  bool done[SCRIBE_READER_MAX_LINES] = {false};
  int32_t at = 0;
  while (at < count) {
    int32_t top = -1;
    for (int32_t i = 0; i < count; i++) {
      if (!done[i] && (top < 0 || lines[i].box.y < lines[top].box.y)) top = i;
    }
    const scribe_box *a = &lines[top].box;
    const int32_t start = at;
    for (int32_t i = 0; i < count; i++) {
      const scribe_box *b = &lines[i].box;
      const int32_t shared =
          scribe_reader_min(a->y + a->height, b->y + b->height) - scribe_reader_max(a->y, b->y);
      const bool beside = b->x >= a->x + a->width || b->x + b->width <= a->x;
      if (done[i] ||
          !(i == top || (beside && 2 * shared > scribe_reader_min(a->height, b->height)))) {
        continue;
      }
      int32_t place = at++;
      while (place > start && lines[ordered[place - 1]].box.x > b->x) {
        ordered[place] = ordered[place - 1];
        place--;
      }
      ordered[place] = (uint8_t)i;
    }
    for (int32_t i = start; i < at; i++) done[ordered[i]] = true;
  }
}

void scribe_reader_choose_lines(scribe_reader *reader) {
  bool kept[SCRIBE_READER_MAX_LINES] = {false}, judged[SCRIBE_READER_MAX_LINES] = {false};
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
    judged[i] = faint || (!has_print && reader->verdicts[i].plain);
  }
  /* Of lines that share their place, the one with the most text stays. */
  for (;;) {
    int32_t best = -1;
    for (int32_t i = 0; i < count; i++) {
      if (judged[i]) continue;
      if (best < 0 || reader->verdicts[i].weight > reader->verdicts[best].weight) best = i;
    }
    if (best < 0) break;
    judged[best] = kept[best] = true;
    for (int32_t i = 0; i < count; i++) {
      if (i != best && kept[i] && share_place(reader, reader->lines + i, reader->lines + best)) {
        kept[best] = false;
      }
    }
  }
  int32_t left = 0;
  for (int32_t i = 0; i < count; i++) {
    if (kept[i]) reader->lines[left++] = reader->lines[i];
  }
  /* Puts lines in order, and their characters one after another; the work area is free by now. */
  uint8_t ordered[SCRIBE_READER_MAX_LINES];
  order(reader->lines, left, ordered);
  struct {
    scribe_text_line lines[SCRIBE_READER_MAX_LINES];
    scribe_character characters[SCRIBE_READER_MAX_CHARACTERS];
  } *const copy = (void *)&reader->work;
  typedef char copy_fits[sizeof *copy <= sizeof reader->work ? 1 : -1];
  (void)sizeof(copy_fits);
  memcpy(copy->lines, reader->lines, sizeof copy->lines);
  memcpy(copy->characters, reader->characters, sizeof copy->characters);
  uint16_t next = 0;
  for (int32_t i = 0; i < left; i++) {
    scribe_text_line line = copy->lines[ordered[i]];
    memcpy(reader->characters + next, copy->characters + line.first,
           line.count * sizeof copy->characters[0]);
    line.first = next;
    next = (uint16_t)(next + line.count);
    reader->lines[i] = line;
  }
  reader->line_count = (uint16_t)left;
  reader->character_count = next;
}

#endif
