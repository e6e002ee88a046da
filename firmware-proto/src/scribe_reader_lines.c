/* Finds lines of text in components, of any tilt up to 1 in 5.
 *
 * Neighbours of like height are chained left to right, chains are straightened by the slope that
 * makes their tops and bottoms line up best, chains on one line are joined, and dots and dashes
 * near a line are given to it. The steps share this file because each changes the components that
 * the next one looks at.
 */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

enum { KIND_NONE, KIND_BODY, KIND_MARK, KIND_FRAME };
enum { LEAST_HEIGHT = 6 };
/* Slopes to try: -20...20 hundredths. */
enum { STEPS = 20, SLOPES = 2 * STEPS + 1 };
#define SLOPE_STEP_Q16 655

static int32_t bottom_of(const scribe_reader_component *c) { return c->y + c->height; }
static int32_t right_of(const scribe_reader_component *c) { return c->x + c->width; }

/* MARK: Components that can be characters */

/* Whether a component is a label's border: with little ink, and other components inside. */
static bool is_frame(const scribe_reader_components_work *work,
                     const scribe_reader_component *frame) {
  const int32_t size = frame->width * frame->height;
  if (100 * frame->area >= 35 * size || frame->height < 16 || frame->width < 16) return false;
  int32_t inside = 0;
  for (uint16_t i = 0; i < work->count; i++) {
    const scribe_reader_component *other = work->all + i;
    if (other == frame || (other->kind != KIND_BODY && other->kind != KIND_FRAME)) continue;
    const int32_t x = other->x + other->width / 2, y = other->y + other->height / 2;
    if (x <= frame->x || x >= right_of(frame) || y <= frame->y || y >= bottom_of(frame)) continue;
    if (2 * other->height > frame->height && other->height > 12 &&
        2 * other->width > frame->width) {
      continue;
    }
    if (++inside >= 2) return true;
  }
  return 100 * frame->area < 12 * size && inside >= 1;
}

static void classify(scribe_reader *reader) {
  scribe_reader_components_work *work = &reader->work.components;
  for (uint16_t i = 0; i < work->count; i++) {
    scribe_reader_component *c = work->all + i;
    c->kind = KIND_NONE;
    c->chain = i;
    c->line = 0;
    if (c->height > reader->height * 3 / 4 || c->width > reader->width * 19 / 20) continue;
    if (c->height >= LEAST_HEIGHT && c->area >= 8) {
      /* Rules and edges are long and thin; a run of touching characters is not. */
      const bool filled = 10 * (int32_t)c->area > 7 * c->width * c->height;
      c->kind = c->width > 6 * c->height && (filled || c->height < 10) ? KIND_MARK : KIND_BODY;
    } else {
      c->kind = KIND_MARK;
    }
  }
  for (uint16_t i = 0; i < work->count; i++) {
    scribe_reader_component *c = work->all + i;
    if (c->kind == KIND_BODY && is_frame(work, c)) c->kind = KIND_FRAME;
  }
}

/* MARK: Chains */

static bool are_neighbours(const scribe_reader_component *a, const scribe_reader_component *b,
                           int32_t gap) {
  const int32_t small = scribe_reader_min(a->height, b->height);
  const int32_t large = scribe_reader_max(a->height, b->height);
  if (10 * large > 26 * small || 5 * gap > 9 * small + 15) return false;
  const int32_t overlap =
      scribe_reader_min(bottom_of(a), bottom_of(b)) - scribe_reader_max(a->y, b->y);
  return 5 * overlap >= 2 * small;
}

static uint16_t chain_of(scribe_reader_components_work *work, uint16_t i) {
  while (work->all[i].chain != i) i = work->all[i].chain;
  return i;
}

