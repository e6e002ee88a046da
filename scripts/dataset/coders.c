/* What compare.py and the count on QEMU call: an image through a coder, slice by slice. */
#include "coders.h"

#include <string.h>

#include "scribe_ink.h"

static scribe_bilevel bilevel;
static scribe_lossless lossless;

static void no_room(scribe_coder *coder) { coder->at = coder->owner; /* the result is void */ }

/* Codes `height` rows; `sizes` gets a slice's bytes each, with its row count. `previous` may be NULL.
 * Returns all bytes. */
size_t bench_code(int codec, const uint8_t *rows, int width, int height, int slice_rows,
                  const uint8_t *previous, uint8_t *out, size_t room, uint32_t *sizes) {
  scribe_coder *const coder = codec == 3 ? &bilevel.coder : &lossless.coder;
  if (codec == 3) scribe_bilevel_init(&bilevel);
  if (codec == 2) scribe_lossless_init(&lossless);
  const size_t row_bytes = codec == 3 ? (size_t)(width + 7) / 8 : (size_t)width;
  coder->at = out;
  coder->end = out + room;
  coder->owner = out;
  coder->full = no_room;
  for (int first = 0, slice = 0; first < height; first += slice_rows, slice++) {
    const int count = height - first < slice_rows ? height - first : slice_rows;
    const uint8_t *const start = coder->at;
    scribe_coder_put(coder, (uint8_t)count);
    if (previous != NULL) scribe_coder_put(coder, 0);
    coder->start(coder, (uint16_t)width, previous != NULL);
    for (int y = first; y < first + count; y++) {
      coder->row(coder, rows + (size_t)y * row_bytes,
                 previous != NULL ? previous + (size_t)y * row_bytes : NULL);
    }
    coder->finish(coder);
    sizes[slice] = (uint32_t)(coder->at - start);
  }
  return (size_t)(coder->at - out);
}

#ifndef CODEC /* the count on QEMU has no room for images as large as the host's */
static scribe_ink ink;

/* The bits of a gray image as a board makes them; false for sizes that it doesn't take. */
bool bench_ink(const uint8_t *gray, int width, int height, bool doubled, bool light, int softness,
               uint8_t *bits) {
  const scribe_ink_image image = {.gray = gray,
                                  .width = (uint16_t)width,
                                  .height = (uint16_t)height,
                                  .doubled = doubled,
                                  .polarity = light ? SCRIBE_LIGHT_INK : SCRIBE_DARK_INK,
                                  .softness = (uint8_t)softness};
  if (scribe_ink_begin(&ink, &image) != SCRIBE_OK) return false;
  const size_t row_bytes = (ink.width + 7u) / 8u;
  for (size_t y = 0; y < ink.height; y++) scribe_ink_row(&ink, bits + y * row_bytes);
  return true;
}
#endif
