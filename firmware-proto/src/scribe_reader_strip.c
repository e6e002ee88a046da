/* A line of text, straightened, brought to one size and freed of light and polarity.
 *
 * 48 rows; the tops of tall characters lie on row 10, the baseline on row 34. Values are coverage:
 * 0 paper, 255 ink. Long lines are taken in windows of columns, so memory doesn't depend on them.
 */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

enum { CELL = SCRIBE_READER_CELL };
enum { CELL_ROWS = SCRIBE_STRIP_HEIGHT / CELL, CELL_COLUMNS = SCRIBE_STRIP_WIDTH / CELL };
enum { ONE_Q12 = 4096 };

/* Working pixels per strip pixel, along x and along y of the line. */
static void steps_of(const scribe_reader_line *line, int32_t *x_q16, int32_t *y_q16) {
  const int64_t slope = line->slope_q16;
  const int64_t length_q16 = scribe_reader_root(((int64_t)1 << 32) + (uint64_t)(slope * slope));
  const int64_t size_q16 = (int64_t)line->height_q8 * 256 / (SCRIBE_STRIP_BASE - SCRIBE_STRIP_TOP);
  *x_q16 = (int32_t)((size_q16 << 16) / length_q16);
  *y_q16 = (int32_t)(size_q16 * slope / length_q16);
}

int32_t scribe_reader_strip_columns(const scribe_reader_line *line) {
  int32_t x, y;
  steps_of(line, &x, &y);
  /* Columns are steps along x, but the line's length counts. */
  const int64_t length_q16 =
      (int64_t)(line->end - line->start) *
      scribe_reader_root(((int64_t)1 << 32) +
                         (uint64_t)((int64_t)line->slope_q16 * line->slope_q16));
  const int64_t size_q16 = (int64_t)line->height_q8 * 256 / (SCRIBE_STRIP_BASE - SCRIBE_STRIP_TOP);
  const int64_t columns = (length_q16 + size_q16 - 1) / size_q16;
  return (int32_t)(columns < 4096 ? columns : 4096) + 2 * SCRIBE_STRIP_MARGIN;
}

/* The place of column `column` of the line and row `row`. */
static void place(const scribe_reader_line *line, int32_t column, int32_t row, int32_t step_x,
                  int32_t step_y, int32_t *x_q16, int32_t *y_q16) {
  const int32_t along = column - SCRIBE_STRIP_MARGIN, down = row - SCRIBE_STRIP_BASE;
  const int32_t base_q8 = line->baseline_q8 + (line->slope_q16 * line->start >> 8);
  *x_q16 = (int32_t)(line->start * 65536 + (int64_t)along * step_x - (int64_t)down * step_y);
  *y_q16 = (int32_t)((int64_t)base_q8 * 256 + (int64_t)along * step_y + (int64_t)down * step_x);
}

/* MARK: Sampling */

/* Weights, out of 64, of the pixels -1...2 around a place `f` sixteenths behind pixel 0: linear
 * between pixels, smoothed by (1 2 1)/4 of working pixels if `smooth`. */
static void taps(int32_t f, bool smooth, bool doubled, uint8_t *weights) {
  int32_t w[4] = {0, 4 * (16 - f), 4 * f, 0};
  if (smooth && !doubled) {
    w[0] = 16 - f, w[1] = 32 - f, w[2] = 16 + f, w[3] = f;
  } else if (smooth && f < 8) {
    w[0] = 8 - f, w[1] = 48 - 2 * f, w[2] = 8 + 3 * f;
  } else if (smooth) {
    w[1] = 56 - 3 * f, w[2] = 2 * f + 16, w[3] = f - 8;
  }
  for (int32_t i = 0; i < 4; i++) weights[i] = (uint8_t)w[i];
}

typedef struct {
  const uint8_t *gray;
  uint32_t stride;
  int32_t width, height;
  uint8_t doubled;
  uint8_t taps[16][4];
} sampler;

