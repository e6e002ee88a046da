/* The connected pieces of ink of a bitmap: union-find over its runs, in bounded tables. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

/* Appends the runs of row `y`. */
static void add_runs(scribe_reader *reader, int polarity, int32_t y, uint32_t ceiling) {
  scribe_reader_components_work *work = &reader->work.components;
  const uint8_t *row = reader->ink[polarity] + y * SCRIBE_READER_INK_STRIDE;
  const int32_t width = reader->width;
  int32_t x = 0;
  for (;;) {
    /* Most of an image is paper: it is skipped eight pixels at a time. */
    while (x < width && !(row[x >> 3] >> (x & 7) & 1)) x = row[x >> 3] == 0 ? (x | 7) + 1 : x + 1;
    if (x >= width) return;
    const int32_t start = x;
    while (x < width && row[x >> 3] >> (x & 7) & 1) x++;
    if (work->run_count >= ceiling) {
      reader->counters.runs_dropped++;
      continue;
    }
    work->runs[work->run_count] = (uint32_t)y << 20 | (uint32_t)start << 10 | (uint32_t)x;
    work->parents[work->run_count] = work->run_count;
    work->run_count++;
  }
}

static uint16_t root(uint16_t *parents, uint16_t i) {
  while (parents[i] != i) {
    parents[i] = parents[parents[i]];
    i = parents[i];
  }
  return i;
}

/* Joins the runs first..<end of a row with the runs that they touch in the row above. */
static void join_runs(scribe_reader_components_work *work, uint16_t above, uint16_t first,
                      uint16_t end) {
  for (uint16_t i = first, j = above; i < end; i++) {
    while (j < first && scribe_run_end(work->runs[j]) < scribe_run_start(work->runs[i])) j++;
    for (uint16_t k = j;
         k < first && scribe_run_start(work->runs[k]) <= scribe_run_end(work->runs[i]); k++) {
      const uint16_t a = root(work->parents, i), b = root(work->parents, k);
      /* The earlier run stays the root: components keep the order of their first pixel. */
      if (a < b) {
        work->parents[b] = a;
      } else {
        work->parents[a] = b;
      }
    }
  }
}

static bool is_deep(const scribe_reader *reader, int polarity, uint32_t run) {
  const uint8_t *row =
      reader->deep[polarity] + scribe_run_y(run) * ((SCRIBE_READER_INK_STRIDE + 7) / 8);
  for (int32_t block = scribe_run_start(run) >> 3; block <= (scribe_run_end(run) - 1) >> 3;
       block++) {
    if (row[block >> 3] >> (block & 7) & 1) return true;
  }
  return false;
}

void scribe_reader_find_components(scribe_reader *reader, int polarity) {
  scribe_reader_components_work *work = &reader->work.components;
  enum { DEEP = 0x8000, MOST_AREA = 0x7FFF };
  work->count = work->run_count = 0;
  uint16_t above = 0, first = 0;
  const uint32_t most_runs = SCRIBE_READER_MOST_RUNS(reader->width, reader->height);
  for (int32_t y = 0; y < reader->height; y++) {
    add_runs(reader, polarity, y, most_runs);
    join_runs(work, above, first, work->run_count);
    above = first;
    first = work->run_count;
  }

  /* The area of each component, in `next` of its root, with a mark if a pixel of it is deep. */
  memset(work->next, 0, sizeof work->next[0] * work->run_count);
  for (uint16_t i = 0; i < work->run_count; i++) {
    const uint16_t top = work->parents[i] = work->parents[work->parents[i]];
    const int32_t area = (work->next[top] & MOST_AREA) + scribe_run_end(work->runs[i]) -
                         scribe_run_start(work->runs[i]);
    work->next[top] = (uint16_t)((work->next[top] & DEEP) | scribe_reader_min(area, MOST_AREA));
    if (!(work->next[top] & DEEP) && is_deep(reader, polarity, work->runs[i])) {
      work->next[top] |= DEEP;
    }
  }

  /* Specks are dropped, larger ones, too, if there are more than the table holds. */
  const uint32_t most = SCRIBE_READER_MOST_COMPONENTS(reader->width, reader->height);
  int32_t least = 2;
  uint32_t kept, before = 0;
  for (;;) {
    kept = 0;
    for (uint16_t i = 0; i < work->run_count; i++) {
      if (work->parents[i] == i && work->next[i] & DEEP &&
          (work->next[i] & MOST_AREA) >= least) {
        kept++;
      }
    }
    if (before == 0) before = kept;
    if (kept <= most) break;
    least++;
  }
  reader->counters.components_dropped += before - kept;

  for (uint16_t i = 0; i < work->run_count; i++) {
    const bool is_root = work->parents[i] == i;
    if (!is_root) {
      work->parents[i] = work->parents[work->parents[i]];
      continue;
    }
    if (!(work->next[i] & DEEP) || (work->next[i] & MOST_AREA) < least) {
      work->parents[i] = SCRIBE_READER_NONE;
      continue;
    }
    /* From here on a root holds its component's number; its own is no longer needed. */
    scribe_reader_component *component = work->all + work->count;
    memset(component, 0, sizeof *component);
    component->area = (uint16_t)(work->next[i] & MOST_AREA);
    component->first = SCRIBE_READER_NONE;
    work->parents[i] = work->count++;
  }

  for (uint16_t i = work->run_count; i-- > 0;) {
    if (work->parents[i] == SCRIBE_READER_NONE) continue;
    scribe_reader_component *component = work->all + work->parents[i];
    const int32_t y = scribe_run_y(work->runs[i]);
    const int32_t start = scribe_run_start(work->runs[i]), end = scribe_run_end(work->runs[i]);
    if (component->first == SCRIBE_READER_NONE) {
      *component = (scribe_reader_component){.x = (int16_t)start, .y = (int16_t)y, .height = 1,
                                      .width = (int16_t)(end - start), .area = component->area,
                                      .first = SCRIBE_READER_NONE};
    }
    const int32_t x = scribe_reader_min(component->x, start);
    const int32_t right = scribe_reader_max(component->x + component->width, end);
    component->height = (int16_t)(component->y + component->height - y);
    component->y = (int16_t)y;
    component->width = (int16_t)(right - x);
    component->x = (int16_t)x;
    work->next[i] = component->first;
    component->first = i;
  }
}

#endif
