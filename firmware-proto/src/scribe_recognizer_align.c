/* Fits a line to its text: a small network looks at the line as it was drawn and tells the place of
 * the text in it. The finder sees a whole image and places each line a bit off. The host does the
 * same in LineAligner. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_recognizer_parts.h"

enum {
  STEP = 8, /* columns to an output */
  CHANNELS = 5,
  TEXT = 0, HEIGHT = 1, BASELINE = 2, START = 3, END = 4,
  MOST = SCRIBE_RECOGNIZER_MAX_COLUMNS / STEP,
  LEVEL_PRIOR = 400 /* weight of a level baseline beside the course seen, in square columns */
};

typedef struct {
  int8_t logits[MOST][CHANNELS];
} answers;

static void take(void *context, const uint8_t *row, uint32_t number) {
  answers *a = (answers *)context;
  if (number >= MOST) return;
  for (uint32_t i = 0; i < CHANNELS; i++) a->logits[number][i] = (int8_t)(row[i] - 128);
}

/* 2^(steps / 1280) in Q16: a logit is 1/16 of its value, that is a fifth of an octave, and the
 * mean is taken in sixteenths. */
static uint32_t exp2_q16(int32_t steps) {
  /* ln 2 / 1280 in Q16 is 35.49. */
  const uint32_t x_q16 = (uint32_t)scribe_reader_abs(steps) * 3549u / 100u;
  const uint32_t down_q24 = scribe_reader_exp_q24(x_q16);
  if (steps <= 0) return down_q24 >> 8;
  return (uint32_t)(((uint64_t)1 << 40) / down_q24);
}

/* The place in the image of a column and row of the drawn line, both counted from edges, in Q8 of
 * columns and rows. */
static void image_point(const scribe_recognizer *r, int64_t column_q8, int64_t row_q8,
                        int64_t *x_q16, int64_t *y_q16) {
  const int64_t along = column_q8 - 128, down = row_q8 - 128;
  *x_q16 = r->x_q16 + ((along * r->step_x_q16 + down * r->down_x_q16) >> 8);
  *y_q16 = r->y_q16 + ((along * r->step_y_q16 + down * r->down_y_q16) >> 8);
}

bool scribe_recognizer_align(scribe_recognizer *r, const uint8_t *coverage,
                             scribe_recognizer_place *line) {
  answers a;
  const scribe_flow_output output = {take, &a};
  memset(&a, 0, sizeof a);
  scribe_recognizer_feed(r, r->config.aligner, coverage, output);
  const int32_t steps = (r->width + STEP - 1) / STEP;
  int32_t first = -1, last = 0;
  int64_t total = 0, x = 0, y = 0, octave = 0;
  for (int32_t i = 0; i < steps; i++) {
    const int8_t *l = a.logits[i];
    if (l[TEXT] <= 0) continue;
    if (first < 0) first = i;
    last = i;
    const int64_t weight = scribe_recognizer_probability(l[TEXT]);
    total += weight;
    x += weight * (256 * STEP * i + 128 * STEP);
    /* 23 rows, and sixteen rows to 10 of the logit's value. */
    y += weight * (23 * 256 + l[BASELINE] * 128 / 5);
    octave += weight * l[HEIGHT];
  }
  if (first < 0) return false;
  x /= total, y /= total;
  int64_t course = 0, spread = 0, start = 0, end = 0;
  for (int32_t i = first; i <= last; i++) {
    const int8_t *l = a.logits[i];
    if (l[TEXT] <= 0) continue;
    const int64_t weight = scribe_recognizer_probability(l[TEXT]);
    const int64_t px = 256 * STEP * i + 128 * STEP, py = 23 * 256 + l[BASELINE] * 128 / 5;
    course += weight * ((px - x) * (py - y) >> 8);
    spread += weight * ((px - x) * (px - x) >> 8);
    /* An end lies (logit / 16 / 3 + 1.5) steps away. */
    if (i == first) start = px - (l[START] + 72) * 128 / 3;
    if (i == last) end = px + (l[END] + 72) * 128 / 3;
  }
  spread += (int64_t)LEVEL_PRIOR * 256 * total;
  if (end < start + 256) end = start + 256;
  int64_t x0, y0, x1, y1;
  image_point(r, start, y + course * (start - x) / spread, &x0, &y0);
  image_point(r, end, y + course * (end - x) / spread, &x1, &y1);
  /* No line of text is so steep. */
  const int64_t rise = y1 > y0 ? y1 - y0 : y0 - y1;
  if (x1 <= x0 || rise > 2 * (x1 - x0)) return false;
  line->slope_q16 = (int32_t)((y1 - y0) * 65536 / (x1 - x0));
  line->baseline_q8 = (int32_t)((y0 - (x0 * line->slope_q16 >> 16)) >> 8);
  line->height_q8 = (int32_t)((int64_t)line->height_q8 * exp2_q16((int32_t)(16 * octave / total)) >> 16);
  line->height_q8 = scribe_reader_max(line->height_q8, 256);
  /* A character at an end is easily missed, and paper beyond one does no harm. */
  line->start_q8 = scribe_reader_min(line->start_q8, (int32_t)(x0 >> 8));
  line->end_q8 = scribe_reader_max(line->end_q8, (int32_t)(x1 >> 8));
  return true;
}

#endif
