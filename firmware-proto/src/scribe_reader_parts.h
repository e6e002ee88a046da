/* scribe_reader_parts.h: declarations that the stages of the reader share. Private.
 *
 * rows -> threshold -> bitmaps -> components -> lines -> strip -> pieces -> patches -> path
 *
 * Positions are pixels of the working image: the image itself, or twice its size where it is
 * small. Fractions are integers; names give the number of fractional bits: y_q8, slope_q16.
 */
#ifndef SCRIBE_READER_PARTS_H
#define SCRIBE_READER_PARTS_H

#include <string.h>

#include "scribe_lines.h"
#include "scribe_numbers.h"
#include "scribe_reader.h"

/* Limits that don't depend on the build, so that host and board overflow alike. */
#define SCRIBE_READER_MOST_RUNS(width, height) ((uint32_t)(width) * (uint32_t)(height) / 32)
#define SCRIBE_READER_MOST_COMPONENTS(width, height) ((uint32_t)(width) * (uint32_t)(height) / 300)

enum { SCRIBE_READER_DARK = 0, SCRIBE_READER_LIGHT = 1 };

/* scribe_reader_threshold.c */

void scribe_reader_threshold_begin(scribe_reader *reader, bool faint);
/* Goes on as far as the available gray rows allow. */
void scribe_reader_threshold_advance(scribe_reader *reader);

static inline bool scribe_reader_ink(const scribe_reader *reader, int polarity, int32_t x,
                                     int32_t y) {
  return reader->ink[polarity][y * SCRIBE_READER_INK_STRIDE + (x >> 3)] >> (x & 7) & 1;
}

/* scribe_reader_components.c */

#define SCRIBE_READER_NONE 0xFFFFu

static inline int32_t scribe_run_y(uint32_t run) { return (int32_t)(run >> 20); }
static inline int32_t scribe_run_start(uint32_t run) { return (int32_t)(run >> 10 & 0x3FF); }
static inline int32_t scribe_run_end(uint32_t run) { return (int32_t)(run & 0x3FF); }

/* Fills work.components from one polarity's bitmap. */
void scribe_reader_find_components(scribe_reader *reader, int polarity);

/* scribe_reader_lines.c */

/* Appends the lines found in work.components to `found`. */
void scribe_reader_find_lines(scribe_reader *reader, int polarity);

/* scribe_reader_strip.c */

#define SCRIBE_STRIP_HEIGHT SCRIBE_READER_STRIP_HEIGHT
#define SCRIBE_STRIP_WIDTH SCRIBE_READER_STRIP_WIDTH
#define SCRIBE_STRIP_TOP 10
#define SCRIBE_STRIP_BASE 34
#define SCRIBE_STRIP_MARGIN 20

/* The number of a whole line's columns at strip scale. */
int32_t scribe_reader_strip_columns(const scribe_reader_line *line);
/* Samples columns first..<first + width of a line into work.strip. */
void scribe_reader_make_strip(scribe_reader *reader, const scribe_reader_line *line, int32_t first,
                       int32_t width);
/* The box in the image of a box of the strip in work. */
scribe_box scribe_reader_image_box(const scribe_reader *reader, const scribe_strip_box *box);

/* scribe_strip_boxs.c */

void scribe_reader_cut_pieces(scribe_reader *reader);

/* scribe_reader_patch.c */

/* Makes the patch of pieces first..<end, whose boxes together are `box`, in work.strip.patch. */
void scribe_reader_make_patch(scribe_reader *reader, int32_t first, int32_t end,
                              const scribe_strip_box *box);

/* scribe_reader_path.c */

/* Reads the pieces of the strip from `first` to before `end` and appends to work.strip.glyphs.
 * False if `keep_on` returned false. */
bool scribe_reader_follow_pieces(scribe_reader *reader, int32_t first, int32_t end);
/* Shows a visitor all pieces that may be a character together. */
void scribe_reader_show_pieces(scribe_reader *reader, int32_t first, int32_t end,
                               const scribe_reader_visitor *visitor, scribe_reader_cut cut);
/* The groups of similar characters that a character belongs to, one bit per group. */
uint32_t scribe_reader_shapes(uint8_t character);

/* scribe_reader_agree.c */

/* Chooses among the options of each glyph by the whole line, and finds the spaces. */
void scribe_reader_agree(scribe_reader *reader);

/* scribe_reader_judge.c */

/* Keeps the text among the glyphs in work.strip as a line. */
void scribe_reader_judge_line(scribe_reader *reader, const scribe_reader_line *line);
/* The logarithm of the ratio of ink and paper in the strip. */
uint32_t scribe_reader_strip_contrast_q16(const scribe_reader *reader,
                                          const scribe_reader_line *line);
/* Whether line `i` is surely print. */
bool scribe_reader_is_sure(const scribe_reader *reader, int32_t i);
/* The greatest contrast of sure lines so far, 0 without any. */
uint32_t scribe_reader_strongest_q16(const scribe_reader *reader);
/* Drops lines that others overlap or put in doubt, and puts the rest in reading order. */
void scribe_reader_choose_lines(scribe_reader *reader);

#endif