static void chain(scribe_reader_components_work *work) {
  for (uint16_t i = 0; i < work->count; i++) {
    const scribe_reader_component *a = work->all + i;
    if (a->kind != KIND_BODY) continue;
    int32_t best = -1, best_gap = 0, best_x = 0;
    for (uint16_t j = 0; j < work->count; j++) {
      const scribe_reader_component *b = work->all + j;
      if (j == i || b->kind != KIND_BODY) continue;
      /* A right neighbour has its middle to the right. */
      if (2 * b->x + b->width <= 2 * a->x + a->width && !(j > i && b->x == a->x)) continue;
      const int32_t gap = scribe_reader_max(0, b->x - right_of(a));
      if (!are_neighbours(a, b, gap)) continue;
      if (best >= 0 && (best_gap < gap || (best_gap == gap && best_x <= b->x))) continue;
      best = j;
      best_gap = gap;
      best_x = b->x;
    }
    if (best < 0) continue;
    const uint16_t left = chain_of(work, i), right = chain_of(work, (uint16_t)best);
    if (left != right)
      work->all[scribe_reader_max(left, right)].chain = (uint16_t)scribe_reader_min(left, right);
  }
  for (uint16_t i = 0; i < work->count; i++) work->all[i].chain = chain_of(work, i);
}

static bool is_in(const scribe_reader_components_work *work, uint16_t i, uint16_t chain) {
  return work->all[i].kind == KIND_BODY && work->all[i].chain == chain;
}

/* Drops components far taller than the rest of a chain: parts of a border, edges of a shadow. */
static void drop_outliers(scribe_reader_components_work *work, uint16_t chain) {
  int32_t count = 0;
  for (uint16_t i = chain; i < work->count; i++) count += is_in(work, i, chain);
  if (count < 4) return;
  /* The median height: as many components are smaller. */
  int32_t median = 0;
  for (uint16_t i = chain; i < work->count; i++) {
    if (!is_in(work, i, chain)) continue;
    int32_t smaller = 0, equal = 0;
    for (uint16_t j = chain; j < work->count; j++) {
      if (!is_in(work, j, chain)) continue;
      smaller += work->all[j].height < work->all[i].height;
      equal += work->all[j].height == work->all[i].height;
    }
    if (smaller <= count / 2 && count / 2 < smaller + equal) median = work->all[i].height;
  }
  for (uint16_t i = chain; i < work->count; i++) {
    if (is_in(work, i, chain) && 10 * work->all[i].height > 21 * median) {
      work->all[i].kind = KIND_NONE;
    }
  }
}

/* MARK: Slope */

typedef struct {
  int16_t x2; /* twice its column */
  int16_t top, bottom;
} outline_point;

typedef struct {
  int32_t count, left, right, tallest;
  outline_point points[SCRIBE_READER_POINTS];
} outline;

static void add_point(outline *line, outline_point point) {
  if (line->count >= SCRIBE_READER_POINTS) return;
  int32_t at = line->count++;
  while (at > 0 && line->points[at - 1].x2 > point.x2) {
    line->points[at] = line->points[at - 1];
    at--;
  }
  line->points[at] = point;
}

