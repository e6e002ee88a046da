/* Finds the lines of text in an image: a network tells for each half of a cell of 8 x 8 pixels
 * whether the core of a line runs through it, and how that line lies; cells that agree make a line.
 * The host does the same in TextFinder, FinderCells and FoundLine.
 *
 * The network sees the image at half its size: print of board cameras is 12 pixels and more, and a
 * quarter of the work remains. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_recognizer_parts.h"

enum {
  CHANNELS = 8, /* of half a cell */
  DARK, LIGHT, HEIGHT, X_HEIGHT, BASELINE, SLOPE, START, END,
  BORDER = 16,       /* mirrored pixels around a cut-out: text that fills it has no paper around */
  LEAST_HALVED = 48, /* shorter side of an image that is halved */
  MOST_WHOLE = 128, /* width of one that is not: with its border it takes no more memory than QVGA */
  WIDEST_GAP = 2,    /* cells without text between neighbours in a line */
  TYPICAL_Q8 = 14 * 256, /* the height that a logit of 0 stands for */
  OCTAVE = 64,       /* units of an octave of height */
  ALIKE = 22,        /* largest difference of neighbours' heights, in these: 0.35 octaves */
  LEAST_SCORE = 153, /* 0.6 */
  SMALLEST = -41, LARGEST = 42 /* 9 and 22 pixels: heights that the network is best at, in octaves */
};

/* The logits' order in the model. */
#define CHANNEL(name) ((name) - DARK)

/* Gray values as the network takes them: on this scale the light of a picture is an offset.
 * 255 ln(1 + gray / 24) / ln(1 + 255 / 24). */
static const uint8_t tones[256] = {
    0, 4, 8, 12, 16, 20, 23, 27, 30, 33, 36, 39, 42, 45, 48, 50, 53, 56, 58, 61, 63, 65, 68, 70,
    72, 74, 76, 78, 80, 82, 84, 86, 88, 90, 92, 93, 95, 97, 99, 100, 102, 104, 105, 107, 108,
    110, 111, 113, 114, 116, 117, 118, 120, 121, 123, 124, 125, 126, 128, 129, 130, 131, 133,
    134, 135, 136, 137, 139, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 151, 152,
    153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166, 166, 167, 168, 169,
    170, 171, 172, 172, 173, 174, 175, 176, 176, 177, 178, 179, 180, 180, 181, 182, 183, 183,
    184, 185, 186, 186, 187, 188, 188, 189, 190, 190, 191, 192, 193, 193, 194, 195, 195, 196,
    197, 197, 198, 198, 199, 200, 200, 201, 202, 202, 203, 204, 204, 205, 205, 206, 207, 207,
    208, 208, 209, 209, 210, 211, 211, 212, 212, 213, 213, 214, 215, 215, 216, 216, 217, 217,
    218, 218, 219, 219, 220, 220, 221, 221, 222, 222, 223, 223, 224, 224, 225, 225, 226, 226,
    227, 227, 228, 228, 229, 229, 230, 230, 231, 231, 232, 232, 233, 233, 234, 234, 234, 235,
    235, 236, 236, 237, 237, 238, 238, 238, 239, 239, 240, 240, 241, 241, 241, 242, 242, 243,
    243, 244, 244, 244, 245, 245, 246, 246, 246, 247, 247, 248, 248, 248, 249, 249, 250, 250,
    250, 251, 251, 252, 252, 252, 253, 253, 253, 254, 254, 255, 255};

/* 2^(i / 64) in Q14. */
static const uint16_t powers_q14[OCTAVE] = {
    16384, 16562, 16743, 16925, 17109, 17296, 17484, 17674, 17867, 18061, 18258, 18457, 18658,
    18861, 19066, 19274, 19484, 19696, 19911, 20127, 20347, 20568, 20792, 21019, 21247, 21479,
    21713, 21949, 22188, 22430, 22674, 22921, 23170, 23423, 23678, 23936, 24196, 24460, 24726,
    24995, 25268, 25543, 25821, 26102, 26386, 26674, 26964, 27258, 27554, 27855, 28158, 28464,
    28774, 29088, 29405, 29725, 30048, 30376, 30706, 31041, 31379, 31720, 32066, 32415};

