/* The best way through the pieces of a line.
 *
 * Every run of neighbouring pieces that may be a character is a step, scored by the logarithm of
 * the probability that it is a character of its best shape, once for each piece, so that few wide
 * characters and many narrow ones compete evenly. A piece may also be passed over as dirt. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_characters.h"
#include "scribe_reader_parts.h"

enum { WIDEST = 40, WIDEST_GAP = 9, LOW = 12 };
/* Costs in Q10: of two readings with like evidence the shorter one is right; dirt costs by its
 * width, and a gap inside a character by the gap's. */
enum { CHARACTER_COST = 205, DIRT_COST = 205, DIRT_COST_A_COLUMN = 154, GAP_COST_A_COLUMN = 100 };
enum { STATE_NONE, STATE_OPEN, STATE_ASKED };
enum { MOST_COST = 14000 };
enum { PATIENCE = 20, HALF_SURE = 128 };

static const char *const groups[] = {SCRIBE_SAME_SHAPE_GROUPS};

uint32_t scribe_reader_shapes(uint8_t character) {
  uint32_t shapes = 0;
  for (uint32_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    if (character != 0 && strchr(groups[i], character) != NULL) shapes |= (uint32_t)1 << i;
  }
  return shapes;
}

/* Cost of a share, - ln; shares below a millionth count as a millionth. */
static uint32_t cost_q16(uint32_t share, uint32_t total) {
  const uint32_t least = total / 1000000 + 1;
  return scribe_reader_ln_q16(total) - scribe_reader_ln_q16(share > least ? share : least);
}

/* Asks the network about the patch. */
static void ask(scribe_reader *reader, scribe_reader_step *answer, uint16_t *dirt) {
  scribe_reader_strip_work *work = &reader->work.strip;
  const scribe_model *model = reader->config.model;
  int8_t *logits = work->at.path.logits;
  scribe_model_logits(model, reader->config.arena, work->at.path.patch, logits);
  reader->counters.patches++;
  /* A network that ends with a softmax gives probabilities itself. */
  const bool shares = model->layers[model->layer_count - 1].kind == SCRIBE_NET_SOFTMAX;
  int32_t greatest = -128;
  for (uint16_t i = 0; i < model->label_count; i++)
    greatest = scribe_reader_max(greatest, logits[i]);
#define SHARE(i) (shares ? (uint32_t)(logits[i] + 128) : reader->powers_q22[greatest - logits[i]])
  uint32_t total = 0, none = 0, best = 0;
  int32_t label = -1;
  for (uint16_t i = 0; i < model->label_count; i++) {
    const uint32_t share = SHARE(i);
    total += share;
    if (reader->characters_of_labels[i] == 0) {
      none += share;
    } else if (share > best) {
      best = share;
      label = i;
    }
  }
  if (total == 0) total = 1;
  *answer = (scribe_reader_step){.state = label < 0 ? STATE_NONE : STATE_ASKED};
  *dirt = (uint16_t)(cost_q16(none, total) >> 6);
  if (label < 0) return;
  const uint32_t shapes = scribe_reader_shapes(reader->characters_of_labels[label]);
  uint32_t alike = 0;
  for (int32_t k = 0; k < SCRIBE_STRIP_OPTIONS; k++) answer->options[k].cost = 255;
  for (uint16_t i = 0; i < model->label_count; i++) {
    const uint8_t character = reader->characters_of_labels[i];
    const uint32_t share = SHARE(i);
    if (character == 0) continue;
    if (i == label || (shapes != 0 && scribe_reader_shapes(character) & shapes)) alike += share;
    if (50 * (uint64_t)share < best || share == 0) continue;
    const uint32_t cost = cost_q16(share, total) >> 10;
    scribe_strip_option option = {(uint8_t)i, (uint8_t)(cost < 254 ? cost : 254)};
    for (int32_t k = 0; k < SCRIBE_STRIP_OPTIONS; k++) {
      if (answer->options[k].cost <= option.cost) continue;
      const scribe_strip_option other = answer->options[k];
      answer->options[k] = option;
      option = other;
    }
  }
#undef SHARE
  answer->certainty = (uint8_t)((uint64_t)alike * 255 / total);
  answer->cost = (uint16_t)(cost_q16(alike, total) >> 6);
}

