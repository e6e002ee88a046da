/* Finds ink of both polarities in gray, row by row as the rows come.
 *
 * The paper's light is divided out, as by the program on the host: a closing (an opening for
 * light ink) at half size removes anything narrower than a stroke and leaves shadows and labels
 * where they are. Ink lies below mean - 4/5 deviations of the window around it, and deeper
 * below the paper than noise. Noise is measured on the rows so far.
 */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

enum { RADIUS = SCRIBE_READER_BACKGROUND / 2, REACH = SCRIBE_READER_WINDOW / 2 };

/* A window whose deviation is less than 1.2 gray levels is paper; squared, x 25. */
enum { LEAST_VARIANCE_25 = 36 };

/* The noise filter's responses for 0.8 and 5 gray levels of noise: x 6 x 0.6745. */
enum { LITTLE_NOISE = 3, MUCH_NOISE = 20 };

/* Rows that noise is measured on before the first row is used, and that filters reach. */
enum { AHEAD = 16 };

void scribe_reader_threshold_begin(scribe_reader *reader, bool faint) {
  memset(&reader->work.threshold, 0, sizeof reader->work.threshold);
  memset(reader->ink, 0, sizeof reader->ink);
  memset(reader->deep, 0, sizeof reader->deep);
  reader->faint = faint;
  reader->noise = 0;
  reader->noise_rows = reader->half_rows = reader->background_rows = reader->bitmap_rows = 0;
}

static const uint8_t *gray_row(const scribe_reader *reader, int32_t y) {
  const int32_t last = (int32_t)reader->image.height - 1;
  return reader->image.gray + (size_t)scribe_reader_clamp(y, 0, last) * reader->image.stride;
}

/* Rows of the working image that can be made of the available rows. */
static int32_t working_rows(const scribe_reader *reader) {
  const int32_t rows = reader->rows_there;
  if (!reader->doubled) return rows;
  return rows == reader->image.height ? 2 * rows : scribe_reader_max(0, 2 * rows - 1);
}

/* Adds `weight` times row `y` of the working image to `mixed`. Doubling is bilinear: sample (x, y)
 * is put at (2x + 1/2, 2y + 1/2). Then sums are 16 times as large. */
static void add_row(scribe_reader *reader, int32_t y, uint16_t weight) {
  uint16_t *mixed = reader->work.threshold.mixed;
  y = scribe_reader_clamp(y, 0, (int32_t)reader->height - 1);
  if (!reader->doubled) {
    const uint8_t *row = gray_row(reader, y);
    for (int32_t x = 0; x < reader->width; x++) {
      mixed[x] = (uint16_t)(mixed[x] + weight * row[x]);
    }
    return;
  }
  const uint8_t *near = gray_row(reader, y >> 1);
  const uint8_t *far = gray_row(reader, (y >> 1) + (y & 1 ? 1 : -1));
  const int32_t width = reader->image.width;
  int32_t before = 3 * near[0] + far[0], here = before;
  for (int32_t x = 0; x < width; x++) {
    const int32_t next = x + 1 < width ? x + 1 : x;
    const int32_t after = 3 * near[next] + far[next];
    mixed[2 * x] = (uint16_t)(mixed[2 * x] + weight * ((3 * here + before + 8) >> 4));
    mixed[2 * x + 1] = (uint16_t)(mixed[2 * x + 1] + weight * ((3 * here + after + 8) >> 4));
    before = here;
    here = after;
  }
}

/* Makes row `y` of the working image after as many binomial filters (1 2 1)/4 as noise requires. */
static void base_row(scribe_reader *reader, int32_t y, uint8_t *out) {
  static const uint8_t weights[4][4] = {{1}, {2, 1}, {6, 4, 1}, {20, 15, 6, 1}};
  const int32_t times = reader->smoothing;
  const int32_t width = reader->width;
  uint16_t *mixed = reader->work.threshold.mixed;
  memset(mixed, 0, (size_t)width * sizeof *mixed);
  add_row(reader, y, weights[times][0]);
  for (int32_t i = 1; i <= times; i++) {
    add_row(reader, y - i, weights[times][i]);
    add_row(reader, y + i, weights[times][i]);
  }
  if (times == 0) {
    for (int32_t x = 0; x < width; x++) out[x] = (uint8_t)mixed[x];
    return;
  }
  const int32_t shift = 4 * times, half = 1 << (shift - 1);
  int32_t x = 0;
  while (x < width) {
    if (times == 1 && x == 1) {
      for (; x + 1 < width; x++) {
        out[x] = (uint8_t)((8 + mixed[x - 1] + 2 * mixed[x] + mixed[x + 1]) >> 4);
      }
    } else if (times == 2 && x == 2) {
      for (; x + 2 < width; x++) {
        out[x] = (uint8_t)((128 + mixed[x - 2] + mixed[x + 2] +
                            4 * (mixed[x - 1] + mixed[x + 1]) + 6 * mixed[x]) >> 8);
      }
    }
    int32_t sum = half + weights[times][0] * mixed[x];
    for (int32_t i = 1; i <= times; i++) {
      sum += weights[times][i] *
             (mixed[scribe_reader_max(x - i, 0)] + mixed[scribe_reader_min(x + i, width - 1)]);
    }
    out[x++] = (uint8_t)(sum >> shift);
  }
}

