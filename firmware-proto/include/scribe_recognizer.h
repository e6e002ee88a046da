/* scribe_recognizer.h: find and read the text in a gray image on the board, as `scribe` does on the
 * host: one small network finds the lines, a second fits them, a third reads them.
 *
 * Example, with headers written by `scribe export-firmware`:
 *
 *     #include "finder.h"
 *     #include "aligner.h"
 *     #include "line_quick.h"
 *     #include "scribe_recognizer.h"
 *
 *     static scribe_recognizer recognizer;
 *     static uint32_t arena[SCRIBE_RECOGNIZER_ARENA_WORDS];
 *     static uint8_t gray[240][320];
 *
 *     const scribe_recognizer_config config = {
 *         .finder = &scribe_finder, .aligner = &scribe_aligner, .reader = &scribe_line_quick,
 *         .memory = {arena, SCRIBE_RECOGNIZER_ARENA_WORDS, 0, 0}};
 *     if (scribe_recognizer_init(&recognizer, &config) != SCRIBE_OK) halt();
 *     for (;;) {
 *       const scribe_reader_image image = {.gray = gray[0], .width = 320, .height = 240};
 *       const scribe_text *read = scribe_recognizer_read(&recognizer, &image);
 *       if (read == NULL) continue;
 *       scribe_text text = *read;
 *       text.image_number = scribe.image_number;
 *       scribe_send_text(&scribe, &text);
 *     }
 *
 * Integers only: `scribe --reader quick` runs this very code and gets the same text, confidences
 * and boxes from the same pixels. Nothing is allocated, nothing is global; whatever an image holds,
 * tables overflow into counters and never beyond their end. scribe_reader.h needs less memory and
 * one network, and reads worse. READING.md has the costs and how it works.
 * Compile all of src/ along.
 */
#ifndef SCRIBE_RECOGNIZER_H
#define SCRIBE_RECOGNIZER_H

#include "scribe_flow.h"
#include "scribe_pattern.h"
#include "scribe_strip.h"
#include "scribe_text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Columns of the longest line, at 16 rows to a capital: longer ones are cut off. */
#ifndef SCRIBE_RECOGNIZER_MAX_COLUMNS
#define SCRIBE_RECOGNIZER_MAX_COLUMNS 512
#endif
#ifndef SCRIBE_RECOGNIZER_MAX_LINES
#define SCRIBE_RECOGNIZER_MAX_LINES 16
#endif
#ifndef SCRIBE_RECOGNIZER_MAX_CHARACTERS
#define SCRIBE_RECOGNIZER_MAX_CHARACTERS 160
#endif

#if SCRIBE_RECOGNIZER_MAX_COLUMNS < 64 || SCRIBE_RECOGNIZER_MAX_COLUMNS > 2040 || \
    SCRIBE_RECOGNIZER_MAX_COLUMNS % 8 != 0
#error "SCRIBE_RECOGNIZER_MAX_COLUMNS must be a multiple of 8 from 64 to 2040"
#endif
#if SCRIBE_RECOGNIZER_MAX_LINES < 1 || SCRIBE_RECOGNIZER_MAX_LINES > 128 || \
    SCRIBE_RECOGNIZER_MAX_CHARACTERS < 1 || SCRIBE_RECOGNIZER_MAX_CHARACTERS > 2048
#error "SCRIBE_RECOGNIZER_MAX_LINES is at most 128 and _CHARACTERS at most 2048: a TEXT has no more"
#endif

/* Words that hold an image of up to 320 x 240 with the shipped networks in one piece; in two pieces
 * some 600 more. For others ask scribe_recognizer_arena_words(). */
#define SCRIBE_RECOGNIZER_ARENA_WORDS 20800
/* Words of the first piece: a line is drawn in them. */
#define SCRIBE_RECOGNIZER_LEAST_WORDS ((118u * SCRIBE_RECOGNIZER_MAX_COLUMNS + 2560u) / 4)

enum {
  SCRIBE_RECOGNIZER_FOUND = 24,      /* lines before they are read */
  SCRIBE_RECOGNIZER_CHARACTERS = 80, /* in a line */
  SCRIBE_RECOGNIZER_LABELS = 128
};

typedef struct {
  const scribe_model *finder;  /* by rows */
  const scribe_model *aligner; /* by columns */
  const scribe_model *reader;  /* by columns; "" and " " are among its labels */
  /* Memory in one piece, or in two where a chip has it in two places; the first one has
   * SCRIBE_RECOGNIZER_LEAST_WORDS at least. */
  scribe_flow_memory memory;
  const char *alphabet; /* characters that may be read, in UTF-8; NULL: all */
  /* What a line looks like: settles characters of one shape, and where spaces stand. NULL: anything.
   * A line that doesn't match is read as without it, and says so. */
  const scribe_pattern *pattern;
  bool only_matching; /* other lines are dropped */
  uint8_t looks;        /* at a line that isn't read with certainty, 1 to 4; 0 means 3 */
  /* Called before each line, if not NULL: to feed a watchdog or send what waits. False gives the
   * image up, whose text is empty then. */
  bool (*keep_on)(void *context);
  void *context;
} scribe_recognizer_config;

