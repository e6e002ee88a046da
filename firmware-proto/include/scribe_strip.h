/* scribe_strip.h: types that both readers share, scribe_reader.h and scribe_recognizer.h. */
#ifndef SCRIBE_STRIP_H
#define SCRIBE_STRIP_H

#include <stdbool.h>
#include <stdint.h>

#include "scribe_text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const uint8_t *gray; /* 0 black, 255 white */
  uint16_t width, height;
  uint32_t stride; /* bytes from row to row; 0 means width */
} scribe_reader_image;

/* A box in columns and rows of a line that was straightened. */
typedef struct {
  int16_t x, y, width, height;
} scribe_strip_box;

enum { SCRIBE_STRIP_OPTIONS = 4 };

/* A label that a character may have. */
typedef struct {
  uint8_t label;
  uint8_t cost; /* -64 ln probability */
} scribe_strip_option;

/* A character of the line that is being read. */
typedef struct {
  scribe_strip_box box; /* x counts from the line's beginning */
  scribe_box place;
  scribe_strip_option options[SCRIBE_STRIP_OPTIONS]; /* likeliest first; cost 255: none */
  uint16_t certainty_q16, confidence_q16; /* finer, of the recognizer alone */
  uint8_t certainty; /* 255: surely a character of this shape */
  uint8_t chosen;    /* of the options */
  uint8_t confidence;
  bool space_before;
} scribe_strip_glyph;

#ifdef __cplusplus
}
#endif

#endif
