/* Reads the characters of a drawn line: the likeliest label of each column spells the text, equal
 * neighbours being one character. The host does the same in ClearLine and LineBoxes. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_recognizer_parts.h"

enum {
  ROWS = SCRIBE_STRIP_ROWS,
  MOST_RUNS = 2 * SCRIBE_RECOGNIZER_CHARACTERS,
  INK = 100,               /* coverage from which on a pixel is ink */
  REACH = 12,              /* the farthest that a character reaches from its middle, in columns */
  BODY_TOP = 6, BODY_END = 25 /* rows that all characters extend into */
};

/* Neighbouring columns of one label, or of labels of one shape that are in doubt. */
typedef struct {
  uint8_t label;
  uint8_t margin;       /* to the next label of another shape, where that is greatest */
  uint8_t alike_margin; /* to the next label of its shape there */
  uint16_t first, last; /* columns */
  scribe_strip_option options[SCRIBE_STRIP_OPTIONS];
  uint16_t certainty_q16;
} run;

/* In the arena, which is aligned for words. */
typedef struct {
  int32_t count;
  bool full;
  run runs[MOST_RUNS];
} decoding;

typedef struct {
  const scribe_recognizer *recognizer;
  decoding *decoding;
} reading;

uint32_t scribe_recognizer_text_words(void) { return (uint32_t)(sizeof(decoding) + 3) / 4; }

static bool is_alike(const scribe_recognizer *r, uint32_t a, uint32_t b) {
  return a == b || (r->shapes[a] & r->shapes[b]) != 0;
}

/* The greatest logit of a column. */
typedef struct {
  uint8_t label, value;
  uint8_t margin, alike_margin;
} peak;

static peak peak_of(const scribe_recognizer *r, const uint8_t *row) {
  uint32_t count = r->config.reader->label_count;
  uint8_t next = 0, next_alike = 0;
  peak p;
  p.label = (uint8_t)r->blank;
  p.value = row[r->blank];
  for (uint32_t i = 0; i < count; i++) {
    if (row[i] > p.value && r->characters[i] != 0) p.label = (uint8_t)i, p.value = row[i];
  }
  for (uint32_t i = 0; i < count; i++) {
    if (row[i] <= next && row[i] <= next_alike) continue;
    if (r->characters[i] == 0 || i == p.label) continue;
    if (is_alike(r, i, p.label)) {
      if (row[i] > next_alike) next_alike = row[i];
    } else if (row[i] > next) {
      next = row[i];
    }
  }
  p.margin = (uint8_t)(p.value - next);
  p.alike_margin = (uint8_t)(p.value - next_alike);
  return p;
}

/* Notes the labels that a run may be, by its best column. */
static void note_options(const scribe_recognizer *r, const uint8_t *row, const peak *p, run *to) {
  uint64_t total = 0, alike = 0;
  scribe_strip_option accepted = {0, 255};
  const uint32_t count = r->config.reader->label_count;
  for (uint32_t k = 0; k < SCRIBE_STRIP_OPTIONS; k++) {
    to->options[k].label = p->label;
    to->options[k].cost = 255;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (r->characters[i] == 0) continue;
    const uint32_t share = r->powers_q22[p->value - row[i]];
    total += share;
    if (is_alike(r, i, p->label)) alike += share;
  }
  to->certainty_q16 = (uint16_t)(alike * 65535 / total);
  const uint32_t total_ln = scribe_reader_ln_q16((uint32_t)total);
  for (uint32_t i = 0; i < count; i++) {
    if (r->characters[i] == 0 || i == r->blank || i == r->space) continue;
    const uint32_t share = r->powers_q22[p->value - row[i]];
    if (share == 0) continue;
    uint32_t cost = (total_ln - scribe_reader_ln_q16(share)) >> 10;
    /* The likeliest is always an option. */
    if (cost > 254 && i != p->label) continue;
    if (cost > 254) cost = 254;
    scribe_strip_option option = {(uint8_t)i, (uint8_t)cost};
    if (cost < accepted.cost && scribe_is_set(r->accepted, i)) accepted = option;
    for (uint32_t k = 0; k < SCRIBE_STRIP_OPTIONS; k++) {
      if (to->options[k].cost <= option.cost) continue;
      const scribe_strip_option other = to->options[k];
      to->options[k] = option;
      option = other;
    }
  }
  /* A pattern needs one that it accepts. */
  if (accepted.cost < 255 && accepted.cost > to->options[SCRIBE_STRIP_OPTIONS - 1].cost) {
    to->options[SCRIBE_STRIP_OPTIONS - 1] = accepted;
  }
}

