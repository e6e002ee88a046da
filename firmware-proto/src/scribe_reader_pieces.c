/* Cuts the ink of a strip into pieces. Every gap is a cut; within a component, columns where the
 * ink thins out are possible cuts. Too many do no harm: neighbouring pieces are also tried
 * together. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

/* Half-covered pixels are the edge of the ink. */
enum { INK = 118 };
enum { MOST_LABELS = 255, MOST_CUTS = 24 };

static uint8_t root(uint8_t *parents, uint8_t i) {
  while (parents[i] != i) i = parents[i] = parents[parents[i]];
  return i;
}

/* Numbers the 8-connected components in `owners`; returns how many numbers there are. */
static int32_t label(scribe_reader *reader) {
  scribe_reader_strip_work *work = &reader->work.strip;
  uint8_t *parents = work->at.cuts.parents;
  int32_t count = 0;
  memset(work->owners, 0, sizeof work->owners);
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    for (int32_t column = 0; column < work->width; column++) {
      if (work->coverage[row][column] < INK) continue;
      uint8_t name = column > 0 ? work->owners[row][column - 1] : 0;
      for (int32_t x = column - 1; row > 0 && x <= column + 1; x++) {
        if (x < 0 || x >= work->width || work->owners[row - 1][x] == 0) continue;
        const uint8_t other = root(parents, work->owners[row - 1][x]);
        if (name == 0) {
          name = other;
          continue;
        }
        const uint8_t mine = root(parents, name);
        if (mine < other) {
          parents[other] = mine;
        } else {
          parents[mine] = other;
        }
      }
      if (name == 0) {
        if (count == MOST_LABELS) {
          reader->counters.pieces_dropped++;
          continue;
        }
        name = (uint8_t)++count;
        parents[name] = name;
      }
      work->owners[row][column] = root(parents, name);
    }
  }
  return count;
}

static void measure(scribe_reader_strip_work *work, int32_t count) {
  scribe_strip_box *boxes = work->at.cuts.boxes;
  for (int32_t i = 0; i <= count; i++) {
    boxes[i] = (scribe_strip_box){INT16_MAX, INT16_MAX, 0, 0};
    work->at.cuts.areas[i] = 0;
  }
  /* Far edges first, then sizes. */
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    for (int32_t column = 0; column < work->width; column++) {
      const uint8_t name = work->owners[row][column];
      if (name == 0) continue;
      scribe_strip_box *box = boxes + name;
      box->x = (int16_t)scribe_reader_min(box->x, column);
      box->y = (int16_t)scribe_reader_min(box->y, row);
      box->width = (int16_t)scribe_reader_max(box->width, column + 1);
      box->height = (int16_t)scribe_reader_max(box->height, row + 1);
      work->at.cuts.areas[name]++;
    }
  }
  for (int32_t i = 1; i <= count; i++) {
    boxes[i].width = (int16_t)(boxes[i].width - boxes[i].x);
    boxes[i].height = (int16_t)(boxes[i].height - boxes[i].y);
  }
}

/* Whether a component is print, and no speck, border or part of the lines above and below. */
static bool is_print(const scribe_strip_box *box, int32_t area) {
  const int32_t middle2 = 2 * box->y + box->height;
  const bool at_top = box->y == 0, at_bottom = box->y + box->height == SCRIBE_STRIP_HEIGHT;
  if (area < 4 || scribe_reader_max(box->width, box->height) < 2) return false;
  if (middle2 < 2 * (SCRIBE_STRIP_TOP - 4) || middle2 > 2 * (SCRIBE_STRIP_BASE + 7)) return false;
  if (at_top && at_bottom && box->width < 12) return false;
  if (at_top && middle2 < 2 * SCRIBE_STRIP_TOP) return false;
  if (at_bottom && middle2 > 2 * SCRIBE_STRIP_BASE) return false;
  return !(box->width > 44 && box->height <= 5);
}

/* Whether a column is the middle of a flat minimum. */
static bool is_plateau_end(const uint32_t *profile, int32_t count, int32_t x) {
  int32_t right = x, left = x;
  while (right + 1 < count && profile[right + 1] == profile[x]) right++;
  if (right == x || right + 1 >= count || profile[right + 1] <= profile[x]) return false;
  while (left > 0 && profile[left - 1] == profile[x]) left--;
  return x == (left + right) / 2;
}

static uint32_t peak(const uint32_t *profile, int32_t first, int32_t end) {
  uint32_t best = 0;
  for (int32_t i = first; i < end; i++) best = profile[i] > best ? profile[i] : best;
  return best;
}

/* Columns at which a component may be cut, ascending, counted from its left edge. */
static int32_t find_cuts(scribe_reader_strip_work *work, uint8_t name, int16_t *cuts) {
  const scribe_strip_box box = work->at.cuts.boxes[name];
  if (box.width < 9) return 0;
  /* The ink of each column, gray edges counted in part. */
  uint32_t *profile = work->at.cuts.profile;
  memset(profile, 0, sizeof *profile * (size_t)box.width);
  for (int32_t row = box.y; row < box.y + box.height; row++) {
    for (int32_t x = 0; x < box.width; x++) {
      if (work->owners[row][box.x + x] == name) profile[x] += work->coverage[row][box.x + x];
    }
  }
  /* Wide for its height: surely more than one character, so shallow thinnings count, too. */
  const bool wide = 10 * box.width > 11 * box.height || box.width > 26;
  const uint32_t limit = wide ? 80 : 45;
  int32_t count = 0, last = 0;
  for (int32_t x = 3; x < box.width - 3; x++) {
    const uint32_t here = profile[x];
    if (here > profile[x - 1]) continue;
    if (here >= profile[x + 1] && !is_plateau_end(profile, box.width, x)) continue;
    const uint32_t left = peak(profile, scribe_reader_max(last, x - 14), x);
    const uint32_t right = peak(profile, x + 1, scribe_reader_min(box.width, x + 15));
    if (100 * here > limit * (left < right ? left : right)) continue;
    /* Of two cuts close together, the thinner one stays. */
    if (count > 0 && x - cuts[count - 1] < 4) {
      if (here < profile[cuts[count - 1]]) {
        cuts[count - 1] = (int16_t)x;
        last = x;
      }
      continue;
    }
    if (count == MOST_CUTS) break;
    cuts[count++] = (int16_t)x;
    last = x;
  }
  return count;
}