static scribe_strip_box joined(const scribe_strip_box *a, const scribe_strip_box *b) {
  const int32_t x = scribe_reader_min(a->x, b->x), y = scribe_reader_min(a->y, b->y);
  const int32_t right = scribe_reader_max(a->x + a->width, b->x + b->width);
  const int32_t bottom = scribe_reader_max(a->y + a->height, b->y + b->height);
  return (scribe_strip_box){(int16_t)x, (int16_t)y, (int16_t)(right - x), (int16_t)(bottom - y)};
}

/* The pieces first..<end in one box. */
static scribe_strip_box box_of(const scribe_reader_strip_work *work, int32_t first,
                                  int32_t end) {
  scribe_strip_box box = work->pieces[first];
  for (int32_t i = first + 1; i < end; i++) box = joined(&box, work->pieces + i);
  return box;
}

/* The gap between two neighbouring pieces: 0 if one is above the other, or cut off it. */
static int32_t gap_between(const scribe_strip_box *a, const scribe_strip_box *b) {
  return scribe_reader_clamp(b->x - (a->x + a->width), 0, WIDEST_GAP + 1);
}

/* Lists the steps first..<first + count that may be characters, each with its least cost. */
static void list_steps(scribe_reader_strip_work *work, int32_t first, int32_t count) {
  memset(work->at.path.steps, 0, sizeof work->at.path.steps);
  for (int32_t from = 0; from < count; from++) {
    scribe_strip_box box = work->pieces[first + from];
    int32_t gaps = 0;
    work->at.path.dirt[from] = 0;
    for (int32_t parts = 1; parts <= SCRIBE_READER_PARTS && from + parts <= count; parts++) {
      if (parts > 1) {
        const scribe_strip_box *next = work->pieces + first + from + parts - 1;
        const int32_t gap = gap_between(&box, next);
        if (gap > WIDEST_GAP) break;
        /* Two low marks may well be one character, such as a quote. */
        if (box.height > LOW || next->height > LOW) gaps += gap;
        box = joined(&box, next);
        if (box.width > WIDEST) break;
      }
      work->at.path.steps[from][parts - 1] =
          (scribe_reader_step){.state = STATE_OPEN, .cost = (uint16_t)(gaps * GAP_COST_A_COLUMN)};
    }
  }
}

void scribe_reader_show_pieces(scribe_reader *reader, int32_t first, int32_t end,
                               const scribe_reader_visitor *visitor, scribe_reader_cut cut) {
  scribe_reader_strip_work *work = &reader->work.strip;
  list_steps(work, first, end - first);
  for (int32_t from = 0; from < end - first; from++) {
    for (int32_t parts = 1; parts <= SCRIBE_READER_PARTS; parts++) {
      if (work->at.path.steps[from][parts - 1].state != STATE_OPEN) break;
      const scribe_strip_box box = box_of(work, first + from, first + from + parts);
      scribe_reader_make_patch(reader, first + from, first + from + parts, &box);
      cut.box = scribe_reader_image_box(reader, &box);
      cut.patch = work->at.path.patch;
      cut.pieces = (uint8_t)parts;
      visitor->visit(visitor->context, &cut);
    }
  }
}