/* Whether a column goes on with a run: two certain characters are not merged. */
static bool goes_on(const scribe_recognizer *r, const run *last, const peak *p) {
  if (p->label == last->label) return true;
  return is_alike(r, p->label, last->label) &&
         (p->alike_margin < r->least_margin || last->alike_margin < r->least_margin);
}

static void take(void *context, const uint8_t *row, uint32_t column) {
  const reading *at = (const reading *)context;
  decoding *d = at->decoding;
  const scribe_recognizer *r = at->recognizer;
  const peak p = peak_of(r, row);
  run *last = d->count > 0 ? d->runs + d->count - 1 : NULL;
  bool better = false;
  if (last != NULL && goes_on(r, last, &p)) {
    last->last = (uint16_t)column;
    better = p.margin > last->margin;
  } else if (d->count < MOST_RUNS) {
    last = d->runs + d->count++;
    last->first = last->last = (uint16_t)column;
    better = true;
  } else {
    d->full = true;
    return;
  }
  if (!better) return;
  last->label = p.label;
  last->margin = p.margin;
  last->alike_margin = p.alike_margin;
  if (p.label != r->blank && p.label != r->space) note_options(r, row, &p, last);
}

/* MARK: Boxes */

/* The rows of the line's own ink in some columns: its neighbours, above and below, may reach into
 * its image. False where there is no ink. */
static bool own_rows(const uint8_t *coverage, int32_t width, int32_t first, int32_t end,
                     int32_t *top, int32_t *bottom) {
  uint32_t ink[ROWS];
  for (int32_t row = 0; row < ROWS; row++) {
    ink[row] = 0;
    for (int32_t column = first; column < end; column++) {
      const uint8_t value = coverage[row * width + column];
      if (value >= INK) ink[row] += value;
    }
  }
  *top = -1, *bottom = 0;
  for (int32_t row = 0; row < ROWS; row++) {
    const int32_t start = row;
    while (row < ROWS && ink[row] > 0) row++;
    if (row > start && start < BODY_END && row > BODY_TOP) {
      if (*top < 0) *top = start;
      *bottom = row;
    }
  }
  if (*top < 0) return false;
  /* Ink that reaches the edge belongs to several lines: they are parted where there is least. */
  if (*top == 0) {
    *top = BODY_TOP - 1;
    for (int32_t row = BODY_TOP - 2; row > 0; row--) {
      if (ink[row] < ink[*top]) *top = row;
    }
  }
  if (*bottom == ROWS) {
    *bottom = BODY_END;
    for (int32_t row = BODY_END + 1; row < ROWS; row++) {
      if (ink[row] < ink[*bottom]) *bottom = row;
    }
  }
  return true;
}

/* The ink between two columns, given in halves. */
static scribe_strip_box ink_box(const uint8_t *coverage, int32_t width, int32_t left2,
                                int32_t right2) {
  const int32_t first = scribe_reader_clamp((left2 + 1) / 2, 0, width - 1);
  const int32_t end = scribe_reader_clamp((right2 + 1) / 2, first + 1, width);
  int32_t top, bottom;
  if (!own_rows(coverage, width, first, end, &top, &bottom)) {
    return (scribe_strip_box){(int16_t)first, 7, (int16_t)(end - first), 16};
  }
  int32_t x0 = end, x1 = first;
  for (int32_t row = top; row < bottom; row++) {
    for (int32_t column = first; column < end; column++) {
      if (coverage[row * width + column] < INK) continue;
      x0 = scribe_reader_min(x0, column);
      x1 = scribe_reader_max(x1, column + 1);
    }
  }
  if (x1 <= x0) x0 = first, x1 = end;
  return (scribe_strip_box){(int16_t)x0, (int16_t)top, (int16_t)(x1 - x0),
                            (int16_t)(bottom - top)};
}

