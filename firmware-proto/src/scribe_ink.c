/* Turns gray into bits that are meant to be sent.
 *
 * Paper is the result of a closing (an opening for light print), in blocks of 4 x 4 pixels; ink is
 * as deep below it as nearby print on average, in blocks of 8 x 8. Between the two, error diffusion
 * (Floyd and Steinberg 1976) keeps the sum of ink, and so the place of an edge; where all is paper
 * or all is ink, it keeps nothing, and so makes no dots there.
 */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_ink.h"

#include <string.h>

enum { FULL = 1024 };

enum { BLOCK = SCRIBE_INK_BLOCK, COARSE = SCRIBE_INK_COARSE, LEAST_SIDE = 8 };

/* Coarse blocks to either side: about a character of the largest usual print. */
enum { REACH = (SCRIBE_INK_WINDOW - 1) / 2 };

/* Radii in blocks. The first removes anything narrower than a stroke can be. The second is one
 * more, since a block that is partly paper counts as paper: otherwise the edges of labels would be
 * ink. */
enum { FIRST_RADIUS = 2, SECOND_RADIUS = 3 };

/* The noise filter's responses for 0.8 and 5 gray levels of noise: x 6 x 0.6745. */
enum { LITTLE_NOISE = 3, MUCH_NOISE = 20 };

/* Print is deeper than 8 deviations of the noise, and than 2.5 gray levels; in quarters of one. */
enum { NOISE_SHARE = 8, LEAST_DEPTH = 10 };

static inline int32_t at_least(int32_t a, int32_t b) { return a > b ? a : b; }
static inline int32_t at_most(int32_t a, int32_t b) { return a < b ? a : b; }

static const uint8_t *gray_row(const scribe_ink *ink, int32_t y) {
  const int32_t inside = at_least(0, at_most(y, (int32_t)ink->image.height - 1));
  return ink->image.gray + (size_t)inside * ink->image.stride;
}

/* Adds `weight` times row `y` of the working image to `mixed`. Doubling is bilinear: sample (x, y)
 * is put at (2x + 1/2, 2y + 1/2). */
static void add_row(scribe_ink *ink, int32_t y, uint16_t weight) {
  uint16_t *const mixed = ink->mixed;
  y = at_least(0, at_most(y, (int32_t)ink->height - 1));
  const uint8_t *const near = gray_row(ink, ink->image.doubled ? y >> 1 : y);
  if (!ink->image.doubled) {
    for (int32_t x = 0; x < ink->width; x++) mixed[x] = (uint16_t)(mixed[x] + weight * near[x]);
    return;
  }
  const uint8_t *const far = gray_row(ink, (y >> 1) + ((y & 1) != 0 ? 1 : -1));
  const int32_t last = (int32_t)ink->image.width - 1;
  for (int32_t x = 0; x <= last; x++) {
    const int32_t before = at_least(x - 1, 0), after = at_most(x + 1, last);
    const int32_t here = 3 * (3 * near[x] + far[x]);
    const int32_t left = (here + 3 * near[before] + far[before] + 8) >> 4;
    const int32_t right = (here + 3 * near[after] + far[after] + 8) >> 4;
    mixed[2 * x] = (uint16_t)(mixed[2 * x] + weight * left);
    mixed[2 * x + 1] = (uint16_t)(mixed[2 * x + 1] + weight * right);
  }
}

/* Row `y` of the working image into `line`, after `times` binomial filters (1 2 1)/4 both ways. */
static void take_line(scribe_ink *ink, int32_t y, int32_t times) {
  static const uint8_t weights[3][3] = {{1}, {2, 1}, {6, 4, 1}};
  const int32_t last = (int32_t)ink->width - 1;
  memset(ink->mixed, 0, sizeof ink->mixed);
  add_row(ink, y, weights[times][0]);
  for (int32_t i = 1; i <= times; i++) {
    add_row(ink, y - i, weights[times][i]);
    add_row(ink, y + i, weights[times][i]);
  }
  const uint16_t *const mixed = ink->mixed;
  if (times == 0) {
    for (int32_t x = 0; x <= last; x++) ink->line[x] = (uint8_t)mixed[x];
    return;
  }
  const int32_t shift = 4 * times, half = 1 << (shift - 1);
  int32_t x = 0;
  while (x <= last) {
    if (x == times && times == 1) {
      for (; x < last; x++) {
        ink->line[x] = (uint8_t)((8 + mixed[x - 1] + 2 * mixed[x] + mixed[x + 1]) >> 4);
      }
    } else if (x == times) {
      for (; x + 1 < last; x++) {
        ink->line[x] = (uint8_t)((128 + mixed[x - 2] + mixed[x + 2] +
                                  4 * (mixed[x - 1] + mixed[x + 1]) + 6 * mixed[x]) >> 8);
      }
    }
    int32_t sum = half + weights[times][0] * mixed[x];
    for (int32_t i = 1; i <= times; i++) {
      sum += weights[times][i] * (mixed[at_least(x - i, 0)] + mixed[at_most(x + i, last)]);
    }
    ink->line[x++] = (uint8_t)(sum >> shift);
  }
}