/* The working image at a place between pixels' centres, which count from 0. */
static int32_t sample(const sampler *s, int32_t x_q16, int32_t y_q16) {
  if (s->doubled) {
    x_q16 = (x_q16 - 32768) >> 1;
    y_q16 = (y_q16 - 32768) >> 1;
  }
  x_q16 = scribe_reader_clamp(x_q16, 0, (s->width - 1) << 16);
  y_q16 = scribe_reader_clamp(y_q16, 0, (s->height - 1) << 16);
  const int32_t x = x_q16 >> 16, y = y_q16 >> 16;
  const uint8_t *across = s->taps[x_q16 >> 12 & 15], *down = s->taps[y_q16 >> 12 & 15];
  int32_t sum = 2048;
  if (x >= 1 && x + 2 < s->width && y >= 1 && y + 2 < s->height) {
    const uint8_t *row = s->gray + (size_t)(y - 1) * s->stride + (x - 1);
    for (int32_t i = 0; i < 4; i++, row += s->stride) {
      if (down[i] == 0) continue;
      sum += down[i] * (across[0] * row[0] + across[1] * row[1] + across[2] * row[2] +
                        across[3] * row[3]);
    }
    return sum >> 12;
  }
  for (int32_t i = 0; i < 4; i++) {
    const uint8_t *row =
        s->gray + (size_t)scribe_reader_clamp(y - 1 + i, 0, s->height - 1) * s->stride;
    for (int32_t k = 0; k < 4; k++) {
      sum += down[i] * across[k] * row[scribe_reader_clamp(x - 1 + k, 0, s->width - 1)];
    }
  }
  return sum >> 12;
}

static void sample_all(scribe_reader *reader, const scribe_reader_line *line) {
  scribe_reader_strip_work *work = &reader->work.strip;
  sampler s = {.gray = reader->image.gray, .stride = reader->image.stride,
               .width = reader->image.width, .height = reader->image.height,
               .doubled = reader->doubled};
  for (int32_t f = 0; f < 16; f++) {
    taps(f, reader->smoothing > 0, reader->doubled, s.taps[f]);
  }
  /* A strip pixel that covers several pixels is the mean of several samples. */
  const int32_t size_q16 = scribe_reader_max(work->step_x_q16, scribe_reader_abs(work->step_y_q16));
  const int32_t parts = size_q16 > 3 * 65536 ? 4 : 3 * size_q16 > 5 * 65536 ? 2 : 1;
  memset(work->at.light.ink, 0, sizeof work->at.light.ink);
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    int32_t x, y;
    place(line, work->first, row, work->step_x_q16, work->step_y_q16, &x, &y);
    for (int32_t column = 0; column < work->width; column++) {
      if (parts == 1) {
        work->coverage[row][column] = (uint8_t)sample(&s, x, y);
      } else {
        int32_t sum = parts * parts / 2;
        for (int32_t i = 0; i < parts * parts; i++) {
          const int32_t right = 2 * (i % parts) + 1 - parts, down = 2 * (i / parts) + 1 - parts;
          sum += sample(
              &s, x + (right * work->step_x_q16 - down * work->step_y_q16) / (2 * parts),
              y + (right * work->step_y_q16 + down * work->step_x_q16) / (2 * parts));
        }
        work->coverage[row][column] = (uint8_t)(sum / (parts * parts));
      }
      const int32_t px = (x + 32768) >> 16, py = (y + 32768) >> 16;
      if (px >= 0 && py >= 0 && px < reader->width && py < reader->height &&
          scribe_reader_ink(reader, line->polarity, px, py)) {
        work->at.light.ink[row][column >> 5] |= (uint32_t)1 << (column & 31);
      }
      x += work->step_x_q16;
      y += work->step_y_q16;
    }
  }
}

/* MARK: Light */

/* A bit for each pixel without ink within two pixels. */
static uint32_t paper_bits(const scribe_reader_strip_work *work, int32_t row, int32_t word) {
  uint32_t near = 0;
  for (int32_t y = scribe_reader_max(0, row - 2);
       y <= scribe_reader_min(SCRIBE_STRIP_HEIGHT - 1, row + 2); y++) {
    const uint32_t *ink = work->at.light.ink[y];
    const uint32_t before = word > 0 ? ink[word - 1] : 0;
    const uint32_t after = word + 1 < SCRIBE_STRIP_WIDTH / 32 ? ink[word + 1] : 0;
    near |= ink[word] | ink[word] << 1 | ink[word] << 2 | ink[word] >> 1 | ink[word] >> 2 |
            before >> 30 | before >> 31 | after << 31 | after << 30;
  }
  return ~near;
}

