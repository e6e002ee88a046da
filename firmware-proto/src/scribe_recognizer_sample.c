/* Takes a line of text out of the image, straightened, 16 rows to a capital, its baseline on the upper
 * edge of row 23. The host does the same in LineSampler. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_recognizer_parts.h"

enum { ROWS = SCRIBE_STRIP_ROWS, CAPITAL_ROWS = 16 };

/* Pixels of the image per pixel of the line, and the place of its first one's middle. */
static void set_place(scribe_recognizer *r, const scribe_recognizer_place *line) {
  /* The middle of column 0 lies 79/6 columns before the line's start, that of row 0 22.5 rows above
   * its baseline: as the networks were trained. */
  const int64_t length_q16 =
      scribe_reader_root(((uint64_t)1 << 32) +
                         (uint64_t)((int64_t)line->slope_q16 * line->slope_q16));
  const int64_t size_q16 = (int64_t)line->height_q8 * 256 / CAPITAL_ROWS;
  r->place = *line;
  const int64_t across_q16 = (size_q16 << 16) / length_q16;
  const int64_t rise_q16 = size_q16 * line->slope_q16 / length_q16;
  r->step_x_q16 = (int32_t)(across_q16 * 256 / line->stretch_q8);
  r->step_y_q16 = (int32_t)(rise_q16 * 256 / line->stretch_q8);
  r->down_x_q16 = (int32_t)-rise_q16;
  r->down_y_q16 = (int32_t)across_q16;
  const int64_t start_q16 = (int64_t)line->start_q8 * 256;
  const int64_t base_q16 =
      (int64_t)line->baseline_q8 * 256 + (start_q16 * line->slope_q16 >> 16);
  r->x_q16 = (int32_t)(start_q16 - 79 * (int64_t)r->step_x_q16 / 6 + 45 * rise_q16 / 2);
  r->y_q16 = (int32_t)(base_q16 - 79 * (int64_t)r->step_y_q16 / 6 - 45 * across_q16 / 2);
  /* Widths are counted in thirds of two columns, with 40 of them around the line. */
  const int64_t extent = (line->end_q8 - (int64_t)line->start_q8) * length_q16 / 256 * 3 / 2 *
                         line->stretch_q8 / 256;
  const int64_t fine = (extent + size_q16 - 1) / size_q16 + 40;
  const int64_t width = fine * 2 / 3;
  if (width > SCRIBE_RECOGNIZER_MAX_COLUMNS) {
    r->counters.columns_dropped += (uint32_t)(width - SCRIBE_RECOGNIZER_MAX_COLUMNS);
  }
  r->width = (int32_t)(width < SCRIBE_RECOGNIZER_MAX_COLUMNS ? width
                                                             : SCRIBE_RECOGNIZER_MAX_COLUMNS);
}

typedef struct {
  const uint8_t *gray;
  uint32_t stride;
  int32_t width, height;
} sampler;

/* The image between pixels, whose middles lie at whole places. */
static inline int32_t sample(const sampler *s, int32_t x_q16, int32_t y_q16) {
  const int32_t x = x_q16 >> 16, y = y_q16 >> 16;
  const uint32_t fx = (uint32_t)x_q16 >> 8 & 0xFF, fy = (uint32_t)y_q16 >> 8 & 0xFF;
  const uint8_t *row = s->gray + (uint32_t)y * s->stride + x;
  const uint32_t top = row[0] * (256 - fx) + row[1] * fx;
  row += s->stride;
  const uint32_t bottom = row[0] * (256 - fx) + row[1] * fx;
  return (int32_t)((top * (256 - fy) + bottom * fy + 32768) >> 16);
}

/* The same near the border and beyond it. */
static int32_t sample_clamped(const sampler *s, int32_t x_q16, int32_t y_q16) {
  const int32_t most_x = ((s->width - 1) << 16) - 1, most_y = ((s->height - 1) << 16) - 1;
  return sample(s, scribe_reader_clamp(x_q16, 0, most_x), scribe_reader_clamp(y_q16, 0, most_y));
}

/* Distances of a pixel's samples from its middle, in pixels of the image: 1, 4 or 16. */
typedef struct {
  int32_t count, shift; /* count is 1 << shift */
  int32_t x[16], y[16];
} sample_places;

