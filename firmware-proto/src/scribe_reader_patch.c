/* The network's view of a candidate: 32 x 32 pixels of two channels, 0 paper, 255 ink.
 *
 * Channel 0 is the candidate alone, scaled to fill the patch: its shape. Channel 1 is the strip
 * around it at the line's own scale: its size, its place and its neighbours. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

enum { SIDE = 32, FILLED = 28, SMALLEST = 8 };

/* Coverage where one of the pieces first..<end owns the pixel, else 0. */
static int32_t owned(const scribe_reader_strip_work *work, int32_t first, int32_t end, int32_t x,
                     int32_t y) {
  if (x < 0 || y < 0 || x >= work->width || y >= SCRIBE_STRIP_HEIGHT) return 0;
  const int32_t rank = work->owners[y][x];
  return rank > first && rank <= end ? work->coverage[y][x] : 0;
}

static void draw_shape(scribe_reader_strip_work *work, int32_t first, int32_t end,
                       const scribe_strip_box *box) {
  uint8_t *patch = work->at.path.patch;
  const int32_t longest = scribe_reader_max(scribe_reader_max(box->width, box->height), SMALLEST);
  /* Strip pixels per patch pixel. */
  const int32_t step_q16 = longest * 65536 / FILLED;
  const int32_t x_q16 = box->x * 65536 + box->width * 32768;
  const int32_t y_q16 = box->y * 65536 + box->height * 32768;
  for (int32_t row = 0; row < SIDE; row++) {
    const int32_t y = y_q16 + (2 * row + 1 - SIDE) * step_q16 / 2 - 32768;
    const int32_t y0 = y >> 16, fy = y >> 8 & 255;
    if (y0 < box->y - 3 || y0 > box->y + box->height + 2) continue;
    for (int32_t column = 0; column < SIDE; column++) {
      const int32_t x = x_q16 + (2 * column + 1 - SIDE) * step_q16 / 2 - 32768;
      const int32_t x0 = x >> 16, fx = x >> 8 & 255;
      if (x0 < box->x - 3 || x0 > box->x + box->width + 2) continue;
      const int32_t top = owned(work, first, end, x0, y0) * (256 - fx) +
                          owned(work, first, end, x0 + 1, y0) * fx;
      const int32_t bottom = owned(work, first, end, x0, y0 + 1) * (256 - fx) +
                             owned(work, first, end, x0 + 1, y0 + 1) * fx;
      patch[2 * (row * SIDE + column)] = (uint8_t)((top * (256 - fy) + bottom * fy) >> 16);
    }
  }
}

/* Maps two of these pixels to three of the strip: the first pixel and its weight out of 3. */
static void two_of_three(int32_t i, int32_t *first, int32_t *a) {
  *first = i / 2 * 3 + (i & 1);
  *a = i & 1 ? 1 : 2;
}

static void draw_context(const scribe_reader *reader, uint8_t *patch,
                         const scribe_strip_box *box) {
  const scribe_reader_strip_work *work = &reader->work.strip;
  /* The strip's first column is a multiple of 3. */
  const int32_t left = (2 * (box->x + work->first) + box->width) / 3 - SIDE / 2 -
                       work->first * 2 / 3;
  for (int32_t row = 0; row < SIDE; row++) {
    int32_t y, down;
    two_of_three(row, &y, &down);
    for (int32_t column = 0; column < SIDE; column++) {
      if (left + column < 0) continue;
      int32_t x, across;
      two_of_three(left + column, &x, &across);
      if (x + 1 >= work->width) break;
      const int32_t top = across * work->coverage[y][x] + (3 - across) * work->coverage[y][x + 1];
      const int32_t bottom =
          across * work->coverage[y + 1][x] + (3 - across) * work->coverage[y + 1][x + 1];
      patch[2 * (row * SIDE + column) + 1] =
          (uint8_t)((down * top + (3 - down) * bottom + 4) / 9);
    }
  }
}

void scribe_reader_make_patch(scribe_reader *reader, int32_t first, int32_t end,
                       const scribe_strip_box *box) {
  scribe_reader_strip_work *work = &reader->work.strip;
  memset(work->at.path.patch, 0, sizeof work->at.path.patch);
  draw_shape(work, first, end, box);
  draw_context(reader, work->at.path.patch, box);
}

#endif