/* 255 / (1 + e^(-i / 16)). */
static const uint8_t probabilities[128] = {
    128, 131, 135, 139, 143, 147, 151, 155, 159, 162, 166, 170, 173, 177, 180, 183, 186, 190,
    193, 195, 198, 201, 204, 206, 208, 211, 213, 215, 217, 219, 221, 223, 225, 226, 228, 229,
    231, 232, 233, 235, 236, 237, 238, 239, 240, 241, 241, 242, 243, 244, 244, 245, 245, 246,
    247, 247, 248, 248, 248, 249, 249, 249, 250, 250, 250, 251, 251, 251, 251, 252, 252, 252,
    252, 252, 253, 253, 253, 253, 253, 253, 253, 253, 253, 254, 254, 254, 254, 254, 254, 254,
    254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255};

uint8_t scribe_recognizer_probability(int32_t logit) { return probabilities[logit]; }

/* MARK: The picture */

typedef struct {
  const scribe_reader_image *image;
  uint32_t stride;
  int32_t border, level;
  int32_t width, height; /* at that level, without filling */
  int32_t wide, tall;    /* with filling, whole cells of the coarsest layer */
} picture;

static picture picture_of(const scribe_reader_image *image, uint32_t grain) {
  picture p;
  const int32_t shorter = scribe_reader_min(image->width, image->height);
  p.image = image;
  p.stride = image->stride == 0 ? image->width : image->stride;
  p.border = shorter < SCRIBE_RECOGNIZER_FILLED ? BORDER : 0;
  p.level = shorter < LEAST_HALVED && image->width <= MOST_WHOLE ? 0 : 1;
  p.width = (image->width + 2 * p.border + p.level) >> p.level;
  p.height = (image->height + 2 * p.border + p.level) >> p.level;
  p.wide = (p.width + (int32_t)grain - 1) / (int32_t)grain * (int32_t)grain;
  p.tall = (p.height + (int32_t)grain - 1) / (int32_t)grain * (int32_t)grain;
  return p;
}

/* The place of a mirrored pixel for a place outside 0..<count. */
static int32_t mirrored(int32_t i, int32_t count) {
  if (count < 2) return 0;
  const int32_t period = 2 * (count - 1);
  i %= period;
  if (i < 0) i += period;
  return i < count ? i : period - i;
}

/* A row of the picture in tones. */
static void make_row(const picture *p, int32_t y, uint8_t *to) {
  y = mirrored(y, p->height);
  const int32_t w = p->image->width, h = p->image->height, b = p->border;
  if (p->level == 0) {
    const uint8_t *row = p->image->gray + (uint32_t)mirrored(y - b, h) * p->stride;
    for (int32_t x = 0; x < p->width; x++) to[x] = tones[row[mirrored(x - b, w)]];
  } else {
    /* An odd last row or column counts twice. */
    const int32_t second = 2 * y + 1 < h + 2 * b ? 2 * y + 1 : 2 * y;
    const uint8_t *a = p->image->gray + (uint32_t)mirrored(2 * y - b, h) * p->stride;
    const uint8_t *c = p->image->gray + (uint32_t)mirrored(second - b, h) * p->stride;
    for (int32_t x = 0; x < p->width; x++) {
      int32_t left = 2 * x, right = 2 * x + 1 < w + 2 * b ? 2 * x + 1 : 2 * x;
      if (b > 0) left = mirrored(left - b, w), right = mirrored(right - b, w);
      to[x] = tones[(a[left] + a[right] + c[left] + c[right] + 2) >> 2];
    }
  }
  for (int32_t x = p->width; x < p->wide; x++) to[x] = to[mirrored(x, p->width)];
}

/* MARK: Cells */

/* Half a cell through which a line's core runs, in pixels of the picture. */
typedef struct {
  int32_t x_q8, y_q8; /* its foot on the baseline */
  int32_t left_q8, right_q8; /* ends of the text as far as it tells */
  int32_t slope_q16, height_q8;
  int16_t column;
  int8_t octave;
  uint8_t probability;
} cell;