/* MARK: Noise */

/* Measures noise on row `y`: the median of Immerkaer's filter, so that print doesn't count. */
static void measure_noise(scribe_reader *reader, int32_t y) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  const uint8_t *above = gray_row(reader, y - 1), *row = gray_row(reader, y);
  const uint8_t *below = gray_row(reader, y + 1);
  for (int32_t x = 1; x + 1 < reader->image.width; x += 2) {
    const int32_t corners = above[x - 1] + above[x + 1] + below[x - 1] + below[x + 1];
    const int32_t edges = above[x] + below[x] + row[x - 1] + row[x + 1];
    const int32_t response = scribe_reader_abs(corners - 2 * edges + 4 * row[x]);
    work->noise[scribe_reader_min(response, 255)]++;
    work->noise_count++;
  }
  uint32_t seen = 0;
  int32_t median = 0;
  while (median < 255 && 2 * (seen += work->noise[median]) < work->noise_count) median++;
  reader->noise = (uint8_t)median;
  reader->smoothing =
      reader->faint ? 3 : (uint8_t)((median > LITTLE_NOISE) + (median > MUCH_NOISE));
}

/* MARK: Paper */

/* Replaces each value by the greatest, or the least, within RADIUS, clipped at the ends. */
static void widen(const uint8_t *in, uint8_t *out, int32_t width, bool greatest) {
  /* Blocks are as long as the window: the best value up to a block's end and the best from its
   * start on make up any window between (van Herk; Gil and Werman). `flip` turns the least into the
   * greatest. */
  const uint8_t flip = greatest ? 0 : 255;
  uint8_t ahead[SCRIBE_READER_BACKGROUND], behind = 0;
  int32_t left = 0;
  for (int32_t first = -RADIUS; first < width; first += SCRIBE_READER_BACKGROUND) {
    uint8_t best = 0;
    for (int32_t i = SCRIBE_READER_BACKGROUND; i-- > 0;) {
      const int32_t x = first + i;
      if (x >= 0 && x < width && (in[x] ^ flip) > best) best = in[x] ^ flip;
      ahead[i] = best;
    }
    behind = 0;
    for (int32_t i = 0; i < SCRIBE_READER_BACKGROUND && left < width; i++, left++) {
      const int32_t x = first + SCRIBE_READER_BACKGROUND + i - 1;
      if (i > 0 && x < width && (in[x] ^ flip) > behind) behind = in[x] ^ flip;
      out[left] = (uint8_t)((ahead[i] > behind ? ahead[i] : behind) ^ flip);
    }
  }
}

/* Does the same down a ring of rows, around row `y` of `height`. */
static void widen_down(uint8_t (*ring)[SCRIBE_READER_HALF_WIDTH], uint8_t *out, int32_t width,
                       int32_t y, int32_t height, bool greatest) {
  const int32_t first = scribe_reader_max(y - RADIUS, 0),
                last = scribe_reader_min(y + RADIUS, height - 1);
  memcpy(out, ring[first % SCRIBE_READER_BACKGROUND], (size_t)width);
  for (int32_t i = first + 1; i <= last; i++) {
    const uint8_t *row = ring[i % SCRIBE_READER_BACKGROUND];
    if (greatest) {
      for (int32_t x = 0; x < width; x++) {
        if (row[x] > out[x]) out[x] = row[x];
      }
    } else {
      for (int32_t x = 0; x < width; x++) {
        if (row[x] < out[x]) out[x] = row[x];
      }
    }
  }
}

/* Adds a row of half size: means of 2 x 2; maxima and minima along the row go into `outer`. */
static void add_half_row(scribe_reader *reader, int32_t j) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  const int32_t width = reader->width, half = (width + 1) / 2;
  base_row(reader, 2 * j, work->rows[0]);
  base_row(reader, 2 * j + 1, work->rows[1]);
  for (int32_t x = 0; x < half; x++) {
    const int32_t right = scribe_reader_min(2 * x + 1, width - 1);
    work->limits[x] = (uint8_t)((work->rows[0][2 * x] + work->rows[0][right] +
                                 work->rows[1][2 * x] + work->rows[1][right] + 2) >> 2);
  }
  const int32_t at = j % SCRIBE_READER_BACKGROUND;
  widen(work->limits, work->outer[SCRIBE_READER_DARK][at], half, true);
  widen(work->limits, work->outer[SCRIBE_READER_LIGHT][at], half, false);
}