/* The upright bounds of such a box in the image. */
static scribe_box image_box(const scribe_recognizer *r, const scribe_strip_box *box) {
  int64_t least_x = INT64_MAX, least_y = INT64_MAX, most_x = INT64_MIN, most_y = INT64_MIN;
  for (int32_t corner = 0; corner < 4; corner++) {
    /* In halves of a column from the middle of the first one. */
    const int64_t along = 2 * (box->x + (corner & 1 ? box->width : 0)) - 1;
    const int64_t down = 2 * (box->y + (corner & 2 ? box->height : 0)) - 1;
    const int64_t x = r->x_q16 + (along * r->step_x_q16 + down * r->down_x_q16) / 2;
    const int64_t y = r->y_q16 + (along * r->step_y_q16 + down * r->down_y_q16) / 2;
    if (x < least_x) least_x = x;
    if (y < least_y) least_y = y;
    if (x > most_x) most_x = x;
    if (y > most_y) most_y = y;
  }
  const int32_t wide = r->image.width, tall = r->image.height;
  const int32_t x0 = scribe_reader_clamp((int32_t)((least_x + 32768) >> 16), 0, wide - 1);
  const int32_t y0 = scribe_reader_clamp((int32_t)((least_y + 32768) >> 16), 0, tall - 1);
  const int32_t x1 = scribe_reader_clamp((int32_t)((most_x + 32768) >> 16), x0 + 1, wide);
  const int32_t y1 = scribe_reader_clamp((int32_t)((most_y + 32768) >> 16), y0 + 1, tall);
  return (scribe_box){(uint16_t)x0, (uint16_t)y0, (uint16_t)(x1 - x0), (uint16_t)(y1 - y0)};
}

void scribe_recognizer_read_glyphs(scribe_recognizer *r, const uint8_t *coverage) {
  const uint32_t skipped = SCRIBE_STRIP_ROWS * SCRIBE_RECOGNIZER_MAX_COLUMNS / 4;
  decoding *d = (decoding *)(void *)(r->config.memory.first + skipped);
  reading at = {r, d};
  const scribe_flow_output output = {take, &at};
  d->count = 0;
  d->full = false;
  scribe_recognizer_feed(r, r->config.reader, coverage, output);
  bool spaced = false;
  r->glyph_count = 0;
  for (int32_t i = 0; i < d->count; i++) {
    const run *from = d->runs + i;
    if (from->label == r->space) spaced = r->glyph_count > 0;
    if (from->label == r->space || from->label == r->blank) continue;
    if (r->glyph_count == SCRIBE_RECOGNIZER_CHARACTERS) {
      d->full = true;
      break;
    }
    scribe_strip_glyph *glyph = r->glyphs + r->glyph_count;
    memset(glyph, 0, sizeof *glyph);
    memcpy(glyph->options, from->options, sizeof glyph->options);
    glyph->certainty_q16 = from->certainty_q16;
    glyph->space_before = spaced;
    spaced = false;
    /* The middle, two columns of the line to one of the network's; kept where the box will be. */
    glyph->box.x = (int16_t)(from->first + from->last + 1);
    r->glyph_count++;
  }
  if (d->full) r->counters.characters_dropped++;
  int32_t before = -1;
  for (int32_t i = 0; i < r->glyph_count; i++) {
    scribe_strip_glyph *glyph = r->glyphs + i;
    const int32_t middle = glyph->box.x;
    int32_t left2 = 2 * (middle - REACH), right2 = 2 * (middle + REACH);
    if (before >= 0) left2 = scribe_reader_max(left2, before + middle);
    if (i + 1 < r->glyph_count) right2 = scribe_reader_min(right2, middle + glyph[1].box.x);
    before = middle;
    glyph->box = ink_box(coverage, r->width, scribe_reader_max(0, left2), right2);
    glyph->place = image_box(r, &glyph->box);
  }
}

#endif
