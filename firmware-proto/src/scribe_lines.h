/* scribe_lines.h: choosing among lines that were read, for both readers. Private. */
#ifndef SCRIBE_LINES_H
#define SCRIBE_LINES_H

#include "scribe_text.h"

/* At most 128 lines, each with a weight: its amount of text. */
typedef struct {
  scribe_text_line *lines;
  scribe_character *characters;
  const int32_t *weights;
  int32_t count;
} scribe_line_choice;

/* Bytes of memory that choosing needs for so many lines and characters. */
#define SCRIBE_LINES_COPY(line_count, character_count) \
  ((line_count) * sizeof(scribe_text_line) + (character_count) * sizeof(scribe_character))

/* Of lines that share their place, keeps the one with the most text; drops lines whose weight is 0
 * or less; puts the rest in reading order, and their characters one after another. Returns the
 * number of characters left. */
int32_t scribe_lines_choose(scribe_line_choice *lines, void *copy);

#endif
