/* Draws a line of text as the networks see it: straightened, 16 rows to a capital, freed of light
 * and polarity. 32 rows; the baseline is the upper edge of row 23. 0 is paper, 255 ink. The host
 * does the same in LineSampler, LineInk and LineLight. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_recognizer_parts.h"

enum {
  ROWS = SCRIBE_STRIP_ROWS,
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

/* Bytes of a plane with a frame, and what words may go beyond it. */
enum { FRAMED = (ROWS + 2 * REACH) * (SCRIBE_RECOGNIZER_MAX_COLUMNS + 2 * REACH) + 4 };

/* Memory in the arena while a line is drawn; the coverage stays at its beginning. */
typedef struct {
  uint8_t mask[ROWS * SCRIBE_RECOGNIZER_MAX_COLUMNS];    /* ink 1, then coverage */
  /* Paper with a frame around it, then samples; contrast takes the end of the first and all of the
   * second. */
  uint8_t planes[FRAMED + ROWS * SCRIBE_RECOGNIZER_MAX_COLUMNS];
  uint16_t sums[CELL_ROWS][CELL_COLUMNS];
  uint8_t counts[CELL_ROWS][CELL_COLUMNS];
  uint16_t level_q4[CELL_ROWS][CELL_COLUMNS];
  uint16_t peaks_q12[SCRIBE_RECOGNIZER_MAX_COLUMNS];
  uint16_t bins[BINS];
} drawing;

typedef char least_words_suffice[sizeof(drawing) <= 4 * SCRIBE_RECOGNIZER_LEAST_WORDS ? 1 : -1];

uint32_t scribe_recognizer_drawing_words(void) { return (uint32_t)(sizeof(drawing) + 3) / 4; }

static drawing *drawing_of(scribe_recognizer *r) { return (drawing *)(void *)r->config.memory.first; }

/* MARK: Ink */

/* Four values at a time. */
static inline uint32_t four_at(const uint8_t *values) {
  uint32_t four;
  memcpy(&four, values, 4);
  return four;
}

static inline void put_four(uint8_t *values, uint32_t four) { memcpy(values, &four, 4); }

/* Copies values, as they are or as a negative. */
static void copy_flipped(uint8_t *to, const uint8_t *from, int32_t count, bool flip) {
  const uint32_t bits = flip ? 0xFFFFFFFFu : 0;
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) put_four(to + i, four_at(from + i) ^ bits);
  for (; i < count; i++) to[i] = (uint8_t)(from[i] ^ (uint8_t)bits);
}

/* Replaces each value by 1 if it is greater, else by 0. May go up to three values on. */
static void mark_greater(uint8_t *values, int32_t count, int32_t least) {
#if SCRIBE_RECOGNIZER_DSP
  const uint32_t leasts = (uint32_t)(least + 1) * 0x01010101u, ones = 0x01010101u;
  for (int32_t i = 0; i < count; i += 4) {
    uint32_t four = four_at(values + i);
    __asm__("usub8 r12, %0, %1\n sel %0, %2, %3"
            : "+r"(four) : "r"(leasts), "r"(ones), "r"(0) : "r12", "cc");
    put_four(values + i, four);
  }
#else
  for (int32_t i = 0; i < count; i++) values[i] = values[i] > least;
#endif
}

/* Replaces each value by the greater of it and the one `ahead`. May go up to three values on. */
static void take_greater(uint8_t *values, int32_t ahead, int32_t count) {
#if SCRIBE_RECOGNIZER_DSP
  for (int32_t i = 0; i < count; i += 4) {
    uint32_t a, b;
    memcpy(&a, values + i, 4);
    memcpy(&b, values + i + ahead, 4);
    __asm__("usub8 r12, %0, %1\n sel %0, %0, %1" : "+r"(a) : "r"(b) : "r12", "cc");
    memcpy(values + i, &a, 4);
  }
#else
  for (int32_t i = 0; i < count; i++) {
    if (values[i + ahead] > values[i]) values[i] = values[i + ahead];
  }
#endif
}