/* 255 low / high. The 8 suppresses noise where there is next to no light. */
static uint8_t quotient(int32_t low, int32_t high) {
  return (uint8_t)scribe_reader_min(255, 255 * (low + 8) / (high + 8));
}

/* Median + share of a deviation more, of the depths so far, in quarters of a gray level. */
static int32_t depth_percentile(const uint32_t *counts, uint32_t total, uint32_t percent) {
  const uint32_t wanted = (uint32_t)((uint64_t)total * percent / 100);
  uint32_t seen = 0;
  for (int32_t value = 0; value < 256; value++) {
    if (seen + counts[value] >= wanted) {
      const uint32_t count = counts[value] > 0 ? counts[value] : 1;
      return 4 * value + (int32_t)(4 * (uint64_t)(wanted - seen) / count);
    }
    seen += counts[value];
  }
  return 1020;
}

static void judge_depths(scribe_reader *reader) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  for (int polarity = 0; polarity < 2; polarity++) {
    const uint32_t *counts = work->depth[polarity];
    const int32_t median = depth_percentile(counts, work->depth_count, 50);
    const int32_t deviation = median - depth_percentile(counts, work->depth_count, 16);
    const int32_t weak = median + (reader->faint ? 3 * deviation / 2 : 2 * deviation);
    const int32_t strong = median + 5 * deviation + (reader->faint ? 2 : 8);
    work->weak[polarity] = (uint8_t)(scribe_reader_clamp(weak, 0, 1020) >> 2);
    work->strong[polarity] = (uint8_t)(scribe_reader_clamp(strong, 0, 1020) >> 2);
  }
}

/* Adds samples: row `j` of both backgrounds is known, so every other pixel of row 2j is one. */
static void add_samples(scribe_reader *reader, int32_t j) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  const int32_t half = (reader->width + 1) / 2, height = (reader->height + 1) / 2;
  const int32_t slot = j % (SCRIBE_READER_LAG + 1), at = j % (SCRIBE_READER_WINDOW + 1);
  uint8_t *closed = work->background[SCRIBE_READER_DARK][slot];
  uint8_t *opened = work->background[SCRIBE_READER_LIGHT][slot];
  widen_down(work->inner[SCRIBE_READER_DARK], closed, half, j, height, false);
  widen_down(work->inner[SCRIBE_READER_LIGHT], opened, half, j, height, true);
  base_row(reader, 2 * j, work->rows[0]);
  for (int32_t x = 0; x < half; x++) {
    const int32_t value = work->rows[0][2 * x];
    work->samples[SCRIBE_READER_DARK][at][x] = quotient(value, closed[x]);
    work->samples[SCRIBE_READER_LIGHT][at][x] = quotient(opened[x], value);
    work->depth[SCRIBE_READER_DARK][scribe_reader_max(closed[x] - value, 0)]++;
    work->depth[SCRIBE_READER_LIGHT][scribe_reader_max(value - opened[x], 0)]++;
  }
  work->depth_count += (uint32_t)half;
  for (int polarity = 0; polarity < 2; polarity++) {
    const uint8_t *samples = work->samples[polarity][at];
    for (int32_t x = 0; x < half; x++) {
      work->sums[polarity][x] = (uint16_t)(work->sums[polarity][x] + samples[x]);
      work->squares[polarity][x] += (uint32_t)samples[x] * samples[x];
    }
  }
}

static void remove_samples(scribe_reader *reader, int32_t j) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  const int32_t half = (reader->width + 1) / 2, at = j % (SCRIBE_READER_WINDOW + 1);
  for (int polarity = 0; polarity < 2; polarity++) {
    const uint8_t *samples = work->samples[polarity][at];
    for (int32_t x = 0; x < half; x++) {
      work->sums[polarity][x] = (uint16_t)(work->sums[polarity][x] - samples[x]);
      work->squares[polarity][x] -= (uint32_t)samples[x] * samples[x];
    }
  }
}

/* MARK: Ink */

