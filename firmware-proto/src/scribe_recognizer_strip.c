/* Draws a line of text as the networks see it: straightened, 16 rows to a capital, freed of light
 * and polarity. 32 rows; the baseline is the upper edge of row 23. 0 is paper, 255 ink. The host
 * does the same in LineSampler, LineInk and LineLight. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_recognizer_parts.h"

enum {
  ROWS = SCRIBE_STRIP_ROWS,
  CAPITAL_ROWS = 16,
  BASE_ROW = 23,
  REACH = 5,        /* of a window that no stroke fills */
  SIDE = 2 * REACH + 1,
  LEAST_DEPTH = 6,  /* of ink, in 255ths of the paper's brightness */
  CELL = 4,         /* pixels to a side, in which the paper's brightness is measured */
  CELL_ROWS = ROWS / CELL,
  CELL_COLUMNS = SCRIBE_RECOGNIZER_MAX_COLUMNS / CELL,
  LEAST_PAPER = 18, /* pixels from which a neighbourhood's brightness is measured */
  EDGE = 3,         /* rows above and below that say nothing about the ink */
  SPREAD = 20,      /* columns to either side by which full ink is measured */
  BINS = 1024,
  ONE_Q12 = 4096
};

/* Memory in the arena while a line is drawn; the coverage stays at its beginning. */
typedef struct {
  uint8_t mask[ROWS * SCRIBE_RECOGNIZER_MAX_COLUMNS];    /* ink 1, then coverage */
  uint8_t paper[ROWS * SCRIBE_RECOGNIZER_MAX_COLUMNS];   /* then contrast, with samples */
  uint8_t samples[ROWS * SCRIBE_RECOGNIZER_MAX_COLUMNS];
  uint16_t sums[CELL_ROWS][CELL_COLUMNS];
  uint8_t counts[CELL_ROWS][CELL_COLUMNS];
  uint16_t level_q4[CELL_ROWS][CELL_COLUMNS];
  uint16_t peaks_q12[SCRIBE_RECOGNIZER_MAX_COLUMNS];
  uint16_t bins[BINS];
} drawing;

uint32_t scribe_recognizer_drawing_words(void) { return (uint32_t)(sizeof(drawing) + 3) / 4; }

static drawing *drawing_of(scribe_recognizer *r) { return (drawing *)(void *)r->config.arena; }

/* MARK: Sampling */

