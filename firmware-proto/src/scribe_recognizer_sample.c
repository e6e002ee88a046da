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

/* Distances of a pixel's samples from its middle, in pixels of the image. */
typedef struct {
  int32_t parts; /* in each direction */
  int32_t x[4], y[4]; /* along the line */
  int32_t down_x[4], down_y[4];
} sample_places;

static inline int32_t mean_of(const sampler *s, const sample_places *at, int32_t parts,
                              int32_t shift, bool inside, int32_t x, int32_t y) {
  int32_t sum = parts * parts / 2;
  for (int32_t j = 0; j < parts; j++) {
    for (int32_t i = 0; i < parts; i++) {
      const int32_t px = x + at->x[i] + at->down_x[j], py = y + at->y[i] + at->down_y[j];
      sum += inside ? sample(s, px, py) : sample_clamped(s, px, py);
    }
  }
  return sum >> shift;
}

/* A row of pixels from a place on. */
static void draw_row(const scribe_recognizer *r, const sampler *s, const sample_places *at,
                     bool inside, int32_t x, int32_t y, uint8_t *to) {
  const uint8_t *const end = to + r->width;
  for (; to < end; to++, x += r->step_x_q16, y += r->step_y_q16) {
    *to = (uint8_t)(!inside          ? mean_of(s, at, at->parts, at->parts, false, x, y)
                    : at->parts == 1 ? sample(s, x, y)
                    : at->parts == 2 ? mean_of(s, at, 2, 2, true, x, y)
                                     : mean_of(s, at, 4, 4, true, x, y));
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
  at.parts = size_q16 > 4 << 16 ? 4 : 4 * size_q16 > 3 << 16 ? 2 : 1;
  for (int32_t i = 0; i < 4; i++) {
    const int64_t offset = offsets_q16[at.parts / 2][i];
    at.x[i] = (int32_t)(offset * r->step_x_q16 >> 16);
    at.y[i] = (int32_t)(offset * r->step_y_q16 >> 16);
    at.down_x[i] = (int32_t)(offset * r->down_x_q16 >> 16);
    at.down_y[i] = (int32_t)(offset * r->down_y_q16 >> 16);
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