/* MARK: The image's noise, paper and print */

/* Measures noise by the median of Immerkaer's filter, so that print doesn't count as noise. */
static void measure_noise(scribe_ink *ink) {
  uint32_t *const counts = ink->work.counts;
  uint32_t count = 0, seen = 0;
  memset(counts, 0, sizeof ink->work.counts);
  for (int32_t y = 1; y + 1 < ink->image.height; y += 2) {
    const uint8_t *const above = gray_row(ink, y - 1), *const row = gray_row(ink, y);
    const uint8_t *const below = gray_row(ink, y + 1);
    for (int32_t x = 1; x + 1 < ink->image.width; x += 2) {
      const int32_t corners = above[x - 1] + above[x + 1] + below[x - 1] + below[x + 1];
      const int32_t edges = above[x] + below[x] + row[x - 1] + row[x + 1];
      const int32_t response = corners - 2 * edges + 4 * row[x];
      counts[at_most(response < 0 ? -response : response, 255)]++;
      count++;
    }
  }
  int32_t median = 0;
  while (median < 255 && 2 * (seen += counts[median]) < count) median++;
  ink->smoothing = (uint8_t)((median > LITTLE_NOISE) + (median > MUCH_NOISE));
}

/* Finds the gray of each block that is most like paper. */
static void measure_blocks(scribe_ink *ink) {
  const uint8_t flip = ink->light ? 255 : 0;
  for (int32_t y = 0; y < ink->height; y++) {
    uint8_t *const best = ink->paper[y / BLOCK];
    take_line(ink, y, ink->smoothing);
    if (y % BLOCK == 0) memset(best, flip, ink->columns);
    for (int32_t x = 0; x < ink->width; x++) {
      const uint8_t value = ink->line[x];
      if ((value ^ flip) > (best[x / BLOCK] ^ flip)) best[x / BLOCK] = value;
    }
  }
}

/* Replaces each of `count` numbers by the greatest within `radius`; with `flip`, by the least. */
static void widen(uint8_t *first, size_t step, int32_t count, int32_t radius, uint8_t flip) {
  uint8_t before[SECOND_RADIUS + 1] = {0};
  for (int32_t i = 0; i < count; i++) {
    uint8_t *const here = first + (size_t)i * step;
    for (int32_t j = radius; j > 0; j--) before[j] = before[j - 1];
    before[0] = *here ^ flip;
    uint8_t best = 0;
    for (int32_t j = 0; j <= radius; j++) best = before[j] > best ? before[j] : best;
    for (int32_t j = 1; j <= radius && i + j < count; j++) {
      const uint8_t value = here[(size_t)j * step] ^ flip;
      best = value > best ? value : best;
    }
    *here = best ^ flip;
  }
}

static void widen_paper(scribe_ink *ink, int32_t radius, bool greatest) {
  const uint8_t flip = greatest ? 0 : 255;
  for (int32_t j = 0; j < ink->lines; j++) {
    widen(ink->paper[j], 1, ink->columns, radius, flip);
  }
  for (int32_t i = 0; i < ink->columns; i++) {
    widen(&ink->paper[0][i], SCRIBE_INK_COLUMNS, ink->lines, radius, flip);
  }
}

/* Interpolates row `y` between the lines of a map of `lines` x `columns` blocks, times twice a
 * block's side. `stride` is the distance from line to line. */
static void between_lines(const uint8_t *map, int32_t stride, int32_t lines, int32_t columns,
                          int32_t block, int32_t y, uint16_t *out) {
  const int32_t place = 2 * y - (block - 1); /* from the first block's centre, in half pixels */
  const int32_t line = at_least(0, place) / (2 * block), last = lines - 1;
  const int32_t share = place < 0 || line >= last ? 0 : place % (2 * block);
  const uint8_t *const upper = map + at_most(line, last) * stride;
  const uint8_t *const lower = map + at_most(line + 1, last) * stride;
  for (int32_t i = 0; i < columns; i++) {
    out[i] = (uint16_t)((2 * block - share) * upper[i] + share * lower[i]);
  }
}

