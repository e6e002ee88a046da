/* scribe_reader_state.h: the inside of a scribe_reader, public only so that its size is known. */
#ifndef SCRIBE_READER_STATE_H
#define SCRIBE_READER_STATE_H

#ifndef SCRIBE_READER_H
#error "include scribe_reader.h"
#endif

/* Limits of the tables' counters. Both sides must be plain numbers: the preprocessor reads them. */
#if SCRIBE_READER_MAX_WIDTH < 8 || SCRIBE_READER_MAX_WIDTH > 1023
#error "SCRIBE_READER_MAX_WIDTH must be a number of 8 to 1023: a run's columns have 10 bits"
#endif
#if SCRIBE_READER_MAX_HEIGHT < 8 || SCRIBE_READER_MAX_HEIGHT > 4096
#error "SCRIBE_READER_MAX_HEIGHT must be a number of 8 to 4096: a run's row has 12 bits"
#endif
#if SCRIBE_READER_MAX_WIDTH * SCRIBE_READER_MAX_HEIGHT / 32 > 65535
#error "SCRIBE_READER_MAX_WIDTH x _HEIGHT must be below 2,097,152: runs are counted in 16 bits"
#endif
#if SCRIBE_READER_MAX_LINES < 1 || SCRIBE_READER_MAX_LINES > 128 || \
    SCRIBE_READER_MAX_CHARACTERS < 1 || SCRIBE_READER_MAX_CHARACTERS > 2048
#error "SCRIBE_READER_MAX_LINES is at most 128 and _CHARACTERS at most 2048: a TEXT has no more"
#endif

#define SCRIBE_READER_INK_STRIDE ((SCRIBE_READER_MAX_WIDTH + 7) / 8)
#define SCRIBE_READER_HALF_WIDTH ((SCRIBE_READER_MAX_WIDTH + 1) / 2)
#define SCRIBE_READER_RUNS (SCRIBE_READER_MAX_WIDTH * SCRIBE_READER_MAX_HEIGHT / 32)
#define SCRIBE_READER_COMPONENTS (SCRIBE_READER_MAX_WIDTH * SCRIBE_READER_MAX_HEIGHT / 300)

enum {
  SCRIBE_READER_BACKGROUND = 13, /* rows of half size that a stroke can't fill */
  SCRIBE_READER_WINDOW = 15,     /* samples on a side of the threshold's window */
  SCRIBE_READER_LAG = 8,         /* rows between a background and the threshold that needs it */
  SCRIBE_READER_STRIP_HEIGHT = 48,
  SCRIBE_READER_STRIP_WIDTH = 224,
  SCRIBE_READER_CELL = 8,
  SCRIBE_READER_PIECES = 48,
  SCRIBE_READER_PARTS = 6, /* pieces of one character */
  SCRIBE_READER_GLYPHS = 80, /* in a line */
  SCRIBE_READER_FOUND = 32,  /* lines of both polarities before they are read */
  SCRIBE_READER_POINTS = 96  /* of an outline whose slope is sought */
};

typedef struct {
  int32_t slope_q16;    /* y grows downwards */
  int32_t baseline_q8;  /* at x = 0 */
  int32_t height_q8;    /* from the baseline to the tops of tall characters */
  int16_t start, end;   /* of the ink */
  uint8_t polarity;
} scribe_reader_line;

/* The network's answer for some neighbouring pieces together. */
typedef struct {
  uint16_t cost;     /* Q10, of one piece; until asked, the least that it can be */
  uint8_t certainty; /* 255: surely a character of this shape */
  uint8_t state;     /* 0 can't be a character, 1 may be, 2 the network was asked */
  scribe_strip_option options[SCRIBE_STRIP_OPTIONS];
} scribe_reader_step;

typedef struct {
  uint8_t polarity;
  uint32_t noise[256]; /* counts of the noise filter's responses */
  uint32_t noise_count;
  uint32_t depth[2][256];
  uint32_t depth_count;
  uint8_t weak[2], strong[2];
  /* Rings of rows, by the row of half size modulo the ring's length. */
  uint8_t outer[2][SCRIBE_READER_BACKGROUND][SCRIBE_READER_HALF_WIDTH];
  uint8_t inner[2][SCRIBE_READER_BACKGROUND][SCRIBE_READER_HALF_WIDTH];
  uint8_t background[2][SCRIBE_READER_LAG + 1][SCRIBE_READER_HALF_WIDTH];
  uint8_t samples[2][SCRIBE_READER_WINDOW + 1][SCRIBE_READER_HALF_WIDTH];
  uint16_t sums[2][SCRIBE_READER_HALF_WIDTH];
  uint32_t squares[2][SCRIBE_READER_HALF_WIDTH];
  uint8_t rows[2][SCRIBE_READER_MAX_WIDTH];
  uint16_t mixed[SCRIBE_READER_MAX_WIDTH];
  uint8_t limits[SCRIBE_READER_HALF_WIDTH];
} scribe_reader_threshold_work;

typedef struct {
  int16_t x, y, width, height;
  uint16_t area;
  uint16_t first; /* run */
  uint16_t chain; /* the first component of its chain */
  uint8_t kind;
  uint8_t line;
} scribe_reader_component;