/* Replaces each value by the greatest of `SIDE` from it on, `step` apart. */
static void running_maximum(uint8_t *values, int32_t step, int32_t count) {
  for (int32_t covered = 1; covered < SIDE;) {
    const int32_t more = scribe_reader_min(covered, SIDE - covered);
    take_greater(values, more * step, count - (covered + more - 1) * step);
    covered += more;
  }
}

/* Fills the frame around the plane of paper from its outermost pixels. */
static void fill_frame(uint8_t *plane, int32_t width) {
  const int32_t line = width + 2 * REACH;
  for (int32_t row = REACH; row < REACH + ROWS; row++) {
    uint8_t *pixels = plane + row * line;
    memset(pixels, pixels[REACH], REACH);
    memset(pixels + REACH + width, pixels[REACH + width - 1], REACH);
  }
  for (int32_t row = 0; row < REACH; row++) {
    memcpy(plane + row * line, plane + REACH * line, (size_t)line);
    memcpy(plane + (REACH + ROWS + row) * line, plane + (REACH + ROWS - 1) * line, (size_t)line);
  }
}

/* Replaces each pixel of a plane with a frame by the greatest in its neighbourhood, which comes to
 * lie `REACH` rows and columns before it. */
static void take_greatest(uint8_t *plane, int32_t width) {
  const int32_t line = width + 2 * REACH, count = line * (ROWS + 2 * REACH);
  fill_frame(plane, width);
  running_maximum(plane, 1, count);
  running_maximum(plane, line, count);
}

