/* From a gray image to its text (scribe_recognizer.h). */
#include "scribe_recognizer.h"

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_lines.h"
#include "scribe_reader_characters.h"
#include "scribe_recognizer_parts.h"

enum {
  LEAST_SIDE = 12,    /* of an image: a smaller one holds no character */
  MOST_SIDE = 8160,   /* places have 16 bits behind the point */
  SURE = 178,         /* certainty, of 255, from which on a character isn't in doubt */
  LEAST_SETTLED = 3,  /* characters from which on a line needs no other look: two may be dirt */
  LOOKS = 3,
  MOST_COLUMNS = 640, /* read in an image, from which on no line is looked at again */
  CLEAR_RATIO_LN_Q16 = 268328 /* ln 60: least ratio of a clear character's probability to the next */
};

/* Looks at a line, one after the other until one is sure: as the aligner places it, at other sizes,
 * since its size may be slightly wrong, and wider, since narrow print is read better so. Factors of
 * 256. */
static const struct {
  uint16_t size, stretch;
} looks[] = {{256, 256}, {256, 320}, {287, 256}, {228, 256}};
enum { MOST_LOOKS = sizeof looks / sizeof looks[0] };

/* MARK: Models */

static bool is_label(const scribe_model *model, uint32_t i, const char *text) {
  return strcmp(model->labels[i], text) == 0;
}

static bool is_finder(const scribe_model *m) {
  return m != NULL && m->order == SCRIBE_MODEL_BY_ROWS && m->channels == 1 &&
         m->label_count == 16 && is_label(m, 0, "upper dark") && m->logit_zero_point == 0 &&
         m->logit_scale == 0.0625f;
}

static bool is_aligner(const scribe_model *m) {
  return m != NULL && m->order == SCRIBE_MODEL_BY_COLUMNS && m->channels == 1 &&
         m->width == SCRIBE_STRIP_ROWS && m->grain == 8 && m->label_count == 5 &&
         is_label(m, 0, "text") && m->logit_zero_point == 0 && m->logit_scale == 0.0625f;
}

static const char *const groups[] = {SCRIBE_SAME_SHAPE_GROUPS};

/* The code of a label's character; 0 for one that isn't read. */
static uint8_t code_of(const char *label) {
  static const uint16_t signs[SCRIBE_SIGN_COUNT] = {SCRIBE_SIGNS};
  const uint8_t *at = (const uint8_t *)label;
  if (at[0] >= ' ' && at[0] <= '~') return at[1] == '\0' ? at[0] : 0;
  /* Signs have two or three bytes of UTF-8. */
  uint32_t scalar = 0, size = 0;
  if ((at[0] & 0xE0) == 0xC0) scalar = at[0] & 0x1F, size = 2;
  if ((at[0] & 0xF0) == 0xE0) scalar = at[0] & 0x0F, size = 3;
  if (size == 0) return 0;
  for (uint32_t i = 1; i < size; i++) {
    if ((at[i] & 0xC0) != 0x80) return 0;
    scalar = scalar << 6 | (at[i] & 0x3F);
  }
  if (at[size] != '\0') return 0;
  for (uint32_t i = 0; i < SCRIBE_SIGN_COUNT; i++) {
    if (signs[i] == scalar) return (uint8_t)(SCRIBE_FIRST_SIGN + i);
  }
  return 0;
}

/* Labels, their characters and their shapes. False if the model reads no lines. */
static bool take_labels(scribe_recognizer *r) {
  const scribe_model *m = r->config.reader;
  if (m == NULL || m->order != SCRIBE_MODEL_BY_COLUMNS || m->channels != 1 ||
      m->width != SCRIBE_STRIP_ROWS || m->grain != 2 ||
      m->label_count > SCRIBE_RECOGNIZER_LABELS) {
    return false;
  }
  bool has_blank = false, has_space = false;
  const char *alphabet = r->config.alphabet;
  for (uint32_t i = 0; i < m->label_count; i++) {
    const char *label = m->labels[i];
    r->characters[i] = 0;
    r->shapes[i] = 0;
    if (label[0] == '\0') r->blank = (uint16_t)i, r->characters[i] = 1, has_blank = true;
    const uint8_t code = code_of(label);
    if (code == 0) continue;
    if (code == ' ') r->space = (uint16_t)i, has_space = true;
    if (code == ' ' || alphabet == NULL || strstr(alphabet, label) != NULL) r->characters[i] = code;
    for (uint32_t k = 0; k < sizeof groups / sizeof groups[0]; k++) {
      if (strchr(groups[k], code) != NULL) r->shapes[i] |= (uint32_t)1 << k;
    }
    if (r->config.pattern != NULL && scribe_recognizer_accepts(r->config.pattern, code)) {
      r->accepted[i / 32] |= (uint32_t)1 << (i % 32);
    }
  }
  return has_blank && has_space;
}