typedef struct {
  const int8_t *logits; /* [row][column][2][CHANNELS] */
  int32_t rows, columns;
  cell *cells;
  int32_t count, capacity;
  uint16_t *queue; /* of the group that is being gathered */
  uint8_t *state;  /* 0 waiting, 1 in a group */
} cell_map;

static int32_t exp2_q8(int32_t octaves) {
  const int32_t whole = octaves >= 0 ? octaves / OCTAVE : -((OCTAVE - 1 - octaves) / OCTAVE);
  const int64_t height = (int64_t)TYPICAL_Q8 * powers_q14[octaves - whole * OCTAVE];
  return (int32_t)(whole >= 0 ? height << whole >> 14 : height >> (14 - whole));
}

static cell cell_at(const int8_t *l, int32_t column, int32_t row, int32_t probability) {
  cell c;
  c.column = (int16_t)column;
  c.octave = l[CHANNEL(HEIGHT)];
  c.probability = (uint8_t)probability;
  c.height_q8 = exp2_q8(c.octave);
  c.slope_q16 = l[CHANNEL(SLOPE)] * 2048 / 3;
  const int32_t cosine = scribe_cosine_q16(c.slope_q16);
  const int32_t down = scribe_times_q16((l[CHANNEL(BASELINE)] + 64) * c.height_q8 >> 7, cosine);
  c.x_q8 = 2048 * column + 1024 - scribe_times_q16(down, c.slope_q16);
  c.y_q8 = 1024 * row + 512 + down;
  c.left_q8 = c.x_q8 - scribe_times_q16((l[CHANNEL(START)] + 72) * 128 / 3, cosine);
  c.right_q8 = c.x_q8 + scribe_times_q16((l[CHANNEL(END)] + 72) * 128 / 3, cosine);
  return c;
}

/* The cells of a polarity, column by column, from above. Returns those without room. */
static uint32_t find_cells(cell_map *map, bool light) {
  uint32_t dropped = 0;
  map->count = 0;
  for (int32_t column = 0; column < map->columns; column++) {
    for (int32_t row = 0; row < 2 * map->rows; row++) {
      const int8_t *l =
          map->logits + ((row / 2 * map->columns + column) * 2 + row % 2) * CHANNELS;
      const int32_t mine = light ? l[CHANNEL(LIGHT)] : l[CHANNEL(DARK)];
      if (mine <= 0 || (light ? l[CHANNEL(DARK)] >= mine : l[CHANNEL(LIGHT)] > mine)) continue;
      if (map->count == map->capacity) {
        dropped++;
        continue;
      }
      map->state[map->count] = 0;
      map->cells[map->count++] = cell_at(l, column, row, probabilities[mine]);
    }
  }
  return dropped;
}

static bool agree(const cell *a, const cell *b) {
  if (scribe_reader_abs(a->octave - b->octave) > ALIKE) return false;
  const int32_t slope = (a->slope_q16 + b->slope_q16) / 2;
  const int32_t off = a->y_q8 - b->y_q8 - scribe_times_q16(a->x_q8 - b->x_q8, slope);
  return 20 * scribe_reader_abs(off) <= 7 * scribe_reader_min(a->height_q8, b->height_q8);
}

/* Gathers the cells connected with `first` into the queue. Returns how many. */
static int32_t gather(cell_map *map, int32_t first) {
  int32_t count = 1;
  map->queue[0] = (uint16_t)first;
  map->state[first] = 1;
  for (int32_t next = 0; next < count; next++) {
    const cell *here = map->cells + map->queue[next];
    int32_t k = map->queue[next];
    while (k > 0 && map->cells[k - 1].column >= here->column - WIDEST_GAP - 1) k--;
    for (; k < map->count && map->cells[k].column <= here->column + WIDEST_GAP + 1; k++) {
      if (map->state[k] != 0 || !agree(here, map->cells + k)) continue;
      map->state[k] = 1;
      map->queue[count++] = (uint16_t)k;
    }
  }
  return count;
}