/* Gives the columns of a component behind a cut their own name; returns the box of their ink. */
static scribe_strip_box rename_part(scribe_reader_strip_work *work, uint8_t name,
                                       uint8_t new_name, int32_t first, int32_t end) {
  const scribe_strip_box box = work->at.cuts.boxes[name];
  scribe_strip_box found = {INT16_MAX, INT16_MAX, 0, 0};
  int32_t right = 0, bottom = 0;
  for (int32_t row = box.y; row < box.y + box.height; row++) {
    for (int32_t x = first; x < end; x++) {
      if (work->owners[row][x] != name) continue;
      work->owners[row][x] = new_name;
      found.x = (int16_t)scribe_reader_min(found.x, x);
      found.y = (int16_t)scribe_reader_min(found.y, row);
      right = scribe_reader_max(right, x + 1);
      bottom = scribe_reader_max(bottom, row + 1);
    }
  }
  if (right == 0) return (scribe_strip_box){0, 0, 0, 0};
  found.width = (int16_t)(right - found.x);
  found.height = (int16_t)(bottom - found.y);
  return found;
}

static int32_t middle2(const scribe_strip_box *box) { return 2 * box->x + box->width; }

/* Inserts a piece by its place from the left. */
static void add_piece(scribe_reader *reader, scribe_strip_box box, uint8_t name) {
  scribe_reader_strip_work *work = &reader->work.strip;
  if (box.width == 0) return;
  if (work->piece_count == SCRIBE_READER_PIECES) {
    reader->counters.pieces_dropped++;
    return;
  }
  uint8_t *names = work->at.cuts.names;
  int32_t at = work->piece_count++;
  while (at > 0 && (middle2(work->pieces + at - 1) > middle2(&box) ||
                    (middle2(work->pieces + at - 1) == middle2(&box) &&
                     work->pieces[at - 1].y > box.y))) {
    work->pieces[at] = work->pieces[at - 1];
    names[at] = names[at - 1];
    at--;
  }
  work->pieces[at] = box;
  names[at] = name;
}

/* Gives gray edges to the nearest piece. */
static void spread(scribe_reader_strip_work *work) {
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    uint8_t *above = work->at.cuts.before[(row + 1) & 1], *here = work->at.cuts.before[row & 1];
    memcpy(here, work->owners[row], SCRIBE_STRIP_WIDTH);
    for (int32_t x = 0; x < work->width; x++) {
      if (here[x] != 0) continue;
      uint8_t name = 0;
      if (x > 0) name = here[x - 1];
      if (name == 0 && x + 1 < work->width) name = here[x + 1];
      if (name == 0 && row > 0) name = above[x];
      if (name == 0 && row + 1 < SCRIBE_STRIP_HEIGHT) name = work->owners[row + 1][x];
      work->owners[row][x] = name;
    }
  }
}

void scribe_reader_cut_pieces(scribe_reader *reader) {
  scribe_reader_strip_work *work = &reader->work.strip;
  const int32_t labels = label(reader);
  uint8_t *parents = work->at.cuts.parents;
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    for (int32_t x = 0; x < work->width; x++) {
      if (work->owners[row][x] != 0) work->owners[row][x] = root(parents, work->owners[row][x]);
    }
  }
  measure(work, labels);
  work->piece_count = 0;
  int32_t next = labels;
  for (int32_t i = 1; i <= labels; i++) {
    const uint8_t name = (uint8_t)i;
    if (parents[i] != i || !is_print(work->at.cuts.boxes + i, work->at.cuts.areas[i])) continue;
    int16_t cuts[MOST_CUTS];
    const scribe_strip_box whole = work->at.cuts.boxes[i];
    const int32_t count = find_cuts(work, name, cuts);
    if (count == 0) {
      add_piece(reader, whole, name);
      continue;
    }
    for (int32_t k = 0; k <= count; k++) {
      const int32_t first = whole.x + (k == 0 ? 0 : cuts[k - 1]);
      const int32_t end = whole.x + (k == count ? whole.width : cuts[k]);
      if (next == MOST_LABELS) {
        reader->counters.pieces_dropped++;
        break;
      }
      next++;
      add_piece(reader, rename_part(work, name, (uint8_t)next, first, end), (uint8_t)next);
    }
  }
  memset(work->ranks, 0, sizeof work->ranks);
  for (int32_t i = 0; i < work->piece_count; i++) {
    work->ranks[work->at.cuts.names[i]] = (uint8_t)(i + 1);
  }
  /* Ink that is no piece owns nothing, not even an edge. */
  for (int32_t row = 0; row < SCRIBE_STRIP_HEIGHT; row++) {
    for (int32_t x = 0; x < work->width; x++) {
      work->owners[row][x] = work->ranks[work->owners[row][x]];
    }
  }
  spread(work);
  spread(work);
}

#endif
