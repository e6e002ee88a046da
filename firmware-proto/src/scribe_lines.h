/* scribe_lines.h: lines that were read, for both readers. Private. */
#ifndef SCRIBE_LINES_H
#define SCRIBE_LINES_H

#include <string.h>

#include "scribe_numbers.h"
#include "scribe_text.h"

static inline bool scribe_is_one_of(uint8_t character, const char *set) {
  return character != 0 && strchr(set, character) != NULL;
}

/* Characters that borders, specks and scratches are read as. */
static inline bool scribe_is_mark(uint8_t c) { return scribe_is_one_of(c, "|.,'`-_~:;^\"!\\/"); }

static inline scribe_box scribe_united(scribe_box a, scribe_box b) {
  const int32_t x = scribe_reader_min(a.x, b.x), y = scribe_reader_min(a.y, b.y);
  const int32_t right = scribe_reader_max(a.x + a.width, b.x + b.width);
  const int32_t bottom = scribe_reader_max(a.y + a.height, b.y + b.height);
  return (scribe_box){(uint16_t)x, (uint16_t)y, (uint16_t)(right - x), (uint16_t)(bottom - y)};
}

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