/* The octave at which half of the weight is reached. */
static int32_t median_octave(const cell_map *map, int32_t count, int64_t total) {
  int32_t octave = -128;
  for (int64_t seen = 0;;) {
    int32_t next = 127;
    int64_t weight = 0;
    for (int32_t i = 0; i < count; i++) {
      const cell *c = map->cells + map->queue[i];
      if (c->octave < octave) continue;
      if (c->octave < next) next = c->octave, weight = 0;
      if (c->octave == next) weight += c->probability;
    }
    seen += weight;
    if (2 * seen >= total || next == 127) return next;
    octave = next + 1;
  }
}

/* No cell's probability is 0, so no sum of them is; analyzers can't know. */
static int64_t positive(int64_t sum) { return sum > 0 ? sum : 1; }

/* The line through the baselines of the cells in the queue. */
static scribe_recognizer_place line_through(const cell_map *map, int32_t count, bool light) {
  int64_t total = 0, x = 0, y = 0, slope = 0, across = 0, rise = 0;
  int32_t first = INT32_MAX, last = 0;
  for (int32_t i = 0; i < count; i++) {
    const cell *c = map->cells + map->queue[i];
    total += c->probability;
    x += (int64_t)c->probability * c->x_q8;
    y += (int64_t)c->probability * c->y_q8;
    slope += (int64_t)c->probability * c->slope_q16;
    first = scribe_reader_min(first, c->column);
    last = scribe_reader_max(last, c->column);
  }
  total = positive(total);
  x /= total, y /= total, slope /= total;
  int64_t start = 0, stop = 0, start_weight = 0, stop_weight = 0;
  for (int32_t i = 0; i < count; i++) {
    const cell *c = map->cells + map->queue[i];
    across += c->probability * ((c->x_q8 - x) * (c->x_q8 - x));
    rise += c->probability * ((c->x_q8 - x) * (c->y_q8 - y));
    if (c->column <= first + 1) {
      start += (int64_t)c->probability * c->left_q8;
      start_weight += c->probability;
    }
    if (c->column >= last - 1) {
      stop += (int64_t)c->probability * c->right_q8;
      stop_weight += c->probability;
    }
  }
  /* The cells' own slopes weigh as 30 square pixels beside the course of their baselines. */
  enum { PRIOR = 30 };
  across = across / total + ((int64_t)PRIOR << 16);
  rise = rise / total + PRIOR * slope;
  const int32_t octave = median_octave(map, count, total);
  scribe_recognizer_place line;
  line.light = light;
  line.stretch_q8 = 256;
  line.slope_q16 = (int32_t)(rise * 65536 / across);
  line.baseline_q8 = (int32_t)(y - scribe_times_q16(x, line.slope_q16));
  line.height_q8 = exp2_q8(octave);
  line.start_q8 = (int32_t)(start / positive(start_weight));
  line.end_q8 = scribe_reader_max(line.start_q8, (int32_t)(stop / positive(stop_weight)));
  line.score = (uint8_t)(total / count);
  const int32_t off = scribe_reader_max(0, scribe_reader_max(SMALLEST - octave, octave - LARGEST));
  line.rank = (int16_t)(line.score - 2 * off);
  return line;
}

/* MARK: Lines */

/* From the picture to the image. Ends near a cut-out's border reach to it: a character that the
 * border cuts is easily missed there. */
static void place_in_image(scribe_recognizer_place *line, const picture *p) {
  const int32_t by = p->border * 256, width = p->image->width * 256;
  line->baseline_q8 = (int32_t)((uint32_t)line->baseline_q8 << p->level);
  line->height_q8 <<= p->level;
  line->start_q8 = (int32_t)((uint32_t)line->start_q8 << p->level) - by;
  line->end_q8 = (int32_t)((uint32_t)line->end_q8 << p->level) - by;
  line->baseline_q8 += scribe_times_q16(by, line->slope_q16) - by;
  if (p->border == 0) return;
  if (10 * line->start_q8 < 7 * line->height_q8) {
    line->start_q8 = scribe_reader_min(line->start_q8, 0);
  }
  if (10 * (width - line->end_q8) < 7 * line->height_q8) {
    line->end_q8 = scribe_reader_max(line->end_q8, width);
  }
}