/* Finds top and bottom of the ink in each character, or in character-wide parts of others. */
static void trace(const scribe_reader_components_work *work, uint16_t chain, outline *line) {
  enum { MOST_PARTS = 24 };
  *line = (outline){.left = INT16_MAX, .right = INT16_MIN, .tallest = 1};
  for (uint16_t i = chain; i < work->count; i++) {
    if (!is_in(work, i, chain)) continue;
    const scribe_reader_component *c = work->all + i;
    line->left = scribe_reader_min(line->left, c->x);
    line->right = scribe_reader_max(line->right, right_of(c));
    line->tallest = scribe_reader_max(line->tallest, c->height);
    const int32_t parts =
        scribe_reader_clamp(scribe_reader_divide(10 * c->width, 7 * c->height), 1, MOST_PARTS);
    int16_t top[MOST_PARTS], bottom[MOST_PARTS];
    for (int32_t part = 0; part < parts; part++) top[part] = INT16_MAX;
    for (int32_t part = 0; part < parts; part++) bottom[part] = INT16_MIN;
    for (uint16_t run = c->first; run != SCRIBE_READER_NONE; run = work->next[run]) {
      const int32_t y = scribe_run_y(work->runs[run]);
      const int32_t first = (scribe_run_start(work->runs[run]) - c->x) * parts / c->width;
      const int32_t last = (scribe_run_end(work->runs[run]) - 1 - c->x) * parts / c->width;
      for (int32_t part = first; part <= last; part++) {
        top[part] = (int16_t)scribe_reader_min(top[part], y);
        bottom[part] = (int16_t)scribe_reader_max(bottom[part], y + 1);
      }
    }
    for (int32_t part = 0; part < parts; part++) {
      if (top[part] == INT16_MAX) continue;
      const int32_t x2 = 2 * c->x + (2 * part + 1) * c->width / parts;
      add_point(line, (outline_point){(int16_t)x2, top[part], bottom[part]});
    }
  }
}

/* Measures for each slope the agreement of tops and of bottoms. */
static void align(const outline *line, uint32_t *curve) {
  enum { MOST_PAIRS = 16 };
  int32_t height = 1;
  for (int32_t i = 0; i < line->count; i++) {
    height = scribe_reader_max(height, line->points[i].bottom - line->points[i].top);
  }
  /* A twentieth of the height, in sixteenths of a pixel. */
  const int32_t spread_q4 = scribe_reader_max(13, 16 * height / 20);
  const uint32_t spread2 = (uint32_t)(spread_q4 * spread_q4);
  for (int32_t step = 0; step < SLOPES; step++) {
    const int32_t slope_q16 = (step - STEPS) * SLOPE_STEP_Q16;
    uint32_t sum = 0;
    for (int32_t i = 0; i < line->count; i++) {
      const outline_point *a = line->points + i;
      for (int32_t j = i + 1; j < line->count && j <= i + MOST_PAIRS; j++) {
        const outline_point *b = line->points + j;
        const int32_t shift = slope_q16 * (b->x2 - a->x2) >> 13;
        const int32_t top = 16 * (b->top - a->top) - shift;
        const int32_t bottom = 16 * (b->bottom - a->bottom) - shift;
        sum += (spread2 << 12) / (spread2 + (uint32_t)(top * top));
        sum += (spread2 << 12) / (spread2 + (uint32_t)(bottom * bottom));
      }
    }
    curve[step] = sum;
  }
}

/* The slope at the peak of a curve, refined by the parabola through its neighbours; `fallback` if
 * nothing is above 0. */
static int32_t peak_slope_q16(const int32_t *curve, int32_t fallback) {
  int32_t peak = 0;
  for (int32_t i = 1; i < SLOPES; i++) {
    if (curve[i] >= curve[peak]) peak = i;
  }
  if (curve[peak] <= 0) return fallback;
  const int32_t slope = (peak - STEPS) * SLOPE_STEP_Q16;
  if (peak == 0 || peak + 1 == SLOPES) return slope;
  const int32_t a = curve[peak - 1], b = curve[peak], c = curve[peak + 1];
  const int32_t bend = a - 2 * b + c;
  if (bend >= 0) return slope;
  return slope + (int32_t)((int64_t)(SLOPE_STEP_Q16 / 2) * (a - c) / bend);
}

static uint32_t greatest(const uint32_t *curve) {
  uint32_t peak = 1 << 12;
  for (int32_t i = 0; i < SLOPES; i++) peak = curve[i] > peak ? curve[i] : peak;
  return peak;
}