static void paper_row(const scribe_ink *ink, int32_t y, uint16_t *out) {
  between_lines(ink->paper[0], SCRIBE_INK_COLUMNS, ink->lines, ink->columns, BLOCK, y, out);
}

/* The same between the map's columns, times twice a block's side once more. */
static inline int32_t between(const uint16_t *across, int32_t x, int32_t columns, int32_t block) {
  const int32_t place = 2 * x - (block - 1);
  if (place < 0) return across[0] * 2 * block;
  const int32_t column = place / (2 * block), share = place % (2 * block);
  const int32_t next = at_most(column + 1, columns - 1);
  return across[column] * (2 * block - share) + across[next] * share;
}

/* The depth of a pixel of `line` below paper, x 64. */
static inline int32_t depth_at(const scribe_ink *ink, const uint16_t *papers, int32_t x) {
  const int32_t far = between(papers, x, ink->columns, BLOCK) - 64 * ink->line[x];
  return ink->light ? -far : far;
}

/* The value, in quarters, that `percent` of the counts lie below. */
static int32_t percentile(const uint32_t *counts, uint32_t total, uint32_t percent) {
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

/* Measures the depth of noise, and the least depth of print. */
static void measure_depths(scribe_ink *ink) {
  uint32_t *const counts = ink->work.counts;
  uint16_t *const papers = (uint16_t *)ink->errors;
  uint32_t total = 0;
  memset(counts, 0, sizeof ink->work.counts);
  for (int32_t y = 0; y < ink->height; y += 2) {
    take_line(ink, y, ink->smoothing);
    paper_row(ink, y, papers);
    for (int32_t x = 0; x < ink->width; x += 2) {
      const int32_t depth = depth_at(ink, papers, x) + 32;
      counts[depth > 0 ? depth >> 6 : 0]++;
    }
    total += (uint32_t)(ink->width + 1) / 2;
  }
  const int32_t median = percentile(counts, total, 50);
  const int32_t deviation = median - percentile(counts, total, 16);
  ink->noise_depth = (int16_t)median;
  ink->least = (uint8_t)at_most((NOISE_SHARE * deviation + LEAST_DEPTH + 2) >> 2, 255);
}

/* Measures the depth of print around each coarse block: the mean of depths, weighted by depth. */
static void measure_contrast(scribe_ink *ink) {
  uint16_t *const papers = (uint16_t *)ink->errors;
  const int32_t columns = (ink->width + COARSE - 1) / COARSE;
  const int32_t lines = (ink->height + COARSE - 1) / COARSE;
  memset(&ink->work.depths, 0, sizeof ink->work.depths);
  for (int32_t j = 0; j < lines + REACH; j++) {
    uint16_t *const sums = ink->work.depths.sums[j % SCRIBE_INK_WINDOW];
    uint32_t *const squares = ink->work.depths.squares[j % SCRIBE_INK_WINDOW];
    memset(sums, 0, sizeof ink->work.depths.sums[0]);
    memset(squares, 0, sizeof ink->work.depths.squares[0]);
    for (int32_t y = COARSE * j; y < at_most(COARSE * (j + 1), ink->height); y++) {
      take_line(ink, y, ink->smoothing);
      paper_row(ink, y, papers);
      for (int32_t x = 0; x < ink->width; x++) {
        const int32_t depth = (depth_at(ink, papers, x) - 16 * ink->noise_depth + 32) / 64;
        if (depth <= 0) continue;
        sums[x / COARSE] = (uint16_t)(sums[x / COARSE] + depth);
        squares[x / COARSE] += (uint32_t)(depth * depth);
      }
    }
    const int32_t ready = j - REACH;
    if (ready < 0) continue;
    for (int32_t i = 0; i < columns; i++) {
      uint32_t sum = 0, square = 0;
      for (int32_t k = at_least(ready - REACH, 0); k <= j; k++) {
        const int32_t at = k % SCRIBE_INK_WINDOW;
        for (int32_t l = at_least(i - REACH, 0); l <= at_most(i + REACH, columns - 1); l++) {
          sum += ink->work.depths.sums[at][l];
          square += ink->work.depths.squares[at][l];
        }
      }
      const int32_t depth = (int32_t)(square / (sum > 0 ? sum : 1));
      ink->contrast[ready][i] = (uint8_t)at_most(at_least(depth, ink->least), 255);
    }
  }
}

size_t scribe_ink_size(void) { return sizeof(scribe_ink); }

scribe_status scribe_ink_begin(scribe_ink *ink, const scribe_ink_image *image) {
  ink->row = ink->height = 0;
  const uint32_t times = image->doubled ? 2 : 1;
  if (image->gray == NULL || image->width < LEAST_SIDE || image->height < LEAST_SIDE ||
      times * image->width > SCRIBE_INK_MAX_WIDTH || times * image->height > SCRIBE_INK_MAX_HEIGHT ||
      (image->stride != 0 && image->stride < image->width)) {
    return SCRIBE_BAD_ARGUMENT;
  }
  ink->image = *image;
  if (image->stride == 0) ink->image.stride = image->width;
  if (image->softness == 0) ink->image.softness = SCRIBE_INK_DEFAULT_SOFTNESS;
  ink->width = (uint16_t)(times * image->width);
  ink->height = (uint16_t)(times * image->height);
  ink->columns = (uint16_t)((ink->width + BLOCK - 1) / BLOCK);
  ink->lines = (uint16_t)((ink->height + BLOCK - 1) / BLOCK);
  ink->light = image->polarity == SCRIBE_LIGHT_INK;
  measure_noise(ink);
  measure_blocks(ink);
  widen_paper(ink, FIRST_RADIUS, !ink->light);
  widen_paper(ink, SECOND_RADIUS, ink->light);
  measure_depths(ink);
  measure_contrast(ink);
  memset(ink->errors, 0, sizeof ink->errors);
  return SCRIBE_OK;
}

/* The ink of a pixel, 0 ... FULL. Of 256 parts of the contrast, some at one end are paper, and as
 * many at the other end are ink. */
static inline int32_t share_at(const scribe_ink *ink, int32_t x) {
  const int32_t softness = ink->image.softness;
  const int32_t depth = depth_at(ink, ink->work.across.paper, x) - 16 * ink->noise_depth;
  const int32_t columns = (ink->width + COARSE - 1) / COARSE;
  const int32_t contrast = between(ink->work.across.contrast, x, columns, COARSE) / 4;
  const int32_t above = 256 * depth - (256 - softness) / 2 * contrast;
  return above <= 0 ? 0 : at_most(above / at_least(softness * contrast / FULL, 1), FULL);
}

scribe_status scribe_ink_row(scribe_ink *ink, uint8_t *bits) {
  if (ink->row >= ink->height) return SCRIBE_BAD_STATE;
  const int32_t y = ink->row++, width = ink->width;
  const int32_t step = (y & 1) != 0 ? -1 : 1;
  take_line(ink, y, at_most(ink->smoothing, 1));
  paper_row(ink, y, ink->work.across.paper);
  between_lines(ink->contrast[0], SCRIBE_INK_COARSE_COLUMNS, (ink->height + COARSE - 1) / COARSE,
                (ink->width + COARSE - 1) / COARSE, COARSE, y, ink->work.across.contrast);
  memset(bits, 0, (size_t)(width + 7) / 8);

  int16_t *const errors = ink->errors + 1;
  int32_t here = 0;   /* what goes to the next pixel */
  int32_t beside = 0; /* what goes below the last pixel, as far as it is known */
  int32_t corner = 0; /* the same below this one */
  int32_t x = step > 0 ? 0 : width - 1;
  int32_t share = share_at(ink, x);
  for (int32_t left = width; left > 0; left--, x += step) {
    const int32_t next = left > 1 ? share_at(ink, x + step) : 0;
    bool inked = share >= FULL;
    int32_t spread = 0;
    if (share > 0 && !inked) {
      const int32_t wanted = share + errors[x] + here;
      inked = wanted > FULL / 2;
      spread = inked ? wanted - FULL : wanted;
    }
    if (inked) bits[x >> 3] = (uint8_t)(bits[x >> 3] | 0x80 >> (x & 7));
    /* Ahead 7/16, below 3/16, 5/16 and 1/16; where all is paper or all is ink ahead, that share
     * goes below, too. */
    const bool goes_ahead = next > 0 && next < FULL;
    here = goes_ahead ? spread * 7 / 16 : 0;
    if (left < width) errors[x - step] = (int16_t)(beside + spread * 3 / 16);
    beside = corner + spread * (goes_ahead ? 5 : 12) / 16;
    corner = spread / 16;
    share = next;
  }
  errors[x - step] = (int16_t)beside;
  return SCRIBE_OK;
}

#endif
