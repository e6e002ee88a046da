/* scribe_ink.h: one bit a pixel from gray, to be sent as SCRIBE_BILEVEL and read by the host.
 *
 *     static scribe_ink ink;                    // 10 KB for QVGA
 *     static uint8_t gray[240][320];
 *     uint8_t bits[320 / 8];
 *
 *     const scribe_ink_image picture = {.gray = gray[0], .width = 320, .height = 240};
 *     scribe_ink_begin(&ink, &picture);
 *     for (int row = 0; row < 240; row++) {
 *       scribe_ink_row(&ink, bits);
 *       scribe_lines(&scribe, bits, 1);
 *     }
 *
 * Light and contrast are divided out, and edges are dithered, so that the host still sees where
 * between two pixels they run. `softness` is how much of the way from paper to ink is dithered.
 */
#ifndef SCRIBE_INK_H
#define SCRIBE_INK_H

#include "serialscribe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The largest bitmap; memory follows from it. */
#ifndef SCRIBE_INK_MAX_WIDTH
#define SCRIBE_INK_MAX_WIDTH 320
#endif
#ifndef SCRIBE_INK_MAX_HEIGHT
#define SCRIBE_INK_MAX_HEIGHT 240
#endif

#define SCRIBE_INK_DEFAULT_SOFTNESS 200
#define SCRIBE_INK_BLOCK 4
#define SCRIBE_INK_COARSE 8
#define SCRIBE_INK_WINDOW 9
#define SCRIBE_INK_COLUMNS ((SCRIBE_INK_MAX_WIDTH + SCRIBE_INK_BLOCK - 1) / SCRIBE_INK_BLOCK)
#define SCRIBE_INK_LINES ((SCRIBE_INK_MAX_HEIGHT + SCRIBE_INK_BLOCK - 1) / SCRIBE_INK_BLOCK)
#define SCRIBE_INK_COARSE_COLUMNS \
  ((SCRIBE_INK_MAX_WIDTH + SCRIBE_INK_COARSE - 1) / SCRIBE_INK_COARSE)
#define SCRIBE_INK_COARSE_LINES \
  ((SCRIBE_INK_MAX_HEIGHT + SCRIBE_INK_COARSE - 1) / SCRIBE_INK_COARSE)

/* Bits have no gray to tell print from its ground, so the caller says which is the ink. Where it
 * may be either, alternate from image to image. */
typedef enum { SCRIBE_DARK_INK = 0, SCRIBE_LIGHT_INK = 1 } scribe_ink_polarity;

typedef struct {
  const uint8_t *gray; /* must stay until the last row is out */
  uint16_t width;      /* at least 8 */
  uint16_t height;     /* at least 8 */
  uint32_t stride;     /* bytes from row to row; 0: as wide as the image */
  /* Whether twice as many rows and columns are output: for images of few pixels. */
  bool doubled;
  scribe_ink_polarity polarity;
  /* 1 ... 255 of 256; 0 means SCRIBE_INK_DEFAULT_SOFTNESS. 1 is a plain threshold, which needs the
   * fewest bytes. */
  uint8_t softness;
} scribe_ink_image;

typedef struct {
  uint16_t width, height; /* of the bitmap */

  /* The rest is private. */

  scribe_ink_image image;
  uint16_t row, columns, lines;
  bool light;
  uint8_t smoothing;
  uint8_t least;       /* the least contrast of print, in gray levels */
  int16_t noise_depth; /* median depth of noise, in quarters of a gray level */
  /* A number for each block of pixels: the paper's gray, and, for larger blocks, the ink's contrast
   * to it. */
  uint8_t paper[SCRIBE_INK_LINES][SCRIBE_INK_COLUMNS];
  uint8_t contrast[SCRIBE_INK_COARSE_LINES][SCRIBE_INK_COARSE_COLUMNS];
  union {
    uint32_t counts[256];
    struct {
      uint16_t sums[SCRIBE_INK_WINDOW][SCRIBE_INK_COARSE_COLUMNS];
      uint32_t squares[SCRIBE_INK_WINDOW][SCRIBE_INK_COARSE_COLUMNS];
    } depths;
    struct {
      uint16_t paper[SCRIBE_INK_COLUMNS], contrast[SCRIBE_INK_COARSE_COLUMNS];
    } across;
  } work;
  uint8_t line[SCRIBE_INK_MAX_WIDTH];
  uint16_t mixed[SCRIBE_INK_MAX_WIDTH];
  int16_t errors[SCRIBE_INK_MAX_WIDTH + 2];
} scribe_ink;

/* sizeof(scribe_ink) as the library was compiled. */
size_t scribe_ink_size(void);

/* Examines the whole image. SCRIBE_BAD_ARGUMENT for one that is too small or too large. */
scribe_status scribe_ink_begin(scribe_ink *ink, const scribe_ink_image *image);

/* The next row as SCRIBE_BILEVEL: (width + 7) / 8 bytes, 1 is ink. SCRIBE_BAD_STATE after the last
 * row. */
scribe_status scribe_ink_row(scribe_ink *ink, uint8_t *bits);

#ifdef __cplusplus
}
#endif

#endif