/* Pixels of the image per pixel of the line, and the place of its first one's middle. */
static void set_place(scribe_recognizer *r, const scribe_recognizer_place *line) {
  /* The middle of column 0 lies 79/6 columns before the line's start, that of row 0 22.5 rows above
   * its baseline: as the networks were trained. */
  const int64_t length_q16 =
      scribe_reader_root(((uint64_t)1 << 32) +
                         (uint64_t)((int64_t)line->slope_q16 * line->slope_q16));
  const int64_t size_q16 = (int64_t)line->height_q8 * 256 / CAPITAL_ROWS;
  r->place = *line;
  r->step_x_q16 = (int32_t)((size_q16 << 16) / length_q16);
  r->step_y_q16 = (int32_t)(size_q16 * line->slope_q16 / length_q16);
  const int64_t start_q16 = (int64_t)line->start_q8 * 256;
  const int64_t base_q16 =
      (int64_t)line->baseline_q8 * 256 + (start_q16 * line->slope_q16 >> 16);
  r->x_q16 = (int32_t)(start_q16 - 79 * (int64_t)r->step_x_q16 / 6 +
                       45 * (int64_t)r->step_y_q16 / 2);
  r->y_q16 = (int32_t)(base_q16 - 79 * (int64_t)r->step_y_q16 / 6 -
                       45 * (int64_t)r->step_x_q16 / 2);
  /* Widths are counted in thirds of two columns, with 40 of them around the line. */
  const int64_t extent = (line->end_q8 - (int64_t)line->start_q8) * length_q16 / 256 * 3 / 2;
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

/* Takes the line's brightness out of the image. A pixel is the mean of its own area, blurred as a
 * mean over two thirds of it twice: four samples, or sixteen where it covers many pixels. */
static void draw(scribe_recognizer *r, uint8_t *to) {
  const scribe_reader_image *image = &r->image;
  const sampler s = {image->gray, image->stride == 0 ? image->width : image->stride, image->width,
                     image->height};
  const int32_t size_q16 = r->place.height_q8 * (256 / CAPITAL_ROWS);
  const int32_t parts = size_q16 > 4 << 16 ? 4 : 4 * size_q16 > 3 << 16 ? 2 : 1;
  /* Distances of samples from the middle: variances of 0.099 square pixels either way. */
  static const int32_t offsets_q16[3][4] = {{0, 0, 0, 0}, {-20600, 20600, 0, 0},
                                            {-27600, -9200, 9200, 27600}};
  const int32_t *offsets = offsets_q16[parts / 2];
  int32_t right_x[4], right_y[4];
  for (int32_t i = 0; i < parts; i++) {
    right_x[i] = (int32_t)((int64_t)offsets[i] * r->step_x_q16 >> 16);
    right_y[i] = (int32_t)((int64_t)offsets[i] * r->step_y_q16 >> 16);
  }
  const int32_t reach = size_q16 + 65536;
  for (int32_t row = 0; row < ROWS; row++) {
    /* Middles of pixels lie at halves. */
    int32_t x = r->x_q16 - row * r->step_y_q16 - 32768, y = r->y_q16 + row * r->step_x_q16 - 32768;
    for (int32_t column = 0; column < r->width; column++) {
      const bool inside = x >= reach && y >= reach && x < (s.width << 16) - reach - 65536 &&
                          y < (s.height << 16) - reach - 65536;
      int32_t sum = parts * parts / 2;
      for (int32_t j = 0; j < parts; j++) {
        for (int32_t i = 0; i < parts; i++) {
          const int32_t px = x + right_x[i] - right_y[j], py = y + right_y[i] + right_x[j];
          sum += inside ? sample(&s, px, py) : sample_clamped(&s, px, py);
        }
      }
      *to++ = (uint8_t)(sum / (parts * parts));
      x += r->step_x_q16;
      y += r->step_y_q16;
    }
  }
}

/* MARK: Ink */

/* Replaces each of `count` values by the greatest of `SIDE` from it on: 1, 2, 4, 8, then 11. */
static void running_maximum(uint8_t *values, int32_t count) {
  for (int32_t covered = 1; covered < SIDE;) {
    const int32_t more = scribe_reader_min(covered, SIDE - covered);
    for (int32_t i = 0; i + covered - 1 + more < count; i++) {
      if (values[i + more] > values[i]) values[i] = values[i + more];
    }
    covered += more;
  }
}

/* Replaces each pixel by the greatest in its neighbourhood; with `flip` 255 by the least. */
static void extremum(uint8_t *plane, int32_t width, uint8_t flip, uint8_t *line) {
  for (int32_t row = 0; row < ROWS; row++) {
    uint8_t *pixels = plane + row * width;
    for (int32_t i = 0; i < width; i++) line[REACH + i] = pixels[i] ^ flip;
    memset(line, line[REACH], REACH);
    memset(line + REACH + width, line[REACH + width - 1], REACH);
    running_maximum(line, width + 2 * REACH);
    memcpy(pixels, line, (size_t)width);
  }
  uint8_t tall[ROWS + 2 * REACH];
  for (int32_t column = 0; column < width; column++) {
    uint8_t *pixels = plane + column;
    for (int32_t i = 0; i < ROWS; i++) tall[REACH + i] = pixels[i * width];
    memset(tall, tall[REACH], REACH);
    memset(tall + REACH + ROWS, tall[REACH + ROWS - 1], REACH);
    running_maximum(tall, ROWS + 2 * REACH);
    for (int32_t i = 0; i < ROWS; i++) pixels[i * width] = tall[i] ^ flip;
  }
}

/* The depth that best divides the line's pixels in two (Otsu's method). */
static int32_t threshold(const uint16_t *bins, uint32_t total) {
  uint32_t sum = 0, below = 0, below_sum = 0;
  for (uint32_t bin = 0; bin < 256; bin++) sum += bin * bins[bin];
  uint64_t best_spread = 0;
  int32_t best = LEAST_DEPTH;
  for (uint32_t bin = 0; bin < 255; bin++) {
    below += bins[bin];
    below_sum += bin * bins[bin];
    if (bin < LEAST_DEPTH || below == 0 || below == total) continue;
    const uint32_t above = (sum - below_sum) * 64 / (total - below);
    const uint64_t apart = above - below_sum * 64 / below;
    const uint64_t spread = (uint64_t)below * (total - below) * (apart * apart);
    if (spread > best_spread) {
      best_spread = spread;
      best = (int32_t)bin;
    }
  }
  return best;
}

/* Marks the ink: all that a closing (for light ink, an opening) slightly wider than the widest
 * strokes takes away. */
static void find_ink(drawing *d, int32_t width, bool light) {
  const int32_t count = width * ROWS;
  const uint8_t flip = light ? 255 : 0;
  uint8_t *line = (uint8_t *)d->bins; /* not in use yet */
  typedef char line_fits[sizeof d->bins >= SCRIBE_RECOGNIZER_MAX_COLUMNS + 2 * REACH ? 1 : -1];
  (void)sizeof(line_fits);
  for (int32_t i = 0; i < count; i++) d->paper[i] = d->samples[i] ^ flip;
  extremum(d->paper, width, 0, line);
  extremum(d->paper, width, 255, line);
  memset(d->bins, 0, 256 * sizeof d->bins[0]);
  for (int32_t i = 0; i < count; i++) {
    const uint32_t value = d->samples[i] ^ flip, paper = d->paper[i];
    const uint32_t full = light ? 255 - value : paper;
    const uint32_t depth = (paper - value) * 255 / (full > 4 ? full : 4);
    d->mask[i] = (uint8_t)(depth < 255 ? depth : 255);
    d->bins[d->mask[i]]++;
  }
  const int32_t least = threshold(d->bins, (uint32_t)count);
  for (int32_t i = 0; i < count; i++) d->mask[i] = d->mask[i] > least;
}

/* MARK: Light */

/* Whether a pixel has no ink beside it or on it. */
static bool is_paper(const drawing *d, int32_t width, int32_t row, int32_t column) {
  const int32_t left = column > 0 ? column - 1 : 0;
  const int32_t right = column + 1 < width ? column + 1 : column;
  for (int32_t y = row > 0 ? row - 1 : 0; y <= row + 1 && y < ROWS; y++) {
    const uint8_t *mask = d->mask + y * width;
    if (mask[left] | mask[column] | mask[right]) return false;
  }
  return true;
}

/* The mean brightness of the paper around each cell; ink and its edges don't count. */
static void find_paper(drawing *d, int32_t width) {
  const int32_t columns = (width + CELL - 1) / CELL;
  uint32_t total = 0, total_count = 0, brightest = 0;
  memset(d->sums, 0, sizeof d->sums);
  memset(d->counts, 0, sizeof d->counts);
  for (int32_t row = 0; row < ROWS; row++) {
    for (int32_t column = 0; column < width; column++) {
      const uint8_t value = d->samples[row * width + column];
      if (value > brightest) brightest = value;
      if (!is_paper(d, width, row, column)) continue;
      d->sums[row / CELL][column / CELL] = (uint16_t)(d->sums[row / CELL][column / CELL] + value);
      d->counts[row / CELL][column / CELL]++;
      total += value;
      total_count++;
    }
  }
  if (brightest == 0) brightest = 255;
  const uint32_t overall_q4 = total_count > 0 ? 16 * total / total_count : 16 * brightest;
  for (int32_t row = 0; row < CELL_ROWS; row++) {
    for (int32_t column = 0; column < columns; column++) {
      uint32_t level = overall_q4;
      for (int32_t reach = 1; reach <= 4; reach += 3) {
        uint32_t sum = 0, count = 0;
        for (int32_t y = scribe_reader_max(0, row - reach);
             y <= scribe_reader_min(CELL_ROWS - 1, row + reach); y++) {
          for (int32_t x = scribe_reader_max(0, column - reach);
               x <= scribe_reader_min(columns - 1, column + reach); x++) {
            sum += d->sums[y][x];
            count += d->counts[y][x];
          }
        }
        if (count < LEAST_PAPER) continue;
        level = 16 * sum / count;
        break;
      }
      d->level_q4[row][column] = (uint16_t)(level > 64 ? level : 64);
    }
  }
}

/* Turns brightness into contrast, the distance from the paper as a share of its brightness, and
 * notes each column's greatest contrast of ink. */
static int16_t *take_contrast(drawing *d, int32_t width, bool light) {
  const int32_t columns = (width + CELL - 1) / CELL;
  /* Contrasts take the place of paper and samples; each is written after its sample was read. */
  uint8_t *const samples = d->samples;
  int16_t *const contrast_q12 = (int16_t *)(void *)(d->samples - width * ROWS);
  memset(d->peaks_q12, 0, sizeof d->peaks_q12);
  for (int32_t row = 0; row < ROWS; row++) {
    const int32_t band = (row + CELL / 2) / CELL - 1, down = 2 * ((row + CELL / 2) % CELL) + 1;
    const uint16_t *upper = d->level_q4[scribe_reader_max(0, band)];
    const uint16_t *lower = d->level_q4[scribe_reader_min(CELL_ROWS - 1, band + 1)];
    for (int32_t column = 0; column < width; column++) {
      const int32_t c = column < CELL / 2 ? 0 : (column - CELL / 2) / CELL;
      const int32_t across = column < CELL / 2 ? 0 : 2 * ((column - CELL / 2) % CELL) + 1;
      const int32_t next = c + 1 < columns ? c + 1 : c;
      const int32_t top = upper[c] * (8 - across) + upper[next] * across;
      const int32_t bottom = lower[c] * (8 - across) + lower[next] * across;
      const int32_t paper_q10 = top * (8 - down) + bottom * down;
      const int32_t i = row * width + column;
      const int32_t share = ((int32_t)samples[i] * 1024 - paper_q10) * ONE_Q12 / paper_q10;
      const int32_t contrast = scribe_reader_clamp(light ? share : -share, -32767, 32767);
      contrast_q12[i] = (int16_t)contrast;
      if (row < EDGE || row >= ROWS - EDGE || !d->mask[i]) continue;
      if (contrast > d->peaks_q12[column]) d->peaks_q12[column] = (uint16_t)contrast;
    }
  }
  return contrast_q12;
}

/* The contrast of the line's full ink: four fifths of its pixels have less. */
static int32_t overall_q12(drawing *d, const int16_t *contrast_q12, int32_t count, bool light) {
  uint32_t total = 0;
  memset(d->bins, 0, sizeof d->bins);
  for (int32_t i = 0; i < count; i++) {
    if (!d->mask[i]) continue;
    int32_t value = contrast_q12[i];
    /* For light ink, the share of its brightness that dark paper lacks: that ends at 1 as well. */
    if (light && value > 0) value = value * ONE_Q12 / (ONE_Q12 + value);
    d->bins[scribe_reader_clamp(value / (ONE_Q12 / BINS), 0, BINS - 1)]++;
    total++;
  }
  if (total == 0) return ONE_Q12;
  const uint32_t wanted = total * 8 / 10;
  uint32_t seen = 0, bin = 0;
  while (bin < BINS - 1 && seen + d->bins[bin] <= wanted) seen += d->bins[bin++];
  const uint32_t inside = d->bins[bin] > 0 ? (8 * (wanted - seen) + 4) / d->bins[bin] : 0;
  int32_t value = (int32_t)(bin * 4 + inside / 2);
  if (light) value = value * ONE_Q12 / scribe_reader_max(ONE_Q12 / 250, ONE_Q12 - value);
  return scribe_reader_max(ONE_Q12 / 50, value);
}

/* The contrast of full ink for each column: that of its surroundings, held near the line's own.
 * Columns of stems count more than those of hairlines: they show the full ink. */
static void spread(uint16_t *peaks_q12, int32_t width, int32_t overall) {
  uint64_t sum = 0, weight = 0;
  uint16_t passed[SPREAD + 1];
  for (int32_t column = -SPREAD; column < width; column++) {
    if (column + SPREAD < width) {
      const uint64_t peak = peaks_q12[column + SPREAD];
      sum += peak * peak * peak;
      weight += peak * peak;
    }
    if (column < 0) continue;
    if (column > SPREAD) {
      const uint64_t peak = passed[column % (SPREAD + 1)];
      sum -= peak * peak * peak;
      weight -= peak * peak;
    }
    passed[column % (SPREAD + 1)] = peaks_q12[column];
    int32_t full = overall;
    if (weight > 0) {
      const uint64_t local = sum / weight;
      full = scribe_reader_clamp((int32_t)local, overall * 6 / 10, overall * 15 / 10);
    }
    peaks_q12[column] = (uint16_t)scribe_reader_clamp(full, 1, 65535);
  }
}

const uint8_t *scribe_recognizer_draw(scribe_recognizer *r, const scribe_recognizer_place *line) {
  drawing *d = drawing_of(r);
  set_place(r, line);
  const int32_t width = r->width;
  draw(r, d->samples);
  find_ink(d, width, line->light);
  find_paper(d, width);
  const int16_t *contrast_q12 = take_contrast(d, width, line->light);
  const int32_t overall = overall_q12(d, contrast_q12, width * ROWS, line->light);
  const int32_t ratio_q12 =
      line->light ? ONE_Q12 + overall : ONE_Q12 - scribe_reader_min(overall, 4055);
  const uint32_t ln = scribe_reader_ln_q16((uint32_t)ratio_q12),
                 one = scribe_reader_ln_q16(ONE_Q12);
  r->contrast_q16 = ln > one ? ln - one : one - ln;
  spread(d->peaks_q12, width, overall);
  for (int32_t row = 0; row < ROWS; row++) {
    for (int32_t column = 0; column < width; column++) {
      const int32_t contrast = scribe_reader_max(0, contrast_q12[row * width + column]);
      const int32_t share = contrast * 255 / d->peaks_q12[column];
      d->mask[row * width + column] = (uint8_t)scribe_reader_min(share, 255);
    }
  }
  return d->mask;
}

#endif