/* Words in one piece for drawing and reading lines; 0 for models that can't. */
static uint32_t line_words(const scribe_recognizer_config *config) {
  const uint32_t skipped = SCRIBE_STRIP_ROWS * SCRIBE_RECOGNIZER_MAX_COLUMNS / 4;
  const uint32_t aligner = scribe_flow_arena_words(config->aligner, SCRIBE_STRIP_ROWS);
  const uint32_t reader = scribe_flow_arena_words(config->reader, SCRIBE_STRIP_ROWS);
  if (aligner == 0 || reader == 0) return 0;
  const uint32_t drawing = scribe_recognizer_drawing_words();
  const uint32_t reading =
      skipped + scribe_recognizer_text_words() + (aligner > reader ? aligner : reader);
  const uint32_t choosing = (uint32_t)(SCRIBE_LINES_COPY(SCRIBE_RECOGNIZER_MAX_LINES,
                                                         SCRIBE_RECOGNIZER_MAX_CHARACTERS) + 3) / 4;
  const uint32_t most = drawing > reading ? drawing : reading;
  return most > choosing ? most : choosing;
}

scribe_status scribe_recognizer_init(scribe_recognizer *r, const scribe_recognizer_config *config) {
  memset(r, 0, sizeof *r);
  r->config = *config;
  if (config->pattern != NULL && !scribe_recognizer_is_pattern(config->pattern)) {
    return SCRIBE_BAD_ARGUMENT;
  }
  if (!is_finder(config->finder) || !is_aligner(config->aligner) || !take_labels(r) ||
      config->looks > MOST_LOOKS || config->memory.first == NULL ||
      config->memory.first_words < SCRIBE_RECOGNIZER_LEAST_WORDS ||
      line_words(config) > config->memory.first_words) {
    return SCRIBE_BAD_ARGUMENT;
  }
  const uint32_t scale_q24 = scribe_reader_float_q24(config->reader->logit_scale);
  if (scale_q24 < 1u << 12 || scale_q24 > 8u << 24) return SCRIBE_BAD_ARGUMENT;
  for (uint32_t i = 0; i < 256; i++) {
    const uint64_t x_q16 = ((uint64_t)scale_q24 * i) >> 8;
    r->powers_q22[i] =
        x_q16 < UINT32_MAX ? scribe_reader_exp_q24((uint32_t)x_q16) >> 2 : 0;
  }
  const uint32_t margin =
      (uint32_t)((((uint64_t)CLEAR_RATIO_LN_Q16 << 8) + scale_q24 - 1) / scale_q24);
  r->least_margin = (uint8_t)(margin < 255 ? margin : 255);
  return SCRIBE_OK;
}

uint32_t scribe_recognizer_arena_words(const scribe_recognizer_config *config, uint16_t width,
                                       uint16_t height) {
  if (!is_finder(config->finder) || !is_aligner(config->aligner) || config->reader == NULL ||
      width < LEAST_SIDE || height < LEAST_SIDE || width > MOST_SIDE || height > MOST_SIDE) {
    return 0;
  }
  const uint32_t finder = scribe_recognizer_finder_words(config->finder, width, height);
  const uint32_t lines = line_words(config);
  if (finder == 0 || lines == 0) return 0;
  const uint32_t most = finder > lines ? finder : lines;
  return most > SCRIBE_RECOGNIZER_LEAST_WORDS ? most : SCRIBE_RECOGNIZER_LEAST_WORDS;
}

bool scribe_recognizer_selftest(scribe_recognizer *r, scribe_model_failure *failure) {
  const scribe_model *models[] = {r->config.finder, r->config.aligner, r->config.reader};
  for (uint32_t i = 0; i < 3; i++) {
    if (!scribe_flow_selftest(&r->flow, models[i], r->config.memory, failure)) return false;
  }
  return true;
}

void scribe_recognizer_feed(scribe_recognizer *r, const scribe_model *model,
                            const uint8_t *coverage, scribe_flow_output output) {
  const uint32_t skipped = SCRIBE_STRIP_ROWS * SCRIBE_RECOGNIZER_MAX_COLUMNS / 4;
  const uint32_t used = skipped + scribe_recognizer_text_words();
  const scribe_flow_memory memory = {r->config.memory.first + used,
                                     r->config.memory.first_words - used, NULL, 0};
  const int32_t columns = (r->width + model->grain - 1) / model->grain * model->grain;
  if (!scribe_flow_begin(&r->flow, model, memory, SCRIBE_STRIP_ROWS, (uint32_t)columns, output)) {
    return;
  }
  if (model == r->config.reader) r->counters.columns_read += (uint32_t)columns;
  uint8_t column[SCRIBE_STRIP_ROWS];
  for (int32_t x = 0; x < columns; x++) {
    for (int32_t y = 0; y < SCRIBE_STRIP_ROWS; y++) {
      column[y] = x < r->width ? coverage[y * r->width + x] : 0;
    }
    scribe_flow_push(&r->flow, column);
  }
}

