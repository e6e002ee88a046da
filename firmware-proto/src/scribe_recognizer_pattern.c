/* Chooses among the options of a line's characters those that a pattern accepts, at the least cost.
 * The host does the same in PatternDecoder; its limits are those of CTCDecoder.
 *
 * Viterbi's algorithm over pairs of a character of the line and a state of the pattern. The gaps
 * between words are the least certain part of a line, so the pattern settles them. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_recognizer_parts.h"

enum { OPTIONS = SCRIBE_STRIP_OPTIONS, FIRST_CODE = ' ' };
/* Costs in 64ths of a natural logarithm, as those of options: of a space where none was seen or none
 * where one was, and of a character that isn't one, as borders are read as some (0.01). */
enum { SPACE_COST = 64, OMISSION_COST = 295 };
/* The most that a text may cost more than the likeliest one: 1.5, and 0.8 for each character. A
 * pattern chooses among possible characters, it doesn't make them up. */
enum { MOST_LOSS = 96, MOST_LOSS_EACH = 51 };

/* A way to read the line up to a character. */
typedef struct {
  uint16_t state;
  uint16_t cost;
  uint8_t origin; /* among the ways up to the character before */
  uint8_t option; /* OPTIONS: the character is none */
  bool space_before;
  bool inside : 1;  /* a character was read */
  bool gap : 1; /* a space was seen since */
} way;

/* Ways that are followed at once: as many as the memory for drawing a line holds, at most 64. */
enum {
  HELD = (int)(SCRIBE_RECOGNIZER_LEAST_WORDS * 4 / sizeof(way) /
               (SCRIBE_RECOGNIZER_CHARACTERS + 1)),
  MOST_WAYS = HELD < 64 ? HELD : 64
};

typedef struct {
  way *ways;
  int32_t count;
} layer;

static uint16_t next_of(const scribe_pattern *pattern, uint16_t state, uint8_t code) {
  return pattern->next[state * pattern->kind_count + pattern->kinds[code - FIRST_CODE]];
}

bool scribe_recognizer_accepts(const scribe_pattern *pattern, uint8_t code) {
  for (uint16_t state = 0; state < pattern->state_count; state++) {
    if (next_of(pattern, state, code) != SCRIBE_PATTERN_NOWHERE) return true;
  }
  return false;
}

bool scribe_recognizer_is_pattern(const scribe_pattern *pattern) {
  if (pattern->character_count != SCRIBE_PATTERN_CHARACTERS || pattern->state_count == 0 ||
      pattern->kind_count == 0) {
    return false;
  }
  for (uint32_t i = 0; i < SCRIBE_PATTERN_CHARACTERS; i++) {
    if (pattern->kinds[i] >= pattern->kind_count) return false;
  }
  const uint32_t size = (uint32_t)pattern->state_count * pattern->kind_count;
  for (uint32_t i = 0; i < size; i++) {
    const uint16_t next = pattern->next[i];
    if (next >= pattern->state_count && next != SCRIBE_PATTERN_NOWHERE) return false;
  }
  return true;
}

/* Notes a way, unless one that can go on alike costs no more. */
static void offer(layer *to, const way *next) {
  way *worst = to->ways;
  for (int32_t i = 0; i < to->count; i++) {
    way *known = to->ways + i;
    if (known->state == next->state && known->inside == next->inside && known->gap == next->gap) {
      if (next->cost < known->cost) *known = *next;
      return;
    }
    if (known->cost > worst->cost) worst = known;
  }
  if (to->count < MOST_WAYS) {
    to->ways[to->count++] = *next;
  } else if (next->cost < worst->cost) {
    *worst = *next;
  }
}