typedef struct {
  uint16_t count;     /* components */
  uint16_t run_count;
  uint32_t runs[SCRIBE_READER_RUNS]; /* row, first column, column behind: 12, 10, 10 bits */
  uint16_t parents[SCRIBE_READER_RUNS];
  uint16_t next[SCRIBE_READER_RUNS]; /* run of the same component */
  scribe_reader_component all[SCRIBE_READER_COMPONENTS];
  uint16_t order[SCRIBE_READER_COMPONENTS];
  int16_t tops[SCRIBE_READER_MAX_WIDTH], bottoms[SCRIBE_READER_MAX_WIDTH];
  uint16_t votes[4 * (SCRIBE_READER_MAX_HEIGHT + SCRIBE_READER_MAX_WIDTH * 2 / 5 + 4)];
} scribe_reader_components_work;

typedef struct {
  int32_t width;
  int32_t first;      /* column of the line at column 0 */
  int32_t x_q16, y_q16, step_x_q16, step_y_q16; /* of column 0, row 0 in the working image */
  int32_t contrast_q12;
  uint8_t coverage[SCRIBE_READER_STRIP_HEIGHT][SCRIBE_READER_STRIP_WIDTH];
  uint8_t owners[SCRIBE_READER_STRIP_HEIGHT][SCRIBE_READER_STRIP_WIDTH];
  union {
    struct {
      uint32_t ink[SCRIBE_READER_STRIP_HEIGHT][SCRIBE_READER_STRIP_WIDTH / 32];
      uint32_t paper[SCRIBE_READER_STRIP_HEIGHT / SCRIBE_READER_CELL]
                    [SCRIBE_READER_STRIP_WIDTH / SCRIBE_READER_CELL];
      uint16_t level_q4[SCRIBE_READER_STRIP_HEIGHT / SCRIBE_READER_CELL]
                       [SCRIBE_READER_STRIP_WIDTH / SCRIBE_READER_CELL];
      uint16_t peaks_q12[SCRIBE_READER_STRIP_WIDTH];
      uint16_t full_q12[SCRIBE_READER_STRIP_WIDTH];
    } light;
    struct {
      scribe_strip_box boxes[256];
      uint16_t areas[256];
      uint8_t parents[256];
      uint8_t names[256];
      uint32_t profile[SCRIBE_READER_STRIP_WIDTH];
      uint8_t before[2][SCRIBE_READER_STRIP_WIDTH];
    } cuts;
    struct {
      uint8_t patch[2048];
      int8_t logits[256];
      scribe_reader_step steps[SCRIBE_READER_PIECES][SCRIBE_READER_PARTS];
      uint16_t dirt[SCRIBE_READER_PIECES]; /* cost of passing a piece over */
      int32_t costs[SCRIBE_READER_PIECES + 1]; /* of the best way to here */
      uint8_t from[SCRIBE_READER_PIECES + 1];  /* where its last step begins */
      bool skipped[SCRIBE_READER_PIECES + 1];  /* that step passes a piece over */
    } path;
  } at;
  int32_t asked, answered; /* patches of the line, and those that look like characters */
  bool hopeless;           /* it is no text, and reading stops */
  int32_t piece_count;
  scribe_strip_box pieces[SCRIBE_READER_PIECES];
  uint8_t ranks[256]; /* of owners: the piece's number from the left, counted from 1 */
  int32_t glyph_count;
  scribe_strip_glyph glyphs[SCRIBE_READER_GLYPHS];
} scribe_reader_strip_work;

/* The facts needed to judge a line. */
typedef struct {
  int32_t certainty; /* the characters' mean, 255 is sure */
  int32_t weight;    /* amount of text */
  uint32_t contrast_q16;
  bool plain;        /* a ring and a few bars may look like it */
} scribe_reader_verdict;

struct scribe_reader {
  scribe_reader_config config;
  scribe_reader_image image;
  scribe_reader_counters counters;
  uint32_t powers_q22[256]; /* e^-(scale of a logit x i) */
  uint8_t characters_of_labels[256];
  uint8_t doubled;       /* 1: the working image has twice the size */
  uint8_t open;
  uint8_t smoothing;
  uint8_t noise;         /* a quarter of a gray level */
  bool faint;
  uint16_t width, height; /* of the working image */
  uint16_t rows_there;    /* of the image */
  uint16_t half_rows;     /* rows whose maxima are in work.threshold.outer */
  uint16_t noise_rows, background_rows, bitmap_rows;
  uint16_t line_count, character_count, found_count;
  scribe_text text;
  scribe_reader_line found[SCRIBE_READER_FOUND];
  scribe_reader_verdict verdicts[SCRIBE_READER_MAX_LINES];
  scribe_text_line lines[SCRIBE_READER_MAX_LINES];
  scribe_character characters[SCRIBE_READER_MAX_CHARACTERS];
  uint8_t ink[2][SCRIBE_READER_MAX_HEIGHT * SCRIBE_READER_INK_STRIDE];
  /* Places where ink is far deeper than noise: a bit for eight pixels of a row. */
  uint8_t deep[2][SCRIBE_READER_MAX_HEIGHT * ((SCRIBE_READER_INK_STRIDE + 7) / 8)];
  union {
    scribe_reader_threshold_work threshold;
    scribe_reader_components_work components;
    scribe_reader_strip_work strip;
  } work;
};

#endif