/* The slope on which the chains agree: a camera tilts all lines alike. */
static int32_t common_slope(const scribe_reader_components_work *work) {
  int32_t total[SLOPES] = {0};
  for (uint16_t i = 0; i < work->count; i++) {
    if (!is_in(work, i, i)) continue;
    outline line;
    trace(work, i, &line);
    const int32_t width = line.right - line.left;
    if (width <= 2 * line.tallest) continue;
    uint32_t curve[SLOPES];
    align(&line, curve);
    const uint32_t peak = greatest(curve);
    /* Long chains give the angle more exactly. */
    const uint32_t weight = (uint32_t)(256 * width / line.tallest);
    for (int32_t k = 0; k < SLOPES; k++) {
      total[k] += (int32_t)((uint64_t)weight * curve[k] / peak);
    }
  }
  return peak_slope_q16(total, 0);
}

static int32_t slope_of(const outline *line, int32_t common_q16) {
  const int32_t width = line->right - line->left;
  if (2 * width <= 5 * line->tallest) return common_q16;
  uint32_t curve[SLOPES];
  int32_t judged[SLOPES];
  align(line, curve);
  const uint32_t peak = greatest(curve);
  /* The shorter the chain, the closer it keeps to the whole image's slope. */
  const int32_t tolerance_q16 = SLOPE_STEP_Q16 * width / line->tallest;
  for (int32_t k = 0; k < SLOPES; k++) {
    const int32_t distance = (k - STEPS) * SLOPE_STEP_Q16 - common_q16;
    const int64_t share_q16 = (int64_t)distance * 65536 / tolerance_q16;
    const int64_t square_q16 = share_q16 * share_q16 >> 16;
    judged[k] = (int32_t)(((uint64_t)curve[k] << 16) / peak) -
                (int32_t)(square_q16 > 65536 ? 32768 : square_q16 / 2);
  }
  return peak_slope_q16(judged, common_q16);
}

/* MARK: Lines */

/* The most frequent of the votes, in quarters of a pixel; of equal ones the last. */
static int32_t mode(const uint16_t *votes, int32_t count, int32_t window) {
  int32_t best = 0, best_sum = -1, sum = 0;
  for (int32_t i = 0; i < count; i++) {
    sum += votes[i];
    if (i > window) sum -= votes[i - window - 1];
    if (sum >= best_sum && votes[i] > 0) {
      best_sum = sum;
      best = i;
    }
  }
  int32_t seen = 0;
  for (int32_t i = scribe_reader_max(0, best - window); i <= best; i++) {
    seen += votes[i];
    if (2 * seen >= best_sum) return i;
  }
  return best;
}

