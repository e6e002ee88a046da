/* scribe_codecs.h: fewer bytes for an image. Optional: unused codecs aren't linked.
 *
 * Black and white, for a link over an HC-05:
 *
 *     static scribe_bilevel bilevel;                         // 2.6 KB
 *
 *     scribe_bilevel_init(&bilevel);
 *     for (;;) {
 *       const scribe_image image = {.width = 320, .height = 240, .format = SCRIBE_BILEVEL,
 *                                   .coder = &bilevel.coder, .timestamp_us = clock_us()};
 *       scribe_begin_image(&scribe, &image);
 *       for (int row = 0; row < 240; row++) scribe_lines(&scribe, ink_of_row(row), 1);
 *       scribe_end_image(&scribe);
 *     }
 *
 * Every gray level, in two thirds of the bytes: SCRIBE_GRAY8 and a scribe_lossless in place of the
 * scribe_bilevel. Sixteen levels: scribe_gray4_row() and SCRIBE_GRAY4, without a coder.
 *
 * The coded bytes are described in PROTOCOL.md.
 */
#ifndef SCRIBE_CODECS_H
#define SCRIBE_CODECS_H

#include "serialscribe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The encoder's view of a coder. ---- */

#define SCRIBE_SLICE_ROWS 16
#define SCRIBE_BILEVEL_SLICE_ROWS 32
#define SCRIBE_REFRESH 8

struct scribe_coder {
  /* The caller may change these while no image is open. */

  /* Rows that are coded, and lost, together: 1...255. Bilevel slices may end sooner. */
  uint8_t slice_rows;
  /* With `marks` or `previous`, a slice is sent anew at least every so many images. */
  uint8_t refresh;
  /* One number per slice, or NULL. With them, a slice that equals the last image's is reported as
   * unchanged instead of sent, if its rows come in one call of scribe_lines(). */
  uint32_t *marks;
  uint16_t mark_count;
  /* Bilevel: all rows of an image, or NULL. With them, slices are coded against the last ones. */
  uint8_t *previous;
  size_t previous_size;

  /* The rest is private. */

  uint8_t codec;
  uint8_t format;
  uint16_t maximum_width;
  void (*start)(struct scribe_coder *coder, uint16_t width, bool inter);
  void (*row)(struct scribe_coder *coder, const uint8_t *row, const uint8_t *reference);
  void (*finish)(struct scribe_coder *coder);
  /* Coded bytes are written here; `full` makes room for more. */
  uint8_t *at, *end;
  void (*full)(struct scribe_coder *coder);
  void *owner;
};

static inline void scribe_coder_put(scribe_coder *coder, uint8_t byte) {
  if (coder->at == coder->end) coder->full(coder);
  *coder->at++ = byte;
}

/* ---- Bilevel: a binary range coder, ten pixels of context. ---- */

#define SCRIBE_BILEVEL_MAXIMUM_WIDTH 2048
#define SCRIBE_BILEVEL_PIXELS 1024
#define SCRIBE_BILEVEL_CONTEXTS (SCRIBE_BILEVEL_PIXELS + 2) /* those of rows like the expected */

typedef struct {
  scribe_coder coder; /* for scribe_image */
  uint32_t low, range;
  uint32_t waiting; /* bytes that a carry may still change: `cache`, and 0xFF */
  const uint8_t *table;
  uint16_t width, row_bytes;
  uint8_t cache;
  bool carry, inter, alike;
  uint16_t states[SCRIBE_BILEVEL_CONTEXTS]; /* probability of paper, of 65536 */
  /* The row above, and the one above that or the reference; each is followed by a byte of paper. */
  uint8_t above[2][SCRIBE_BILEVEL_MAXIMUM_WIDTH / 8 + 1];
} scribe_bilevel;

void scribe_bilevel_init(scribe_bilevel *bilevel);

/* ---- Lossless gray: predicted from its neighbours, errors in Rice codes. ---- */

#define SCRIBE_LOSSLESS_MAXIMUM_WIDTH 1024
#define SCRIBE_LOSSLESS_SIZES 10
#define SCRIBE_LOSSLESS_BIASES 63

/* The size of recent errors where the neighbours differ by so much. */
typedef struct {
  uint16_t sum, count;
} scribe_lossless_size;

/* The bias of predictions where the neighbours lie like that. */
typedef struct {
  int8_t sum; /* of errors: -count to 0 */
  uint8_t count;
  int8_t correction;
} scribe_lossless_bias;

typedef struct {
  scribe_coder coder; /* for scribe_image */
  uint32_t bits;      /* the last `bit_count` bits are not yet out */
  uint8_t bit_count;
  bool has_above;
  uint8_t run_index;
  uint16_t width;
  scribe_lossless_size sizes[SCRIBE_LOSSLESS_SIZES];
  scribe_lossless_bias biases[SCRIBE_LOSSLESS_BIASES];
  uint8_t above[SCRIBE_LOSSLESS_MAXIMUM_WIDTH];
} scribe_lossless;

void scribe_lossless_init(scribe_lossless *lossless);

/* ---- Sixteen grays, two pixels a byte. ---- */

/* Packs a row of gray8 into (width + 1) / 2 bytes of SCRIBE_GRAY4. In place is fine. */
void scribe_gray4_row(uint8_t *packed, const uint8_t *gray, uint16_t width);

#ifdef __cplusplus
}
#endif

#endif
