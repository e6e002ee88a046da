/* scribe_recognizer_parts.h: declarations that the stages of the recognizer share. Private.
 *
 * image -> finder -> places -> strip -> aligner -> place -> strip -> reader -> glyphs -> pattern or
 * agreement -> line
 *
 * Fractions are integers; names give the number of fractional bits: y_q8, slope_q16.
 */
#ifndef SCRIBE_RECOGNIZER_PARTS_H
#define SCRIBE_RECOGNIZER_PARTS_H

#include <string.h>

#include "scribe_numbers.h"
#include "scribe_recognizer.h"

enum { SCRIBE_STRIP_ROWS = 32 };

/* Images with a shorter side than this may be filled by text. */
enum { SCRIBE_RECOGNIZER_FILLED = 128 };

/* Cores with USUB8 and SEL, as scribe_net.h's kernels. */
#if !defined(SCRIBE_NET_PORTABLE) && defined(__GNUC__) && defined(__thumb2__) && \
    defined(__ARM_FEATURE_DSP)
#define SCRIBE_RECOGNIZER_DSP 1
#else
#define SCRIBE_RECOGNIZER_DSP 0
#endif

static inline bool scribe_is_set(const uint32_t *bits, uint32_t i) {
  return (bits[i / 32] >> (i % 32) & 1) != 0;
}

static inline int32_t scribe_times_q16(int64_t a, int32_t b_q16) {
  return (int32_t)((a * b_q16) >> 16);
}

/* 1 / sqrt(1 + slope^2). */
static inline int32_t scribe_cosine_q16(int32_t slope_q16) {
  const uint64_t squared = (uint64_t)((int64_t)slope_q16 * slope_q16);
  return (int32_t)(((uint64_t)1 << 32) / scribe_reader_root(((uint64_t)1 << 32) + squared));
}

/* scribe_recognizer_finder.c */

/* Words of arena for finding lines in an image; 0 for a model that can't. */
uint32_t scribe_recognizer_finder_words(const scribe_model *finder, uint16_t width,
                                        uint16_t height);
/* Finds the lines of the image, best first. False if the memory doesn't hold what that takes. */
bool scribe_recognizer_find_lines(scribe_recognizer *recognizer);
/* 255 / (1 + e^(-logit / 16)) for a logit of 0...127. */
uint8_t scribe_recognizer_probability(int32_t logit);

/* scribe_recognizer_places.c */

/* Keeps a found line unless it is another view of a better one; drops worse views of it. */
void scribe_recognizer_keep(scribe_recognizer *recognizer, const scribe_recognizer_place *line);
/* Joins found lines that are words of one. */
void scribe_recognizer_join_words(scribe_recognizer *recognizer);

/* scribe_recognizer_sample.c */

/* Takes the brightness of a line out of the image: rows of `width` values, at most
 * SCRIBE_RECOGNIZER_MAX_COLUMNS. Sets the place, its steps and its width. */
void scribe_recognizer_sample(scribe_recognizer *recognizer, const scribe_recognizer_place *line,
                              uint8_t *to);

/* scribe_recognizer_strip.c */

/* Words of arena while a line is drawn. */
uint32_t scribe_recognizer_drawing_words(void);
/* Draws a line: rows of `width` values at the arena's beginning, 0 paper and 255 ink. */
const uint8_t *scribe_recognizer_draw(scribe_recognizer *recognizer,
                                      const scribe_recognizer_place *line);

/* scribe_recognizer_align.c */

/* Fits the line that was drawn to its text. False if there is none. */
bool scribe_recognizer_align(scribe_recognizer *recognizer, const uint8_t *coverage,
                             scribe_recognizer_place *line);

/* scribe_recognizer_text.c */

/* Memory behind the coverage while the characters of a line are read. */
uint32_t scribe_recognizer_text_words(void);
/* Reads the characters of the line that was drawn. */
void scribe_recognizer_read_glyphs(scribe_recognizer *recognizer, const uint8_t *coverage);

/* scribe_recognizer_pattern.c */

/* Whether a pattern's tables are sound. */
bool scribe_recognizer_is_pattern(const scribe_pattern *pattern);
/* Whether some matching line has the character. */
bool scribe_recognizer_accepts(const scribe_pattern *pattern, uint8_t code);
/* Chooses among the options of each glyph, and among the glyphs, what matches the pattern; the arena
 * is free memory. False, and nothing changes, where nothing likely enough does. */
bool scribe_recognizer_match(scribe_recognizer *recognizer);

/* scribe_recognizer_agree.c */

/* Chooses among the options of each glyph by the whole line. */
void scribe_recognizer_agree(scribe_recognizer *recognizer);

/* scribe_recognizer_judge.c */

/* The glyphs as the last of the recognizer's lines, if they are credible text; `match` is one of
 * scribe_text.h. */
bool scribe_recognizer_judge(scribe_recognizer *recognizer, uint8_t match);
/* Drops lines that others overlap and puts the rest in reading order; `copy` is free memory. */
void scribe_recognizer_choose(scribe_recognizer *recognizer, void *copy);

/* scribe_recognizer.c */

/* Runs a network of columns over the coverage, filled up with paper to whole steps. */
void scribe_recognizer_feed(scribe_recognizer *recognizer, const scribe_model *model,
                            const uint8_t *coverage, scribe_flow_output output);

#endif