/* The line of a chain; `line` is its outline. */
static scribe_reader_line make_line(scribe_reader_components_work *work, uint16_t chain,
                                    const outline *line, int32_t common_q16,
                                    const scribe_reader *reader) {
  const int32_t slope = slope_of(line, common_q16);
  /* Votes are for baselines at the line's left end, from as far above the image as it may fall. */
  const int32_t above_q8 = (int32_t)reader->width * 256 / 5 + 256;
  const int32_t votes = (int32_t)(sizeof work->votes / sizeof work->votes[0]);
  memset(work->votes, 0, sizeof work->votes);
  enum { KEPT = 24 };
  int32_t tops[KEPT], top_count = 0, chain_count = 0;
  for (uint16_t i = chain; i < work->count; i++) chain_count += is_in(work, i, chain);
  /* A tenth of the components may stick out: brackets, or dirt that touches a character. */
  const int32_t wanted = scribe_reader_min(chain_count / 10, KEPT - 1);
  for (uint16_t i = chain; i < work->count; i++) {
    if (!is_in(work, i, chain)) continue;
    const scribe_reader_component *c = work->all + i;
    for (int32_t x = 0; x < c->width; x++) work->tops[x] = INT16_MAX;
    for (int32_t x = 0; x < c->width; x++) work->bottoms[x] = INT16_MIN;
    for (uint16_t run = c->first; run != SCRIBE_READER_NONE; run = work->next[run]) {
      const int32_t y = scribe_run_y(work->runs[run]);
      for (int32_t x = scribe_run_start(work->runs[run]); x < scribe_run_end(work->runs[run]);
           x++) {
        work->tops[x - c->x] = (int16_t)scribe_reader_min(work->tops[x - c->x], y);
        work->bottoms[x - c->x] = (int16_t)scribe_reader_max(work->bottoms[x - c->x], y + 1);
      }
    }
    int32_t highest = INT32_MAX;
    for (int32_t x = 0; x < c->width; x++) {
      if (work->tops[x] == INT16_MAX) continue;
      const int32_t shift = slope * (c->x + x - line->left) >> 8;
      highest = scribe_reader_min(highest, 256 * work->tops[x] - shift);
      const int32_t at = (256 * work->bottoms[x] - shift + above_q8) / 64;
      if (at >= 0 && at < votes) work->votes[at]++;
    }
    /* The smallest tops so far, ascending. */
    int32_t at = top_count <= wanted ? top_count++ : wanted + 1;
    while (at > 0 && tops[at - 1] > highest) {
      if (at <= wanted) tops[at] = tops[at - 1];
      at--;
    }
    if (at <= wanted) tops[at] = highest;
  }
  const int32_t window = 4 * 2 * scribe_reader_max(16, line->tallest) / 16;
  const int32_t baseline = mode(work->votes, votes, window) * 64 - above_q8;
  const int32_t height =
      top_count > 0 ? baseline - tops[scribe_reader_min(wanted, top_count - 1)] : 0;
  return (scribe_reader_line){.slope_q16 = slope,
                       .baseline_q8 = baseline - (slope * line->left >> 8),
                       .height_q8 = scribe_reader_max(256, height),
                       .start = (int16_t)line->left, .end = (int16_t)line->right};
}

static int32_t baseline_at(const scribe_reader_line *line, int32_t x) {
  return line->baseline_q8 + (line->slope_q16 * x >> 8);
}

static bool belong_together(const scribe_reader_line *a, const scribe_reader_line *b) {
  const scribe_reader_line *left = a->start <= b->start ? a : b, *right = left == a ? b : a;
  const int32_t height = scribe_reader_max(a->height_q8, b->height_q8);
  const int32_t small = scribe_reader_min(a->height_q8, b->height_q8);
  const int32_t gap = (right->start - left->end) * 256;
  if (100 * small <= 55 * height || 10 * gap >= 24 * small || 10 * gap <= -6 * height) {
    return false;
  }
  const int32_t x = (left->end + right->start) / 2;
  const int32_t top =
      scribe_reader_max(baseline_at(a, x) - a->height_q8, baseline_at(b, x) - b->height_q8);
  const int32_t overlap = scribe_reader_min(baseline_at(a, x), baseline_at(b, x)) - top;
  return 10 * overlap > 6 * small;
}

/* Adds dots, commas and dashes to the line that they belong to. */
static void attach(const scribe_reader_components_work *work, scribe_reader_line *lines,
                   int32_t count) {
  int16_t starts[SCRIBE_READER_FOUND], ends[SCRIBE_READER_FOUND];
  for (int32_t k = 0; k < count; k++) starts[k] = lines[k].start;
  for (int32_t k = 0; k < count; k++) ends[k] = lines[k].end;
  for (uint16_t i = 0; i < work->count; i++) {
    const scribe_reader_component *c = work->all + i;
    if (c->kind != KIND_MARK) continue;
    const int32_t x = c->x + c->width / 2, y_q8 = 256 * c->y + 128 * c->height;
    int32_t best = -1, best_distance = 0;
    for (int32_t k = 0; k < count; k++) {
      const scribe_reader_line *line = lines + k;
      const int32_t height = line->height_q8;
      /* A dot is about an eighth of the height across; specks are smaller. */
      const int64_t least = (int64_t)height * height / 65536 * 4;
      if ((int64_t)c->area * 1000 < least || 512 * c->width >= 5 * height) continue;
      if (1280 * (starts[k] - x) >= 6 * height || 1280 * (x - ends[k]) >= 6 * height) continue;
      const int32_t over = baseline_at(line, x) - y_q8;
      if (10 * over >= 13 * height || 100 * over <= -35 * height) continue;
      const int32_t distance = scribe_reader_abs(over - height / 2) * 256 / height;
      if (best >= 0 && distance >= best_distance) continue;
      best = k;
      best_distance = distance;
    }
    if (best < 0) continue;
    starts[best] = (int16_t)scribe_reader_min(starts[best], c->x);
    ends[best] = (int16_t)scribe_reader_max(ends[best], right_of(c));
  }
  for (int32_t k = 0; k < count; k++) lines[k].start = starts[k];
  for (int32_t k = 0; k < count; k++) lines[k].end = ends[k];
}