/* Parts that didn't fit, and the work done; of the last image. Each look at a line counts, also one
 * that doesn't change what is read. */
typedef struct {
  uint32_t lines_dropped;
  uint32_t cells_dropped;   /* of the finder */
  uint32_t columns_dropped; /* of lines that are too long */
  uint32_t characters_dropped;
  uint32_t lines_found;
  uint32_t columns_read; /* by the third network */
  bool gave_up;          /* `keep_on` returned false */
} scribe_recognizer_counters;

typedef struct scribe_recognizer scribe_recognizer;

/* SCRIBE_BAD_ARGUMENT if a model is for something else, the first piece of memory is too small, or
 * `looks` is above 4. */
scribe_status scribe_recognizer_init(scribe_recognizer *recognizer,
                                     const scribe_recognizer_config *config);

/* Words in one piece for images of this size and for the longest line; 0 for a size or a model that
 * can't be. */
uint32_t scribe_recognizer_arena_words(const scribe_recognizer_config *config, uint16_t width,
                                       uint16_t height);

/* Reads the text of an image. The text belongs to the recognizer and is valid until the next call;
 * its image number and time are 0. NULL for an image of less than 12 or more than 8,160 pixels in a
 * direction, or one that the memory is too small for. */
const scribe_text *scribe_recognizer_read(scribe_recognizer *recognizer,
                                          const scribe_reader_image *image);

/* Checks all three models, see scribe_flow_selftest(): that takes memory for a picture of 320 x 240,
 * with the shipped networks. */
bool scribe_recognizer_selftest(scribe_recognizer *recognizer, scribe_model_failure *failure);

const scribe_recognizer_counters *scribe_recognizer_get_counters(
    const scribe_recognizer *recognizer);

/* sizeof(scribe_recognizer) as the library was compiled. */
size_t scribe_recognizer_size(void);

/* MARK: The inside, public only so that its size is known. */

/* A line of text in the image; y grows downwards. */
typedef struct {
  int32_t slope_q16;
  int32_t baseline_q8; /* at x = 0 */
  int32_t height_q8;   /* from the baseline to the tops of capitals, across the line */
  uint16_t stretch_q8; /* factor by which it is drawn wider: narrow print is read better so */
  int32_t start_q8, end_q8;
  int16_t rank;        /* lines of higher rank are read first */
  uint8_t score;       /* the finder's confidence, 255 is sure; 0 where it saw nothing */
  bool light;          /* on dark */
} scribe_recognizer_place;

/* A line that was read. */
typedef struct {
  int32_t weight; /* amount of text */
  uint8_t certainty; /* the least of its characters', 255 is sure */
} scribe_recognizer_verdict;

struct scribe_recognizer {
  scribe_recognizer_config config;
  scribe_reader_image image;
  scribe_recognizer_counters counters;
  scribe_flow flow;
  uint32_t powers_q22[256]; /* e^-(scale of a logit x i) */
  uint32_t shapes[SCRIBE_RECOGNIZER_LABELS]; /* groups of similar characters, a bit each */
  uint8_t characters[SCRIBE_RECOGNIZER_LABELS]; /* codes of labels; 0 where none may be read */
  uint32_t accepted[SCRIBE_RECOGNIZER_LABELS / 32]; /* labels that the pattern has, a bit each */
  uint16_t blank, space; /* labels */
  uint8_t least_margin;  /* of logits, for a character without a doubt */
  /* Of the line that is being read. */
  scribe_recognizer_place place;
  int32_t x_q16, y_q16; /* of column 0, row 0 */
  int32_t step_x_q16, step_y_q16; /* to the next column */
  int32_t down_x_q16, down_y_q16; /* to the next row */
  int32_t width;
  uint32_t contrast_q16; /* logarithm of ink and paper's ratio */
  int32_t glyph_count;
  scribe_strip_glyph glyphs[SCRIBE_RECOGNIZER_CHARACTERS];
  int32_t found_count;
  scribe_recognizer_place found[SCRIBE_RECOGNIZER_FOUND];
  uint16_t line_count, character_count;
  scribe_text text;
  scribe_recognizer_verdict verdicts[SCRIBE_RECOGNIZER_MAX_LINES];
  scribe_text_line lines[SCRIBE_RECOGNIZER_MAX_LINES];
  scribe_character text_characters[SCRIBE_RECOGNIZER_MAX_CHARACTERS];
};

#ifdef __cplusplus
}
#endif

#endif
