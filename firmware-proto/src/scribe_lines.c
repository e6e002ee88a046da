/* Chooses among lines that share a place, and puts lines in reading order (scribe_lines.h). */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_lines.h"
#include "scribe_numbers.h"

#include <string.h>

/* Whether the shared area is more than 3/10 of the smaller area. */
static bool overlap(const scribe_box *a, const scribe_box *b) {
  const int32_t width =
      scribe_reader_min(a->x + a->width, b->x + b->width) - scribe_reader_max(a->x, b->x);
  const int32_t height =
      scribe_reader_min(a->y + a->height, b->y + b->height) - scribe_reader_max(a->y, b->y);
  if (width <= 0 || height <= 0) return false;
  return 10 * width * height > 3 * scribe_reader_min(a->width * a->height, b->width * b->height);
}

/* Whether two lines are readings of one place: characters of the shorter lie on the other's. */
static bool share_place(const scribe_line_choice *all, const scribe_text_line *a,
                        const scribe_text_line *b) {
  const scribe_text_line *small = a->count <= b->count ? a : b, *large = small == a ? b : a;
  int32_t shared = 0;
  for (int32_t i = 0; i < small->count; i++) {
    for (int32_t j = 0; j < large->count; j++) {
      if (overlap(&all->characters[small->first + i].box,
                  &all->characters[large->first + j].box)) {
        shared++;
        break;
      }
    }
  }
  return 10 * shared > 3 * small->count;
}

/* Orders lines from top to bottom; side by side from left to right. */
static void order(const scribe_text_line *lines, int32_t count, uint8_t *ordered) {
  bool done[SCRIBE_TEXT_MAXIMUM_LINES] = {false};
  int32_t at = 0;
  while (at < count) {
    int32_t top = -1;
    for (int32_t i = 0; i < count; i++) {
      if (!done[i] && (top < 0 || lines[i].box.y < lines[top].box.y)) top = i;
    }
    const scribe_box *a = &lines[top].box;
    const int32_t start = at;
    for (int32_t i = 0; i < count; i++) {
      const scribe_box *b = &lines[i].box;
      const int32_t shared =
          scribe_reader_min(a->y + a->height, b->y + b->height) - scribe_reader_max(a->y, b->y);
      const bool beside = b->x >= a->x + a->width || b->x + b->width <= a->x;
      if (done[i] ||
          !(i == top || (beside && 2 * shared > scribe_reader_min(a->height, b->height)))) {
        continue;
      }
      int32_t place = at++;
      while (place > start && lines[ordered[place - 1]].box.x > b->x) {
        ordered[place] = ordered[place - 1];
        place--;
      }
      ordered[place] = (uint8_t)i;
    }
    for (int32_t i = start; i < at; i++) done[ordered[i]] = true;
  }
}

int32_t scribe_lines_choose(scribe_line_choice *all, void *copy) {
  bool kept[SCRIBE_TEXT_MAXIMUM_LINES] = {false}, judged[SCRIBE_TEXT_MAXIMUM_LINES] = {false};
  const int32_t count = all->count;
  /* Of lines that share their place, the one with the most text stays. */
  for (;;) {
    int32_t best = -1;
    for (int32_t i = 0; i < count; i++) {
      if (judged[i] || all->weights[i] <= 0) continue;
      if (best < 0 || all->weights[i] > all->weights[best]) best = i;
    }
    if (best < 0) break;
    judged[best] = kept[best] = true;
    for (int32_t i = 0; i < count; i++) {
      if (i != best && kept[i] && share_place(all, all->lines + i, all->lines + best)) {
        kept[best] = false;
      }
    }
  }
  int32_t left = 0, total = 0;
  for (int32_t i = 0; i < count; i++) {
    total += all->lines[i].count;
    if (kept[i]) all->lines[left++] = all->lines[i];
  }
  uint8_t ordered[SCRIBE_TEXT_MAXIMUM_LINES];
  order(all->lines, left, ordered);
  scribe_text_line *lines = (scribe_text_line *)copy;
  scribe_character *characters = (scribe_character *)(void *)(lines + count);
  memcpy(lines, all->lines, (size_t)count * sizeof *lines);
  memcpy(characters, all->characters, (size_t)total * sizeof *characters);
  int32_t next = 0;
  for (int32_t i = 0; i < left; i++) {
    scribe_text_line line = lines[ordered[i]];
    memcpy(all->characters + next, characters + line.first,
           line.count * sizeof *all->characters);
    line.first = (uint16_t)next;
    next += line.count;
    all->lines[i] = line;
  }
  all->count = left;
  return next;
}

#endif
