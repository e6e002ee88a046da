/* scribe_reader_ink.h: ink or paper, a bit a pixel, from gray: what SCRIBE_BILEVEL wants.
 *
 *     static scribe_reader reader;              // no model needed, and no scribe_reader_init()
 *     static uint8_t gray[240][320];
 *     uint8_t bits[320 / 8];
 *
 *     const scribe_reader_image rows = {.gray = gray[0], .width = 320, .height = 240};
 *     scribe_ink_begin(&reader, &rows);
 *     scribe_ink_rows(&reader, 240);            // or as they come from the camera
 *     scribe_ink_finish(&reader, SCRIBE_DARK_INK);
 *     for (uint16_t y = 0; y < 240; y++) {
 *       scribe_ink_get_row(&reader, y, bits);
 *       scribe_lines(&scribe, bits, 1);
 *     }
 *
 * The threshold is the reader's: it follows paper through shadows and labels, and drops what is no
 * deeper than noise. It works in a scribe_reader, and overwrites what was read in it.
 */
#ifndef SCRIBE_READER_INK_H
#define SCRIBE_READER_INK_H

#include "scribe_reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bits have no gray to tell print from its ground, so say which is the ink. */
typedef enum { SCRIBE_DARK_INK = 0, SCRIBE_LIGHT_INK = 1 } scribe_ink_polarity;

/* Starts an image; its gray must stay until finish. SCRIBE_BAD_ARGUMENT for sizes that
 * scribe_reader_begin() refuses. */
scribe_status scribe_ink_begin(scribe_reader *reader, const scribe_reader_image *image);

/* Tells that `count` further rows are there. SCRIBE_BAD_STATE without an image,
 * SCRIBE_BAD_ARGUMENT if the image has fewer rows left. */
scribe_status scribe_ink_rows(scribe_reader *reader, uint16_t count);

/* Ends the image and chooses what is ink; rows that didn't come are taken as they lie there.
 * SCRIBE_BAD_STATE without an image. */
scribe_status scribe_ink_finish(scribe_reader *reader, scribe_ink_polarity polarity);

/* Row `y` of a finished image as SCRIBE_BILEVEL: (width + 7) / 8 bytes, 1 is ink.
 * SCRIBE_BAD_STATE before finish, SCRIBE_BAD_ARGUMENT for a row that isn't there. */
scribe_status scribe_ink_get_row(const scribe_reader *reader, uint16_t y, uint8_t *bits);

#ifdef __cplusplus
}
#endif

#endif