/* MARK: All of it */

typedef struct {
  int8_t *logits;
  uint32_t bytes; /* of a row */
} logit_rows;

static void take(void *context, const uint8_t *row, uint32_t number) {
  const logit_rows *rows = (const logit_rows *)context;
  int8_t *to = rows->logits + number * rows->bytes;
  for (uint32_t i = 0; i < rows->bytes; i++) to[i] = (int8_t)(row[i] - 128);
}

/* Words for the logits, behind the network's own. */
static uint32_t logit_words(const picture *p) {
  return ((uint32_t)(p->wide / 8) * (uint32_t)(p->tall / 8) * 2 * CHANNELS + 3) / 4;
}

uint32_t scribe_recognizer_finder_words(const scribe_model *finder, uint16_t width,
                                        uint16_t height) {
  const scribe_reader_image image = {NULL, width, height, 0};
  const picture p = picture_of(&image, finder->grain);
  const uint32_t words = scribe_flow_arena_words(finder, (uint32_t)p.wide);
  return words == 0 ? 0 : words + logit_words(&p) + ((uint32_t)p.wide + 3) / 4;
}

/* Takes words off a piece of memory, from its end. NULL if it has fewer. */
static uint32_t *take_off(uint32_t *piece, uint32_t *piece_words, uint32_t count) {
  if (piece == NULL || *piece_words < count) return NULL;
  *piece_words -= count;
  return piece + *piece_words;
}

bool scribe_recognizer_find_lines(scribe_recognizer *r) {
  const scribe_model *finder = r->config.finder;
  const picture p = picture_of(&r->image, finder->grain);
  scribe_flow_memory memory = r->config.memory;
  const uint32_t logits = logit_words(&p), kept = logits + ((uint32_t)p.wide + 3) / 4;
  uint32_t *place = take_off(memory.second, &memory.second_words, kept);
  if (place == NULL) place = take_off(memory.first, &memory.first_words, kept);
  if (place == NULL) return false;
  logit_rows rows = {(int8_t *)place, (uint32_t)(p.wide / 8) * 2 * CHANNELS};
  uint8_t *row = (uint8_t *)(place + logits);
  const scribe_flow_output output = {take, &rows};
  r->found_count = 0;
  if (!scribe_flow_begin(&r->flow, finder, memory, (uint32_t)p.wide, (uint32_t)p.tall, output)) {
    return false;
  }
  for (int32_t y = 0; y < p.tall; y++) {
    make_row(&p, y, row);
    scribe_flow_push(&r->flow, row);
  }
  /* The network's memory is free now. */
  cell_map map;
  map.logits = rows.logits;
  map.rows = p.tall / 8;
  map.columns = p.wide / 8;
  map.capacity =
      (int32_t)(4 * memory.first_words / (sizeof(cell) + sizeof(uint16_t) + 1));
  if (map.capacity > 2 * map.rows * map.columns) map.capacity = 2 * map.rows * map.columns;
  if (map.capacity > UINT16_MAX) map.capacity = UINT16_MAX; /* as the queue counts them */
  map.cells = (cell *)(void *)memory.first;
  map.queue = (uint16_t *)(void *)(map.cells + map.capacity);
  map.state = (uint8_t *)(map.queue + map.capacity);
  for (int32_t polarity = 0; polarity < 2; polarity++) {
    r->counters.cells_dropped += find_cells(&map, polarity == 1);
    for (int32_t i = 0; i < map.count; i++) {
      if (map.state[i] != 0) continue;
      const int32_t count = gather(&map, i);
      const scribe_recognizer_place line = line_through(&map, count, polarity == 1);
      if (line.score >= LEAST_SCORE) scribe_recognizer_keep(r, &line);
    }
  }
  scribe_recognizer_join_words(r);
  for (int32_t i = 0; i < r->found_count; i++) place_in_image(r->found + i, &p);
  r->counters.lines_found = (uint32_t)r->found_count;
  return true;
}

#endif