/* MARK: Lines */

/* A line that was read with certainty. */
typedef struct {
  scribe_recognizer_place places[SCRIBE_RECOGNIZER_MAX_LINES];
  int32_t count;
} settled_lines;

/* Whether all of another line lies on a settled one: a piece of it, or the gaps in its characters. */
static bool covers(const scribe_recognizer_place *line, const scribe_recognizer_place *other) {
  const int32_t margin = line->height_q8 * 3 / 20;
  if (other->start_q8 < line->start_q8 - margin || other->end_q8 > line->end_q8 + margin ||
      4 * other->height_q8 > 5 * line->height_q8) {
    return false;
  }
  for (int32_t i = 0; i < 2; i++) {
    const int32_t x = i == 0 ? other->start_q8 : other->end_q8;
    const int32_t below = other->baseline_q8 + scribe_times_q16(x, other->slope_q16) -
                          line->baseline_q8 - scribe_times_q16(x, line->slope_q16);
    if (10 * below > 3 * line->height_q8 ||
        4 * (below - other->height_q8) < -5 * line->height_q8) {
      return false;
    }
  }
  return true;
}

/* The share of another line's area that lies on a line, of 256. */
static int32_t share_of(const scribe_recognizer_place *line, const scribe_recognizer_place *other) {
  const int32_t left = scribe_reader_max(line->start_q8, other->start_q8);
  const int32_t right = scribe_reader_min(line->end_q8, other->end_q8);
  if (left >= right || other->height_q8 <= 0) return 0;
  const int32_t x = (left + right) / 2;
  const int32_t base = line->baseline_q8 + scribe_times_q16(x, line->slope_q16);
  const int32_t its = other->baseline_q8 + scribe_times_q16(x, other->slope_q16);
  const int32_t shared = scribe_reader_min(base, its) -
                         scribe_reader_max(base - line->height_q8, its - other->height_q8);
  if (shared <= 0) return 0;
  return (int32_t)((int64_t)shared * (right - left) * 256 /
                   ((int64_t)other->height_q8 * (other->end_q8 - other->start_q8)));
}

static bool is_settled(const settled_lines *settled, const scribe_recognizer_place *line) {
  int32_t share = 0;
  for (int32_t i = 0; i < settled->count; i++) {
    if (covers(settled->places + i, line)) return true;
    if (settled->places[i].light != line->light) share += share_of(settled->places + i, line);
  }
  return 10 * share >= 4 * 256;
}

/* Whether the last line reads as the one before it. */
static bool repeats(const scribe_recognizer *r) {
  if (r->line_count < 2) return false;
  const scribe_text_line *a = r->lines + r->line_count - 2, *b = a + 1;
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (r->text_characters[a->first + i].character != r->text_characters[b->first + i].character) {
      return false;
    }
  }
  return true;
}

/* Drops one of the last two lines. */
static void drop(scribe_recognizer *r, bool last) {
  scribe_text_line *a = r->lines + r->line_count - 2, *b = a + 1;
  if (!last) {
    memmove(r->text_characters + a->first, r->text_characters + b->first,
            b->count * sizeof r->text_characters[0]);
    const uint16_t first = a->first;
    *a = *b;
    a->first = first;
    r->verdicts[r->line_count - 2] = r->verdicts[r->line_count - 1];
  }
  r->line_count--;
  r->character_count = (uint16_t)(a->first + a->count);
}

/* Asks whether reading goes on. */
static bool may_go_on(scribe_recognizer *r) {
  if (r->config.keep_on != NULL && !r->config.keep_on(r->config.context)) r->counters.gave_up = true;
  return !r->counters.gave_up;
}

/* Settles what the glyphs are: by the pattern, else by the whole line. */
static uint8_t settle(scribe_recognizer *r) {
  const bool asked = r->config.pattern != NULL;
  if (asked && scribe_recognizer_match(r)) return SCRIBE_MATCH_YES;
  scribe_recognizer_agree(r);
  return asked ? SCRIBE_MATCH_NO : SCRIBE_MATCH_UNASKED;
}