/* The mean brightness of the paper around each cell of 8 x 8; ink and its edges don't count. */
static void find_paper(scribe_reader_strip_work *work) {
  enum { COUNT_BITS = 12 };
  uint32_t total = 0, total_count = 0, brightest = 0;
  memset(work->at.light.paper, 0, sizeof work->at.light.paper);
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    for (int32_t word = 0; word < SCRIBE_STRIP_WIDTH / 32; word++) {
      const uint32_t paper = paper_bits(work, row, word);
      for (int32_t i = 0; i < 32 && 32 * word + i < work->width; i++) {
        const uint32_t value = work->coverage[row][32 * word + i];
        if (value > brightest) brightest = value;
        if (!(paper >> i & 1)) continue;
        work->at.light.paper[row / CELL][(32 * word + i) / CELL] += value << COUNT_BITS | 1;
        total += value;
        total_count++;
      }
    }
  }
  const uint32_t overall_q4 = total_count > 0 ? 16 * total / total_count : 16 * brightest;
  for (int32_t row = 0; row < CELL_ROWS; row++) {
    for (int32_t column = 0; column < CELL_COLUMNS; column++) {
      uint32_t level = overall_q4;
      for (int32_t reach = 1; reach <= 3; reach += 2) {
        uint32_t sum = 0, count = 0;
        for (int32_t y = scribe_reader_max(0, row - reach);
             y <= scribe_reader_min(CELL_ROWS - 1, row + reach); y++) {
          for (int32_t x = scribe_reader_max(0, column - reach);
               x <= scribe_reader_min(CELL_COLUMNS - 1, column + reach); x++) {
            sum += work->at.light.paper[y][x] >> COUNT_BITS;
            count += work->at.light.paper[y][x] & ((1u << COUNT_BITS) - 1);
          }
        }
        if (count < 40) continue;
        level = 16 * sum / count;
        break;
      }
      work->at.light.level_q4[row][column] = (uint16_t)scribe_reader_max(64, (int32_t)level);
    }
  }
}

/* The paper's level at a pixel, interpolated between cells. */
static int32_t paper_q4(const scribe_reader_strip_work *work, int32_t row, int32_t column) {
  const int32_t y = scribe_reader_clamp(2 * row + 1 - CELL, 0, 2 * CELL * (CELL_ROWS - 1));
  const int32_t x = scribe_reader_clamp(2 * column + 1 - CELL, 0, 2 * CELL * (CELL_COLUMNS - 1));
  const int32_t r = y / (2 * CELL), c = x / (2 * CELL), fy = y % (2 * CELL), fx = x % (2 * CELL);
  const int32_t r1 = scribe_reader_min(r + 1, CELL_ROWS - 1),
                c1 = scribe_reader_min(c + 1, CELL_COLUMNS - 1);
  const uint16_t (*level)[CELL_COLUMNS] =
      (const uint16_t (*)[CELL_COLUMNS])(const void *)work->at.light.level_q4;
  const int32_t top = level[r][c] * (2 * CELL - fx) + level[r][c1] * fx;
  const int32_t bottom = level[r1][c] * (2 * CELL - fx) + level[r1][c1] * fx;
  return (top * (2 * CELL - fy) + bottom * fy) / (4 * CELL * CELL);
}

/* The distance of a sample from its paper, as a share of the paper's brightness; less than 8. */
static int32_t contrast_q12(const scribe_reader_strip_work *work, bool light, int32_t row,
                            int32_t column) {
  const int32_t paper = paper_q4(work, row, column);
  const int32_t difference = 16 * work->coverage[row][column] - paper;
  const int32_t share = difference * ONE_Q12 / paper;
  return scribe_reader_clamp(light ? share : -share, -8 * ONE_Q12 + 1, 8 * ONE_Q12 - 1);
}

static bool is_ink(const scribe_reader_strip_work *work, int32_t row, int32_t column) {
  return work->at.light.ink[row][column >> 5] >> (column & 31) & 1;
}

/* The contrast of the line's full ink: four fifths of its pixels have less. */
static int32_t overall_q12(scribe_reader_strip_work *work, bool light) {
  enum { BINS = 1024, BIN = 8 };
  /* The memory of owners is not in use yet. */
  uint16_t *counts = (uint16_t *)(void *)work->owners;
  memset(counts, 0, BINS * sizeof *counts);
  uint32_t total = 0;
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    for (int32_t column = 0; column < work->width; column++) {
      if (!is_ink(work, row, column)) continue;
      const int32_t value = contrast_q12(work, light, row, column);
      counts[scribe_reader_clamp(value / BIN, 0, BINS - 1)]++;
      total++;
    }
  }
  if (total == 0) return ONE_Q12;
  uint32_t seen = 0;
  int32_t bin = 0;
  while (bin < BINS - 1 && (seen += counts[bin]) <= total * 8 / 10) bin++;
  return scribe_reader_max(ONE_Q12 / 50, bin * BIN + BIN / 2);
}

