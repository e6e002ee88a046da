/* Chooses among views of one line and joins words to lines. The host does the same in FoundLine. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_recognizer_parts.h"

/* The share of a line's area that lies within another one, of 27. */
static int32_t share_inside(const scribe_recognizer_place *line,
                            const scribe_recognizer_place *other) {
  static const uint8_t parts[] = {51, 128, 205}; /* of the height, of 256 */
  const int32_t cosine = scribe_cosine_q16(line->slope_q16), across = scribe_cosine_q16(other->slope_q16);
  int32_t count = 0;
  for (int32_t column = 0; column < 9; column++) {
    const int32_t along = line->start_q8 +
                          (int32_t)((int64_t)(line->end_q8 - line->start_q8) * (2 * column + 1) / 18);
    for (int32_t part = 0; part < 3; part++) {
      const int32_t up = scribe_times_q16((int64_t)line->height_q8 * parts[part] / 256, cosine);
      const int32_t x = along + scribe_times_q16(up, line->slope_q16);
      const int32_t y = line->baseline_q8 + scribe_times_q16(along, line->slope_q16) - up;
      const int32_t over =
          scribe_times_q16((int64_t)other->baseline_q8 + scribe_times_q16(x, other->slope_q16) - y, across);
      const int32_t foot = x - scribe_times_q16(scribe_times_q16(over, other->slope_q16), across);
      count += over > 0 && over < other->height_q8 && foot > other->start_q8 &&
               foot < other->end_q8;
    }
  }
  return count;
}

void scribe_recognizer_keep(scribe_recognizer *r, const scribe_recognizer_place *line) {
  for (int32_t i = 0; i < r->found_count; i++) {
    if (r->found[i].rank < line->rank) continue;
    if (2 * share_inside(line, r->found + i) >= 27 || 2 * share_inside(r->found + i, line) >= 27) {
      return;
    }
  }
  int32_t left = 0;
  for (int32_t i = 0; i < r->found_count; i++) {
    if (r->found[i].rank < line->rank && (2 * share_inside(line, r->found + i) >= 27 ||
                                          2 * share_inside(r->found + i, line) >= 27)) {
      continue;
    }
    r->found[left++] = r->found[i];
  }
  r->found_count = left;
  int32_t at = left;
  if (left == SCRIBE_RECOGNIZER_FOUND) {
    r->counters.lines_dropped++;
    if (r->found[left - 1].rank >= line->rank) return;
    at = left - 1;
  } else {
    r->found_count++;
  }
  for (; at > 0 && r->found[at - 1].rank < line->rank; at--) r->found[at] = r->found[at - 1];
  r->found[at] = *line;
}

/* Whether two lines are words of one: at most 1.6 heights apart, of like height, on one baseline. */
static bool beside(const scribe_recognizer_place *a, const scribe_recognizer_place *b) {
  const scribe_recognizer_place *left = a->start_q8 <= b->start_q8 ? a : b;
  const scribe_recognizer_place *right = left == a ? b : a;
  const int32_t gap = right->start_q8 - left->end_q8;
  const int32_t height = scribe_reader_min(a->height_q8, b->height_q8);
  const int32_t taller = scribe_reader_max(a->height_q8, b->height_q8);
  if (a->light != b->light || 100 * taller > 143 * height || 5 * gap >= 8 * height ||
      2 * gap <= -height) {
    return false;
  }
  const int32_t x = (left->end_q8 + right->start_q8) / 2;
  const int32_t off = left->baseline_q8 + scribe_times_q16(x, left->slope_q16) - right->baseline_q8 -
                      scribe_times_q16(x, right->slope_q16);
  return 10 * scribe_reader_abs(off) <= 3 * height;
}

static void join_to(scribe_recognizer_place *line, const scribe_recognizer_place *other) {
  const int64_t mine = scribe_reader_max(256, line->end_q8 - line->start_q8);
  const int64_t its = scribe_reader_max(256, other->end_q8 - other->start_q8);
  const scribe_recognizer_place *ends[2] = {line, other};
  const int64_t weights[2] = {mine, its};
  int64_t x = 0, y = 0, across = 0, rise = 0;
  for (int32_t pass = 0; pass < 2; pass++) {
    for (int32_t i = 0; i < 4; i++) {
      const scribe_recognizer_place *at = ends[i / 2];
      const int32_t px = i % 2 ? at->end_q8 : at->start_q8;
      const int32_t py = at->baseline_q8 + scribe_times_q16(px, at->slope_q16);
      const int64_t weight = weights[i / 2];
      if (pass == 0) {
        x += weight * px, y += weight * py;
      } else {
        across += weight * ((px - x) * (px - x) >> 8);
        rise += weight * ((px - x) * (py - y) >> 8);
      }
    }
    if (pass == 0) x /= 2 * (mine + its), y /= 2 * (mine + its);
  }
  line->slope_q16 = (int32_t)(rise * 256 / (across / 256 > 0 ? across / 256 : 1));
  line->baseline_q8 = (int32_t)(y - scribe_times_q16(x, line->slope_q16));
  line->height_q8 =
      (int32_t)((line->height_q8 * mine + other->height_q8 * its) / (mine + its));
  line->score = (uint8_t)((line->score * mine + other->score * its) / (mine + its));
  line->start_q8 = scribe_reader_min(line->start_q8, other->start_q8);
  line->end_q8 = scribe_reader_max(line->end_q8, other->end_q8);
}

void scribe_recognizer_join_words(scribe_recognizer *r) {
  for (int32_t i = 0; i < r->found_count; i++) {
    for (int32_t j = i + 1; j < r->found_count; j++) {
      if (!beside(r->found + i, r->found + j)) continue;
      join_to(r->found + i, r->found + j);
      r->found_count--;
      memmove(r->found + j, r->found + j + 1, (size_t)(r->found_count - j) * sizeof *r->found);
      i = -1;
      break;
    }
  }
}

#endif