/* Whether the last line is a better reading than the one before it. */
static bool is_better(const scribe_recognizer *r) {
  const uint32_t last = r->line_count - 1u;
  const uint8_t match = r->lines[last].match, before = r->lines[last - 1].match;
  if (match != before) return match > before;
  return r->verdicts[last].weight > r->verdicts[last - 1].weight;
}

/* Reads a line: as the aligner places it, then at other sizes unless that settles it. */
static void read_line(scribe_recognizer *r, const scribe_recognizer_place *found,
                      settled_lines *settled) {
  scribe_recognizer_place line = *found, best = *found;
  const uint8_t *coverage = scribe_recognizer_draw(r, &line);
  if (!scribe_recognizer_align(r, coverage, &line)) return;
  const int32_t most = r->config.looks == 0 ? LOOKS : r->config.looks;
  const uint16_t before = r->line_count;
  bool sure = false;
  for (int32_t look = 0; look < most && !sure; look++) {
    if (look > 0 && r->counters.columns_read + (uint32_t)r->width > MOST_COLUMNS) break;
    scribe_recognizer_place at = line;
    at.height_q8 = (int32_t)((int64_t)line.height_q8 * looks[look].size >> 8);
    at.stretch_q8 = looks[look].stretch;
    coverage = scribe_recognizer_draw(r, &at);
    scribe_recognizer_read_glyphs(r, coverage);
    const uint8_t match = settle(r);
    if (!scribe_recognizer_judge(r, match)) break;
    const scribe_recognizer_verdict *verdict = r->verdicts + r->line_count - 1;
    const bool is_long = match == SCRIBE_MATCH_YES ||
                         r->lines[r->line_count - 1].count >= LEAST_SETTLED;
    sure = is_long && match != SCRIBE_MATCH_NO && verdict->certainty >= SURE;
    if (r->line_count - before < 2) {
      best = at;
      continue;
    }
    const bool same = is_long && repeats(r), better = is_better(r);
    if (better) best = at;
    drop(r, !better);
    if (same) break;
  }
  if (r->line_count == before) return;
  if (sure && settled->count < SCRIBE_RECOGNIZER_MAX_LINES) {
    settled->places[settled->count++] = best;
  }
}

/* Reads a text that fills its image, where the finder saw nothing: there is no paper around it to
 * see. Heights and places of capitals, likeliest first, as LineGrid on the host. */
static void read_filling(scribe_recognizer *r, settled_lines *settled) {
  static const uint8_t heights[] = {230, 192, 154};   /* of the image's, of 256 */
  static const uint8_t above[] = {128, 77, 179};      /* of the rest, that lies above, of 256 */
  const int32_t height_q8 = r->image.height * 256;
  for (int32_t i = 0; i < 18 && settled->count == 0; i++) {
    scribe_recognizer_place line = {.stretch_q8 = 256, .light = i % 2 == 1};
    line.height_q8 = height_q8 / 256 * heights[i / 6];
    line.baseline_q8 = line.height_q8 + (height_q8 - line.height_q8) / 256 * above[i / 2 % 3];
    line.end_q8 = r->image.width * 256;
    if (!may_go_on(r) || r->counters.columns_read > MOST_COLUMNS) return;
    read_line(r, &line, settled);
  }
}

const scribe_text *scribe_recognizer_read(scribe_recognizer *r, const scribe_reader_image *image) {
  if (image->gray == NULL || image->width < LEAST_SIDE || image->height < LEAST_SIDE ||
      image->width > MOST_SIDE || image->height > MOST_SIDE) {
    return NULL;
  }
  r->image = *image;
  memset(&r->counters, 0, sizeof r->counters);
  r->line_count = r->character_count = 0;
  if (!scribe_recognizer_find_lines(r)) return NULL;
  settled_lines settled;
  settled.count = 0;
  for (int32_t i = 0; i < r->found_count; i++) {
    if (!may_go_on(r)) break;
    if (!is_settled(&settled, r->found + i)) read_line(r, r->found + i, &settled);
  }
  if (r->line_count == 0 && !r->counters.gave_up &&
      scribe_reader_min(image->width, image->height) < SCRIBE_RECOGNIZER_FILLED) {
    read_filling(r, &settled);
  }
  if (r->counters.gave_up) r->line_count = r->character_count = 0;
  scribe_recognizer_choose(r, r->config.memory.first);
  r->text = (scribe_text){.width = image->width, .height = image->height,
                          .line_count = r->line_count, .character_count = r->character_count,
                          .lines = r->lines, .characters = r->text_characters};
  return &r->text;
}

const scribe_recognizer_counters *scribe_recognizer_get_counters(const scribe_recognizer *r) {
  return &r->counters;
}

size_t scribe_recognizer_size(void) { return sizeof(scribe_recognizer); }

#endif