/* The contrast of full ink for each column: that of its surroundings, held near the line's own. */
static void find_full(scribe_reader_strip_work *work, bool light, int32_t overall) {
  enum { REACH = 30 };
  uint16_t *peaks = work->at.light.peaks_q12;
  memset(peaks, 0, sizeof work->at.light.peaks_q12);
  for (int32_t row = 4; row < SCRIBE_STRIP_HEIGHT - 4; row++) {
    for (int32_t column = 0; column < work->width; column++) {
      if (!is_ink(work, row, column)) continue;
      const int32_t value = contrast_q12(work, light, row, column);
      if (value > peaks[column]) peaks[column] = (uint16_t)value;
    }
  }
  /* Columns of stems count more than those of hairlines: they show the full ink. */
  uint64_t sum = 0, weight = 0;
  for (int32_t column = -REACH; column < work->width; column++) {
    if (column + REACH < work->width) {
      const uint64_t peak = peaks[column + REACH];
      sum += peak * peak * peak;
      weight += peak * peak;
    }
    if (column > REACH) {
      const uint64_t peak = peaks[column - REACH - 1];
      sum -= peak * peak * peak;
      weight -= peak * peak;
    }
    if (column < 0) continue;
    int32_t full = overall;
    if (weight > 0) {
      full = scribe_reader_clamp((int32_t)(sum / weight), overall * 6 / 10, overall * 15 / 10);
    }
    work->at.light.full_q12[column] = (uint16_t)scribe_reader_max(1, full);
  }
}

void scribe_reader_make_strip(scribe_reader *reader, const scribe_reader_line *line, int32_t first,
                       int32_t width) {
  scribe_reader_strip_work *work = &reader->work.strip;
  const bool light = line->polarity == SCRIBE_READER_LIGHT;
  work->first = first;
  work->width = width;
  steps_of(line, &work->step_x_q16, &work->step_y_q16);
  place(line, first, 0, work->step_x_q16, work->step_y_q16, &work->x_q16, &work->y_q16);
  memset(work->coverage, 0, sizeof work->coverage);
  sample_all(reader, line);
  find_paper(work);
  const int32_t overall = overall_q12(work, light);
  if (first == 0 || overall > work->contrast_q12) work->contrast_q12 = overall;
  find_full(work, light, overall);
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    for (int32_t column = 0; column < width; column++) {
      const int32_t share = contrast_q12(work, light, row, column) * 255;
      work->coverage[row][column] =
          (uint8_t)scribe_reader_clamp(share / work->at.light.full_q12[column], 0, 255);
    }
  }
}

scribe_box scribe_reader_image_box(const scribe_reader *reader, const scribe_strip_box *box) {
  const scribe_reader_strip_work *work = &reader->work.strip;
  /* The middle, and the size along the image's axes: tilts are small. */
  const int32_t along = 2 * box->x + box->width - 1, down = 2 * box->y + box->height - 1;
  const int64_t x = work->x_q16 + ((int64_t)along * work->step_x_q16 -
                                   (int64_t)down * work->step_y_q16) / 2 + 32768;
  const int64_t y = work->y_q16 + ((int64_t)along * work->step_y_q16 +
                                   (int64_t)down * work->step_x_q16) / 2 + 32768;
  /* The outline of a half-covered edge runs through the middle of its pixels. */
  const int64_t width = (int64_t)box->width * work->step_x_q16;
  const int64_t height = (int64_t)box->height * work->step_x_q16;
  const int32_t shift = 16 + reader->doubled, half = 1 << (shift - 1);
  const int32_t right = reader->image.width, bottom = reader->image.height;
  const int32_t x0 = scribe_reader_clamp((int32_t)((x - width / 2 + half) >> shift), 0, right - 1);
  const int32_t y0 =
      scribe_reader_clamp((int32_t)((y - height / 2 + half) >> shift), 0, bottom - 1);
  const int32_t x1 = scribe_reader_clamp((int32_t)((x + width / 2 + half) >> shift), x0 + 1, right);
  const int32_t y1 =
      scribe_reader_clamp((int32_t)((y + height / 2 + half) >> shift), y0 + 1, bottom);
  return (scribe_box){(uint16_t)x0, (uint16_t)y0, (uint16_t)(x1 - x0), (uint16_t)(y1 - y0)};
}

#endif
