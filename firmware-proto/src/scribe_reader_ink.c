/* The reader's bitmap as rows to send. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_ink.h"

#include "scribe_reader_parts.h"

/* What `open` says, beside 0 and the reader's own 1. */
enum { TAKES_ROWS = 2, HAS_DARK_INK = 3, HAS_LIGHT_INK = 4 };

enum { LEAST_SIDE = 8, DEEP_STRIDE = (SCRIBE_READER_INK_STRIDE + 7) / 8, MOST_SWEEPS = 8 };

scribe_status scribe_ink_begin(scribe_reader *reader, const scribe_reader_image *image) {
  reader->open = 0;
  if (image->gray == NULL || image->width < LEAST_SIDE || image->height < LEAST_SIDE ||
      image->width > SCRIBE_READER_MAX_WIDTH || image->height > SCRIBE_READER_MAX_HEIGHT ||
      (image->stride != 0 && image->stride < image->width)) {
    return SCRIBE_BAD_ARGUMENT;
  }
  reader->image = *image;
  if (image->stride == 0) reader->image.stride = image->width;
  reader->doubled = 0;
  reader->smoothing = 0;
  reader->width = image->width;
  reader->height = image->height;
  reader->rows_there = 0;
  scribe_reader_threshold_begin(reader, false);
  reader->open = TAKES_ROWS;
  return SCRIBE_OK;
}

scribe_status scribe_ink_rows(scribe_reader *reader, uint16_t count) {
  if (reader->open != TAKES_ROWS) return SCRIBE_BAD_STATE;
  if (count > reader->image.height - reader->rows_there) return SCRIBE_BAD_ARGUMENT;
  reader->rows_there = (uint16_t)(reader->rows_there + count);
  scribe_reader_threshold_advance(reader);
  return SCRIBE_OK;
}

static bool is_reached(const uint8_t *deep, int32_t cell) {
  return cell >= 0 && cell < SCRIBE_READER_INK_STRIDE && (deep[cell >> 3] >> (cell & 7) & 1) != 0;
}

/* Cells of eight pixels with ink that touch a reached one, in their row or in `beside`, are
 * reached too. Whether any was. */
static bool reach_row(const uint8_t *ink, uint8_t *deep, const uint8_t *beside, int32_t cells) {
  bool grew = false;
  for (int pass = 0; pass < 2; pass++) {
    for (int32_t i = 0; i < cells; i++) {
      const int32_t cell = pass == 0 ? i : cells - 1 - i;
      if (ink[cell] == 0 || is_reached(deep, cell)) continue;
      if (is_reached(deep, cell - 1) || is_reached(deep, cell + 1) ||
          is_reached(beside, cell - 1) || is_reached(beside, cell) ||
          is_reached(beside, cell + 1)) {
        deep[cell >> 3] = (uint8_t)(deep[cell >> 3] | 1 << (cell & 7));
        grew = true;
      }
    }
  }
  return grew;
}

/* Ink stays if it hangs together with some that is far deeper than noise. */
static void drop_noise(scribe_reader *reader, int polarity) {
  const int32_t height = reader->height, cells = (reader->width + 7) / 8;
  uint8_t *const deep = reader->deep[polarity];
  uint8_t *const ink = reader->ink[polarity];
  bool grew = true;
  for (int sweep = 0; sweep < MOST_SWEEPS && grew; sweep++) {
    grew = false;
    for (int32_t i = 0; i < height; i++) {
      const int32_t y = sweep % 2 == 0 ? i : height - 1 - i;
      const int32_t before =
          scribe_reader_clamp(sweep % 2 == 0 ? y - 1 : y + 1, 0, height - 1);
      if (reach_row(ink + y * SCRIBE_READER_INK_STRIDE, deep + y * DEEP_STRIDE,
                    deep + before * DEEP_STRIDE, cells)) {
        grew = true;
      }
    }
    /* The way back has not been gone yet. */
    if (sweep == 0) grew = true;
  }
  for (int32_t y = 0; y < height; y++) {
    for (int32_t cell = 0; cell < cells; cell++) {
      if (!is_reached(deep + y * DEEP_STRIDE, cell)) ink[y * SCRIBE_READER_INK_STRIDE + cell] = 0;
    }
  }
}

scribe_status scribe_ink_finish(scribe_reader *reader, scribe_ink_polarity polarity) {
  if (reader->open != TAKES_ROWS) return SCRIBE_BAD_STATE;
  reader->rows_there = reader->image.height;
  scribe_reader_threshold_advance(reader);
  const bool light = polarity == SCRIBE_LIGHT_INK;
  drop_noise(reader, light ? SCRIBE_READER_LIGHT : SCRIBE_READER_DARK);
  reader->open = light ? HAS_LIGHT_INK : HAS_DARK_INK;
  return SCRIBE_OK;
}

scribe_status scribe_ink_get_row(const scribe_reader *reader, uint16_t y, uint8_t *bits) {
  if (reader->open != HAS_DARK_INK && reader->open != HAS_LIGHT_INK) return SCRIBE_BAD_STATE;
  if (y >= reader->height) return SCRIBE_BAD_ARGUMENT;
  const int polarity =
      reader->open == HAS_LIGHT_INK ? SCRIBE_READER_LIGHT : SCRIBE_READER_DARK;
  const uint8_t *const ink = reader->ink[polarity] + (size_t)y * SCRIBE_READER_INK_STRIDE;
  for (int32_t cell = 0; cell < (reader->width + 7) / 8; cell++) {
    /* The reader's leftmost pixel is in bit 0, the line's in bit 7. */
    uint32_t byte = ink[cell];
    byte = (byte & 0x0Fu) << 4 | byte >> 4;
    byte = (byte & 0x33u) << 2 | (byte >> 2 & 0x33u);
    byte = (byte & 0x55u) << 1 | (byte >> 1 & 0x55u);
    bits[cell] = (uint8_t)byte;
  }
  return SCRIBE_OK;
}

#endif