/* Finds the best way by the costs known so far; unknown costs count as the least possible. */
static void find_way(scribe_reader_strip_work *work, int32_t count) {
  int32_t *costs = work->at.path.costs;
  for (int32_t at = 0; at <= count; at++) costs[at] = at == 0 ? 0 : INT32_MAX;
  for (int32_t from = 0; from < count; from++) {
    for (int32_t parts = 1; parts <= SCRIBE_READER_PARTS && from + parts <= count; parts++) {
      const scribe_reader_step *step = work->at.path.steps[from] + parts - 1;
      if (step->state == STATE_NONE) continue;
      const int32_t cost = costs[from] + CHARACTER_COST + step->cost;
      if (cost >= costs[from + parts]) continue;
      costs[from + parts] = cost;
      work->at.path.from[from + parts] = (uint8_t)from;
      work->at.path.skipped[from + parts] = false;
    }
    const int32_t cost = costs[from] + work->at.path.dirt[from];
    if (work->at.path.dirt[from] > 0 && cost < costs[from + 1]) {
      costs[from + 1] = cost;
      work->at.path.from[from + 1] = (uint8_t)from;
      work->at.path.skipped[from + 1] = true;
    }
  }
}

static void add_glyph(scribe_reader *reader, int32_t first, int32_t from, int32_t to) {
  scribe_reader_strip_work *work = &reader->work.strip;
  if (work->glyph_count == SCRIBE_READER_GLYPHS) {
    reader->counters.characters_dropped++;
    return;
  }
  const scribe_reader_step *step = work->at.path.steps[from] + (to - from - 1);
  scribe_strip_glyph *glyph = work->glyphs + work->glyph_count++;
  memset(glyph, 0, sizeof *glyph);
  glyph->box = box_of(work, first + from, first + to);
  glyph->place = scribe_reader_image_box(reader, &glyph->box);
  glyph->box.x = (int16_t)(glyph->box.x + work->first);
  glyph->certainty = step->certainty;
  memcpy(glyph->options, step->options, sizeof glyph->options);
}

bool scribe_reader_follow_pieces(scribe_reader *reader, int32_t first, int32_t end) {
  scribe_reader_strip_work *work = &reader->work.strip;
  const int32_t count = end - first;
  list_steps(work, first, count);
  /* The network is asked only about steps of the currently best way, until all of its steps are
   * known: then it is the best of all ways. */
  for (bool complete = false; !complete;) {
    find_way(work, count);
    complete = true;
    for (int32_t to = count; to > 0; to = work->at.path.from[to]) {
      const int32_t from = work->at.path.from[to];
      scribe_reader_step *step = work->at.path.steps[from] + (to - from - 1);
      if (work->at.path.skipped[to] || step->state == STATE_ASKED) continue;
      complete = false;
      if (reader->config.keep_on != NULL && !reader->config.keep_on(reader->config.context)) {
        reader->counters.gave_up = true;
        return false;
      }
      const scribe_strip_box box = box_of(work, first + from, first + to);
      const int32_t gaps = step->cost;
      uint16_t dirt;
      scribe_reader_make_patch(reader, first + from, first + to, &box);
      ask(reader, step, &dirt);
      /* In a line of text that many would be characters, however much dirt is on it. */
      work->asked++;
      work->answered += step->state == STATE_ASKED && step->certainty >= HALF_SURE;
      if (work->asked >= PATIENCE && work->answered * 8 < work->asked) {
        work->hopeless = true;
        work->glyph_count = 0;
        return true;
      }
      step->cost = (uint16_t)scribe_reader_min(MOST_COST * 4, (to - from) * step->cost + gaps);
      if (to - from == 1) {
        work->at.path.dirt[from] =
            (uint16_t)(dirt + DIRT_COST + DIRT_COST_A_COLUMN * box.width);
      }
    }
  }
  uint8_t ends[SCRIBE_READER_PIECES];
  int32_t steps = 0;
  for (int32_t to = count; to > 0; to = work->at.path.from[to]) ends[steps++] = (uint8_t)to;
  while (steps-- > 0) {
    const int32_t to = ends[steps];
    if (!work->at.path.skipped[to]) add_glyph(reader, first, work->at.path.from[to], to);
  }
  return true;
}

#endif