/* Follows a way by a character of the line. */
static void follow(const scribe_recognizer *r, const scribe_strip_glyph *glyph, const way *from,
                   uint8_t origin, layer *to) {
  const scribe_pattern *pattern = r->config.pattern;
  const bool gap = from->gap || (from->inside && glyph->space_before);
  way next = *from;
  next.origin = origin;
  next.option = OPTIONS;
  next.space_before = false;
  next.gap = gap;
  next.cost = (uint16_t)(from->cost + OMISSION_COST);
  offer(to, &next);
  const uint16_t spaced = from->inside ? next_of(pattern, from->state, ' ') : SCRIBE_PATTERN_NOWHERE;
  next.inside = true;
  next.gap = false;
  for (uint8_t k = 0; k < OPTIONS && (k == 0 || glyph->options[k].cost < 255); k++) {
    const uint8_t code = r->characters[glyph->options[k].label];
    const uint16_t cost = (uint16_t)(from->cost + glyph->options[k].cost);
    next.option = k;
    next.state = next_of(pattern, from->state, code);
    next.space_before = false;
    next.cost = (uint16_t)(cost + (gap ? SPACE_COST : 0));
    if (next.state != SCRIBE_PATTERN_NOWHERE) offer(to, &next);
    if (spaced == SCRIBE_PATTERN_NOWHERE) continue;
    next.state = next_of(pattern, spaced, code);
    next.space_before = true;
    next.cost = (uint16_t)(cost + (gap ? 0 : SPACE_COST));
    if (next.state != SCRIBE_PATTERN_NOWHERE) offer(to, &next);
  }
}

/* A glyph's option as a character, as certain as its shape is. */
static void choose(const scribe_recognizer *r, scribe_strip_glyph *glyph, uint8_t option) {
  const uint32_t shapes = r->shapes[glyph->options[option].label];
  uint32_t alike_q16 = 0;
  for (uint8_t k = 0; k < OPTIONS && glyph->options[k].cost < 255; k++) {
    const uint32_t share_q16 =
        scribe_reader_exp_q24((uint32_t)glyph->options[k].cost << 10) >> 8;
    if (k == option) glyph->confidence_q16 = (uint16_t)(share_q16 < 65535 ? share_q16 : 65535);
    if (k == option || (r->shapes[glyph->options[k].label] & shapes) != 0) alike_q16 += share_q16;
  }
  if (option != 0 && (r->shapes[glyph->options[0].label] & shapes) == 0) {
    glyph->certainty_q16 = (uint16_t)(alike_q16 < 65535 ? alike_q16 : 65535);
  }
  glyph->chosen = option;
  glyph->confidence = (uint8_t)((glyph->confidence_q16 * 255u + 32767u) / 65535u);
}

bool scribe_recognizer_match(scribe_recognizer *r) {
  const scribe_pattern *pattern = r->config.pattern;
  const int32_t count = r->glyph_count;
  way *ways = (way *)(void *)r->config.memory.first;
  uint8_t counts[SCRIBE_RECOGNIZER_CHARACTERS + 1];
  uint32_t likeliest = 0;
  memset(ways, 0, sizeof *ways);
  counts[0] = 1;
  for (int32_t i = 0; i < count; i++) {
    layer next = {ways + (i + 1) * MOST_WAYS, 0};
    for (int32_t k = 0; k < counts[i]; k++) {
      follow(r, r->glyphs + i, ways + i * MOST_WAYS + k, (uint8_t)k, &next);
    }
    counts[i + 1] = (uint8_t)next.count;
    likeliest += r->glyphs[i].options[0].cost;
  }
  const way *last = NULL;
  for (int32_t k = 0; k < counts[count]; k++) {
    const way *end = ways + count * MOST_WAYS + k;
    if (!end->inside || !pattern->accepting[end->state]) continue;
    if (last == NULL || end->cost < last->cost) last = end;
  }
  if (last == NULL) return false;
  int32_t kept = count, characters = 0;
  const way *at = last;
  for (int32_t i = count; i > 0; i--) {
    if (at->option < OPTIONS) characters++;
    at = ways + (i - 1) * MOST_WAYS + at->origin;
  }
  if (last->cost > likeliest + MOST_LOSS + MOST_LOSS_EACH * (uint32_t)characters) return false;
  /* Backwards: what is kept goes to the end, then to the beginning. */
  at = last;
  for (int32_t i = count; i > 0; i--) {
    if (at->option < OPTIONS) {
      scribe_strip_glyph *glyph = r->glyphs + --kept;
      *glyph = r->glyphs[i - 1];
      glyph->space_before = at->space_before;
      choose(r, glyph, at->option);
    }
    at = ways + (i - 1) * MOST_WAYS + at->origin;
  }
  memmove(r->glyphs, r->glyphs + kept, (size_t)characters * sizeof r->glyphs[0]);
  r->glyph_count = characters;
  return true;
}

#endif