/* Turns such a plane into a negative with a frame to be filled. */
static void turn_back(uint8_t *plane, int32_t width) {
  const int32_t line = width + 2 * REACH;
  for (int32_t row = ROWS - 1; row >= 0; row--) {
    const uint8_t *from = plane + row * line;
    uint8_t *to = plane + (row + REACH) * line + REACH;
    int32_t i = width;
    for (; i >= 4; i -= 4) put_four(to + i - 4, ~four_at(from + i - 4));
    for (i--; i >= 0; i--) to[i] = (uint8_t)~from[i];
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
  const int32_t line = width + 2 * REACH;
  const uint8_t flip = light ? 255 : 0;
  for (int32_t row = 0; row < ROWS; row++) {
    copy_flipped(d->planes + (row + REACH) * line + REACH, d->planes + FRAMED + row * width, width,
                 light);
  }
  take_greatest(d->planes, width);
  turn_back(d->planes, width);
  take_greatest(d->planes, width);
  memset(d->bins, 0, 256 * sizeof d->bins[0]);
  for (int32_t row = 0; row < ROWS; row++) {
    const uint8_t *from = d->planes + FRAMED + row * width, *negative = d->planes + row * line;
    uint8_t *to = d->mask + row * width;
    for (int32_t i = 0; i < width; i++) {
      const uint32_t value = from[i] ^ flip, paper = 255u - negative[i];
      const uint32_t full = light ? 255 - value : paper;
      const uint32_t depth = (paper - value) * 255 / (full > 4 ? full : 4);
      to[i] = (uint8_t)(depth < 255 ? depth : 255);
      d->bins[to[i]]++;
    }
  }
  const int32_t count = width * ROWS, least = threshold(d->bins, (uint32_t)count);
  mark_greater(d->mask, count, least);
}

/* MARK: Light */

/* Ink in a column's pixel of a row and those above and below; with a pixel to either side. */
static void stack_ink(const drawing *d, int32_t width, int32_t row, uint8_t *ink) {
  const uint8_t *here = d->mask + row * width;
  const uint8_t *above = row > 0 ? here - width : here;
  const uint8_t *below = row + 1 < ROWS ? here + width : here;
  ink[0] = ink[width + 1] = 0;
  int32_t i = 0;
  for (; i + 4 <= width; i += 4) {
    put_four(ink + i + 1, four_at(above + i) | four_at(here + i) | four_at(below + i));
  }
  for (; i < width; i++) ink[i + 1] = above[i] | here[i] | below[i];
}

/* Sums the paper of a row; ink and pixels beside it don't count. Returns how many do. */
static uint32_t sum_paper(drawing *d, int32_t width, int32_t row, const uint8_t *ink,
                          uint32_t *total) {
  const uint8_t *samples = d->planes + FRAMED + row * width;
  uint16_t *sums = d->sums[row / CELL];
  uint8_t *counts = d->counts[row / CELL];
  uint32_t all = 0;
  for (int32_t first = 0; first < width; first += CELL) {
    const int32_t end = scribe_reader_min(first + CELL, width);
    uint32_t sum = 0, count = 0;
    for (int32_t i = first; i < end; i++) {
      if ((ink[i] | ink[i + 1] | ink[i + 2]) != 0) continue;
      sum += samples[i];
      count++;
    }
    sums[first / CELL] = (uint16_t)(sums[first / CELL] + sum);
    counts[first / CELL] = (uint8_t)(counts[first / CELL] + count);
    *total += sum;
    all += count;
  }
  return all;
}

/* The mean brightness of the paper around each cell; ink and its edges don't count. */
static void find_paper(drawing *d, int32_t width) {
  const int32_t columns = (width + CELL - 1) / CELL;
  uint32_t total = 0, total_count = 0, brightest = 0;
  uint8_t *ink = (uint8_t *)d->bins; /* not in use yet */
  typedef char ink_fits[sizeof d->bins >= SCRIBE_RECOGNIZER_MAX_COLUMNS + 2 ? 1 : -1];
  (void)sizeof(ink_fits);
  memset(d->sums, 0, sizeof d->sums);
  memset(d->counts, 0, sizeof d->counts);
  for (int32_t row = 0; row < ROWS; row++) {
    stack_ink(d, width, row, ink);
    total_count += sum_paper(d, width, row, ink, &total);
  }
  for (int32_t i = 0; total_count == 0 && i < width * ROWS; i++) {
    if ((d->planes + FRAMED)[i] > brightest) brightest = (d->planes + FRAMED)[i];
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
  const uint8_t *const samples = d->planes + FRAMED;
  int16_t *const contrast_q12 = (int16_t *)(void *)(d->planes + FRAMED - width * ROWS);
  memset(d->peaks_q12, 0, sizeof d->peaks_q12);
  for (int32_t row = 0; row < ROWS; row++) {
    const int32_t band = (row + CELL / 2) / CELL - 1, down = 2 * ((row + CELL / 2) % CELL) + 1;
    const uint16_t *upper = d->level_q4[scribe_reader_max(0, band)];
    const uint16_t *lower = d->level_q4[scribe_reader_min(CELL_ROWS - 1, band + 1)];
    /* Between the middles of two cells; the first half a cell is as its middle. */
    int32_t column = 0;
    for (int32_t c = -1; column < width; c++) {
      const int32_t here = c < 0 ? 0 : c;
      const int32_t next = c < 0 ? 0 : c + 1 < columns ? c + 1 : c;
      const int32_t left = upper[here] * (8 - down) + lower[here] * down;
      const int32_t slope = upper[next] * (8 - down) + lower[next] * down - left;
      const int32_t end = scribe_reader_min(column + (c < 0 ? CELL / 2 : CELL), width);
      int32_t paper_q10 = 8 * left + slope;
      for (; column < end; column++, paper_q10 += 2 * slope) {
        const int32_t i = row * width + column;
        const int32_t share = ((int32_t)samples[i] * 1024 - paper_q10) * ONE_Q12 / paper_q10;
        const int32_t contrast = scribe_reader_clamp(light ? share : -share, -32767, 32767);
        contrast_q12[i] = (int16_t)contrast;
        if (d->mask[i] == 0 || row < EDGE || row >= ROWS - EDGE) continue;
        if (contrast > d->peaks_q12[column]) d->peaks_q12[column] = (uint16_t)contrast;
      }
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
  scribe_recognizer_sample(r, line, d->planes + FRAMED);
  const int32_t width = r->width;
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
      const int32_t contrast = contrast_q12[row * width + column];
      const uint32_t share = contrast <= 0 ? 0 : (uint32_t)contrast * 255 / d->peaks_q12[column];
      d->mask[row * width + column] = (uint8_t)(share < 255 ? share : 255);
    }
  }
  return d->mask;
}

#endif