/* The sum of four samples, by hand: compilers that keep programs small leave a loop. */
static inline int32_t sum_of_four(const sampler *s, const int32_t *dx, const int32_t *dy, int32_t x,
                                  int32_t y) {
  return sample(s, x + dx[0], y + dy[0]) + sample(s, x + dx[1], y + dy[1]) +
         sample(s, x + dx[2], y + dy[2]) + sample(s, x + dx[3], y + dy[3]);
}

static int32_t clamped_mean(const sampler *s, const sample_places *at, int32_t x, int32_t y) {
  int32_t sum = at->count / 2;
  for (int32_t i = 0; i < at->count; i++) sum += sample_clamped(s, x + at->x[i], y + at->y[i]);
  return sum >> at->shift;
}

/* A row of pixels from a place on. */
static void draw_row(const scribe_recognizer *r, const sampler *all, const sample_places *at,
                     bool inside, int32_t x, int32_t y, uint8_t *to) {
  const uint8_t *const end = to + r->width;
  const int32_t step_x = r->step_x_q16, step_y = r->step_y_q16;
  const sampler s = *all;
  if (!inside) {
    for (; to < end; x += step_x, y += step_y) *to++ = (uint8_t)clamped_mean(&s, at, x, y);
  } else if (at->count == 1) {
    for (; to < end; x += step_x, y += step_y) *to++ = (uint8_t)sample(&s, x, y);
  } else if (at->count == 4) {
    for (; to < end; x += step_x, y += step_y) {
      *to++ = (uint8_t)((2 + sum_of_four(&s, at->x, at->y, x, y)) >> 2);
    }
  } else {
    for (; to < end; x += step_x, y += step_y) {
      int32_t sum = 8;
      for (int32_t i = 0; i < 16; i += 4) sum += sum_of_four(&s, at->x + i, at->y + i, x, y);
      *to++ = (uint8_t)(sum >> 4);
    }
  }
}

/* Takes the line's brightness out of the image. A pixel is the mean of its own area, blurred as a
 * mean over two thirds of it twice: four samples, or sixteen where it covers many pixels. */
static void draw(const scribe_recognizer *r, uint8_t *to) {
  const scribe_reader_image *image = &r->image;
  const sampler s = {image->gray, image->stride == 0 ? image->width : image->stride, image->width,
                     image->height};
  const int32_t size_q16 = r->place.height_q8 * (256 / CAPITAL_ROWS);
  /* Distances of samples: variances of 0.099 square pixels either way. */
  static const int32_t offsets_q16[3][4] = {{0, 0, 0, 0}, {-20600, 20600, 0, 0},
                                            {-27600, -9200, 9200, 27600}};
  sample_places at;
  const int32_t parts = size_q16 > 4 << 16 ? 4 : 4 * size_q16 > 3 << 16 ? 2 : 1;
  at.count = parts * parts;
  at.shift = parts == 4 ? 4 : parts == 2 ? 2 : 0;
  for (int32_t i = 0; i < at.count; i++) {
    const int64_t along = offsets_q16[parts / 2][i % parts];
    const int64_t down = offsets_q16[parts / 2][i / parts];
    at.x[i] = (int32_t)(along * r->step_x_q16 >> 16) + (int32_t)(down * r->down_x_q16 >> 16);
    at.y[i] = (int32_t)(along * r->step_y_q16 >> 16) + (int32_t)(down * r->down_y_q16 >> 16);
  }
  const int32_t reach = size_q16 + 65536;
  const int32_t right = (s.width << 16) - reach - 65536, bottom = (s.height << 16) - reach - 65536;
  for (int32_t row = 0; row < ROWS; row++) {
    /* Middles of pixels lie at halves. */
    const int32_t x = r->x_q16 + row * r->down_x_q16 - 32768;
    const int32_t y = r->y_q16 + row * r->down_y_q16 - 32768;
    const int32_t x1 = x + (r->width - 1) * r->step_x_q16;
    const int32_t y1 = y + (r->width - 1) * r->step_y_q16;
    const bool inside = x >= reach && x1 < right && scribe_reader_min(y, y1) >= reach &&
                        scribe_reader_max(y, y1) < bottom;
    draw_row(r, &s, &at, inside, x, y, to + row * r->width);
  }
}

void scribe_recognizer_sample(scribe_recognizer *r, const scribe_recognizer_place *line,
                              uint8_t *to) {
  set_place(r, line);
  draw(r, to);
}

#endif
