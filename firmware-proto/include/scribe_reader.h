/* scribe_reader.h: read the text in a gray image on the board, and send text in place of images.
 *
 * Example, with a header written by `scribe export-firmware --model glyph -o glyph.h` and a
 * camera whose rows come into `gray`:
 *
 *     #include "glyph.h"
 *     #include "scribe_reader.h"
 *
 *     static scribe_reader reader;
 *     static uint32_t arena[SCRIBE_GLYPH_ARENA_WORDS];
 *     static uint8_t gray[240][320];
 *
 *     const scribe_reader_config config = {.model = &scribe_glyph, .arena = arena};
 *     scribe_reader_init(&reader, &config);
 *     for (;;) {
 *       const scribe_reader_image image = {.gray = gray[0], .width = 320, .height = 240};
 *       scribe_reader_begin(&reader, &image);
 *       for (int row = 0; row < 240; row += 8) {
 *         wait_for_rows(8);
 *         scribe_reader_rows(&reader, 8);
 *       }
 *       scribe_text text = *scribe_reader_finish(&reader);
 *       text.image_number = scribe.image_number;
 *       text.timestamp_us = clock_us();
 *       scribe_send_text(&scribe, &text);
 *     }
 *
 * scribe_reader_rows() thresholds rows while the next ones come; scribe_reader_finish() finds the
 * lines, cuts them into characters and classifies these, so most of the time goes there. The gray
 * image must stay unchanged until then. Integers only: the host gets the same text from the same
 * pixels, bit for bit. Nothing is allocated, nothing is global; whatever an image holds, tables
 * overflow into counters and never beyond their end.
 *
 * Compile all of src/ along. READING.md has the costs and how it works.
 */
#ifndef SCRIBE_READER_H
#define SCRIBE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scribe_strip.h"
#include "scribe_model.h"
#include "scribe_text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The largest image, at most 1,023 pixels wide. All tables follow from these two, and so does
 * sizeof(scribe_reader). Define them alike for all files, or not at all. */
#ifndef SCRIBE_READER_MAX_WIDTH
#define SCRIBE_READER_MAX_WIDTH 320
#endif
#ifndef SCRIBE_READER_MAX_HEIGHT
#define SCRIBE_READER_MAX_HEIGHT 240
#endif

/* More lines than these are counted and left out. */
#ifndef SCRIBE_READER_MAX_LINES
#define SCRIBE_READER_MAX_LINES 16
#endif
#ifndef SCRIBE_READER_MAX_CHARACTERS
#define SCRIBE_READER_MAX_CHARACTERS 160
#endif

typedef struct {
  const scribe_model *model; /* patches of 32 x 32 x 2, labels of one ASCII character or "" */
  uint32_t *arena;           /* model->arena_words words */
  /* Called before each patch, some ten to thirty milliseconds apart, if not NULL: to feed a
   * watchdog or send what waits. False gives the image up. */
  bool (*keep_on)(void *context);
  void *context;
} scribe_reader_config;

/* Parts that didn't fit, whether reading was given up, and its cost; of the last image. */
typedef struct {
  uint32_t runs_dropped;       /* stretches of ink */
  uint32_t components_dropped; /* connected pieces of ink */
  uint32_t lines_dropped;
  uint32_t pieces_dropped;     /* parts of a line between two cuts */
  uint32_t characters_dropped;
  uint32_t patches;            /* patches that the network saw */
  bool gave_up;                /* `keep_on` returned false */
} scribe_reader_counters;

typedef struct scribe_reader scribe_reader;

/* SCRIBE_BAD_ARGUMENT if the model doesn't take such patches or has other labels. */
scribe_status scribe_reader_init(scribe_reader *reader, const scribe_reader_config *config);

/* Starts an image and forgets any earlier one. SCRIBE_BAD_ARGUMENT if it is empty, smaller than 8
 * pixels in a direction, or larger than the macros allow. */
scribe_status scribe_reader_begin(scribe_reader *reader, const scribe_reader_image *image);

/* Tells that `count` further rows are there. SCRIBE_BAD_STATE without an image, SCRIBE_BAD_ARGUMENT
 * if the image has fewer rows left. */
scribe_status scribe_reader_rows(scribe_reader *reader, uint16_t count);

/* Reads the text in the image's rows; rows that weren't announced are read as they are in memory.
 * The text belongs to the reader and is valid until the next begin. Its image number and time are
 * 0. */
const scribe_text *scribe_reader_finish(scribe_reader *reader);

/* Begin, rows and finish in one call. NULL where scribe_reader_begin() would fail. */
const scribe_text *scribe_reader_read(scribe_reader *reader, const scribe_reader_image *image);

/* A part of a line that may be a character, as it is cut out for the network. */
typedef struct {
  scribe_box box;
  const uint8_t *patch; /* 32 x 32 x 2, until the visitor returns */
  uint16_t line;        /* counted from 0 */
  uint8_t pieces;       /* pieces that it is made of */
  bool light_on_dark;
} scribe_reader_cut;

typedef struct {
  void (*visit)(void *context, const scribe_reader_cut *cut);
  void *context;
} scribe_reader_visitor;

/* Visits all the ways to cut an image into characters, without running the network: for training
 * one, which must learn from the very patches that it will be given. SCRIBE_BAD_ARGUMENT as for
 * scribe_reader_begin(). */
scribe_status scribe_reader_visit_cuts(scribe_reader *reader, const scribe_reader_image *image,
                                       const scribe_reader_visitor *visitor);

const scribe_reader_counters *scribe_reader_get_counters(const scribe_reader *reader);

/* sizeof(scribe_reader) as the library was compiled. */
size_t scribe_reader_size(void);

/* The largest image as the library was compiled. */
uint16_t scribe_reader_max_width(void);
uint16_t scribe_reader_max_height(void);

#include "scribe_reader_state.h"

#ifdef __cplusplus
}
#endif

#endif