/* Finds the limits that quotients of ink are less than, for each sample of row `j`. */
static void find_limits(scribe_reader *reader, int polarity, int32_t j) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  const int32_t half = (reader->width + 1) / 2, height = (reader->height + 1) / 2;
  const int32_t rows =
      scribe_reader_min(j + REACH, height - 1) - scribe_reader_max(j - REACH, 0) + 1;
  uint32_t sum = 0, square = 0;
  for (int32_t x = 0; x < scribe_reader_min(REACH, half); x++) {
    sum += work->sums[polarity][x];
    square += work->squares[polarity][x];
  }
  for (int32_t x = 0; x < half; x++) {
    if (x + REACH < half) {
      sum += work->sums[polarity][x + REACH];
      square += work->squares[polarity][x + REACH];
    }
    if (x > REACH) {
      sum -= work->sums[polarity][x - REACH - 1];
      square -= work->squares[polarity][x - REACH - 1];
    }
    const uint32_t count = (uint32_t)(
        rows * (scribe_reader_min(x + REACH, half - 1) - scribe_reader_max(x - REACH, 0) + 1));
    /* count^2 times the variance; at most 225 * 225 * 255^2 / 4. */
    const uint32_t spread = count * square - sum * sum;
    work->limits[x] = 0;
    if ((uint64_t)spread * 25 >= (uint64_t)LEAST_VARIANCE_25 * count * count) {
      const uint32_t below = scribe_reader_small_root(spread / 25 * 16);
      if (sum > below) work->limits[x] = (uint8_t)((sum - below + count - 1) / count);
    }
  }
}

static void mark_ink(scribe_reader *reader, int polarity, int32_t y, const uint8_t *row,
                     const uint8_t *background) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  uint8_t *ink = reader->ink[polarity] + y * SCRIBE_READER_INK_STRIDE;
  uint8_t *deep = reader->deep[polarity] + y * ((SCRIBE_READER_INK_STRIDE + 7) / 8);
  const int32_t weak = work->weak[polarity], strong = work->strong[polarity];
  for (int32_t x = 0; x < reader->width; x++) {
    const int32_t limit = work->limits[x >> 1];
    if (limit == 0) continue;
    const int32_t value = row[x], paper = background[x >> 1];
    const int32_t low = polarity == SCRIBE_READER_DARK ? value : paper;
    const int32_t high = polarity == SCRIBE_READER_DARK ? paper : value;
    const int32_t depth = high - low;
    if (depth <= weak || 255 * (low + 8) >= limit * (high + 8)) continue;
    ink[x >> 3] = (uint8_t)(ink[x >> 3] | 1 << (x & 7));
    if (depth >= strong) deep[x >> 6] = (uint8_t)(deep[x >> 6] | 1 << (x >> 3 & 7));
  }
}

static void add_bitmap_rows(scribe_reader *reader, int32_t j) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  const int32_t slot = j % (SCRIBE_READER_LAG + 1);
  judge_depths(reader);
  base_row(reader, 2 * j, work->rows[0]);
  base_row(reader, 2 * j + 1, work->rows[1]);
  for (int polarity = 0; polarity < 2; polarity++) {
    find_limits(reader, polarity, j);
    for (int32_t i = 0; i < 2 && 2 * j + i < reader->height; i++) {
      mark_ink(reader, polarity, 2 * j + i, work->rows[i], work->background[polarity][slot]);
    }
  }
}

void scribe_reader_threshold_advance(scribe_reader *reader) {
  scribe_reader_threshold_work *work = &reader->work.threshold;
  const bool whole = reader->rows_there == reader->image.height;
  const int32_t rows = working_rows(reader);
  const int32_t half = (reader->width + 1) / 2, height = (reader->height + 1) / 2;
    while (reader->half_rows < height && (whole || 2 * reader->half_rows + AHEAD + 4 <= rows)) {
    while (reader->noise_rows + 2 <= reader->rows_there &&
           reader->noise_rows <= (2 * reader->half_rows + AHEAD) >> reader->doubled) {
      if (reader->noise_rows > 0 && reader->noise_rows % 2 == 1) {
        measure_noise(reader, reader->noise_rows);
      }
      reader->noise_rows++;
    }
    const int32_t j = reader->half_rows;
    add_half_row(reader, j);
    reader->half_rows++;
    /* The rows whose surroundings are now complete: one, and all that are left at the end. */
    const int32_t last = reader->half_rows == height ? height + 2 * RADIUS + REACH : j;
    for (int32_t k = j; k <= last; k++) {
      const int32_t widened = k - RADIUS, known = widened - RADIUS, ready = known - REACH;
      if (widened >= 0 && widened < height) {
        const int32_t at = widened % SCRIBE_READER_BACKGROUND;
        for (int polarity = 0; polarity < 2; polarity++) {
          const bool dark = polarity == SCRIBE_READER_DARK;
          widen_down(work->outer[polarity], work->limits, half, widened, height, dark);
          widen(work->limits, work->inner[polarity][at], half, !dark);
        }
      }
      if (known >= 0 && known < height) add_samples(reader, known);
      if (ready >= 0 && ready < height) {
        if (ready > REACH) remove_samples(reader, ready - REACH - 1);
        add_bitmap_rows(reader, ready);
      }
    }
  }
}

#endif