void scribe_reader_find_lines(scribe_reader *reader, int polarity) {
  scribe_reader_components_work *work = &reader->work.components;
  classify(reader);
  chain(work);
  for (uint16_t i = 0; i < work->count; i++) {
    if (work->all[i].kind == KIND_BODY && work->all[i].chain == i) drop_outliers(work, i);
  }
  /* A chain's number is that of its first component; if that was dropped, the next one's. */
  for (uint16_t i = 0; i < work->count; i++) {
    if (work->all[i].kind == KIND_BODY || work->all[i].chain != i) continue;
    uint16_t name = SCRIBE_READER_NONE;
    for (uint16_t j = i; j < work->count; j++) {
      if (work->all[j].kind != KIND_BODY || work->all[j].chain != i) continue;
      if (name == SCRIBE_READER_NONE) name = j;
      work->all[j].chain = name;
    }
  }
  const int32_t common = common_slope(work);

  scribe_reader_line *lines = reader->found + reader->found_count;
  uint16_t chains[SCRIBE_READER_FOUND];
  /* Half of the room is for each polarity. */
  const int32_t room = SCRIBE_READER_FOUND / 2;
  int32_t count = 0;
  outline line;
  for (uint16_t i = 0; i < work->count; i++) {
    if (!is_in(work, i, i)) continue;
    trace(work, i, &line);
    const scribe_reader_line made = make_line(work, i, &line, common, reader);
    /* If there are too many, the shortest is dropped: text is wide. */
    int32_t at = count;
    if (count == room) {
      reader->counters.lines_dropped++;
      int32_t shortest = 0;
      for (int32_t k = 1; k < count; k++) {
        if (lines[k].end - lines[k].start < lines[shortest].end - lines[shortest].start) {
          shortest = k;
        }
      }
      if (made.end - made.start <= lines[shortest].end - lines[shortest].start) {
        continue;
      }
      at = shortest;
    } else {
      count++;
    }
    lines[at] = made;
    chains[at] = i;
  }
  for (int32_t i = 0; i < count; i++) {
    for (int32_t j = i + 1; j < count; j++) {
      if (!belong_together(lines + i, lines + j)) continue;
      const uint16_t kept = (uint16_t)scribe_reader_min(chains[i], chains[j]);
      const uint16_t other = (uint16_t)scribe_reader_max(chains[i], chains[j]);
      for (uint16_t k = other; k < work->count; k++) {
        if (work->all[k].chain == other) work->all[k].chain = kept;
      }
      trace(work, kept, &line);
      lines[i] = make_line(work, kept, &line, common, reader);
      chains[i] = kept;
      count--;
      lines[j] = lines[count];
      chains[j] = chains[count];
      i = -1;
      break;
    }
  }
  attach(work, lines, count);
  int32_t kept = 0;
  for (int32_t i = 0; i < count; i++) {
    if (lines[i].height_q8 < 256 * (LEAST_HEIGHT - 1)) continue;
    lines[kept] = lines[i];
    lines[kept++].polarity = (uint8_t)polarity;
  }
  reader->found_count = (uint16_t)(reader->found_count + kept);
}

#endif
