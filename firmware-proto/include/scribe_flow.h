/* scribe_flow.h: run a quantized network row by row, with a few rows of each layer in memory.
 *
 * Networks that find text look at whole pictures, and networks that read lines at lines of any
 * length: their activations don't fit a microcontroller's memory, but the rows that later rows
 * still need do. Rows go in as they come; each output row comes out as soon as all that it depends
 * on is there, with the same bits as on the host. A line is taken column by column: the exporter
 * has turned its network, so that columns are rows here.
 *
 * Example, with a header written by `scribe export-firmware --model finder -o finder.h`:
 *
 *     #include "finder.h"
 *
 *     static uint32_t arena[SCRIBE_FINDER_ARENA_WORDS];
 *     static scribe_flow flow;
 *
 *     static void take(void *context, const uint8_t *row, uint32_t number) { ... }
 *
 *     const scribe_flow_memory memory = {arena, SCRIBE_FINDER_ARENA_WORDS, 0, 0};
 *     const scribe_flow_output output = {take, 0};
 *     scribe_flow_begin(&flow, &scribe_finder, memory, 160, 128, output);
 *     for (uint32_t y = 0; y < 128; y++) scribe_flow_push(&flow, row(y));
 *
 * Values are activations, 0...255, as in scribe_net.h. Compile scribe_net.c,
 * scribe_net_filter.c, scribe_flow.c, scribe_model.c and scribe_crc32.c along; nothing is allocated.
 */
#ifndef SCRIBE_FLOW_H
#define SCRIBE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "scribe_model.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCRIBE_FLOW_MOST_LAYERS 24

/* Takes a row of the last layer's activations, channels innermost. */
typedef struct {
  void (*take)(void *context, const uint8_t *row, uint32_t number);
  void *context;
} scribe_flow_output;

/* Memory for rows, in up to two pieces: chips as the STM32F407 have theirs in several places.
 * `second` may be NULL. */
typedef struct {
  uint32_t *first;
  uint32_t first_words;
  uint32_t *second;
  uint32_t second_words;
} scribe_flow_memory;

/* A layer's rows on their way. */
typedef struct {
  uint8_t *slab;      /* the input rows that are still needed */
  uint32_t row_bytes; /* of one of them, with padding */
  uint16_t width, rows;         /* input in all, without padding */
  uint16_t out_width, out_rows; /* output in all */
  uint16_t pad_top, pad_left, pad_right;
  uint16_t capacity; /* rows of the slab */
  uint16_t held;     /* rows in the slab, with padding */
  uint16_t come;     /* input rows that came */
  uint16_t made;     /* output rows made */
  uint8_t *side;     /* join: the other layer's rows, and how many */
  uint16_t side_held, side_capacity;
} scribe_flow_stage;

typedef struct {
  const scribe_model *model;
  uint32_t *columns; /* scratch memory */
  uint8_t *out;      /* a stage's output rows */
  scribe_flow_output output;
  uint32_t *crcs; /* of each layer's output so far; NULL where nobody asks */
  scribe_flow_stage stages[SCRIBE_FLOW_MOST_LAYERS];
} scribe_flow;

/* Words of arena for rows of `width` positions, whatever their number; 0 for a model that isn't
 * made for rows. */
uint32_t scribe_flow_arena_words(const scribe_model *model, uint32_t width);

/* Begins a picture of `rows` rows of `width` positions. False if the model can't take that size
 * (`width` and `rows` must divide by the model's grain, see scribe_model.h) or the memory doesn't
 * hold it: scribe_flow_arena_words(model, width) words in one piece do, in two pieces up to the
 * largest layer's rows more. The memory must stay until the last row is out. */
bool scribe_flow_begin(scribe_flow *flow, const scribe_model *model, scribe_flow_memory memory,
                       uint32_t width, uint32_t rows, scribe_flow_output output);

/* Takes the next row. With the last one all output rows are out. Rows beyond are ignored. */
void scribe_flow_push(scribe_flow *flow, const uint8_t *row);

/* As scribe_model_selftest(), for models made for rows; `flow` is used for it, and memory for
 * `width` of the model. */
bool scribe_flow_selftest(scribe_flow *flow, const scribe_model *model, scribe_flow_memory memory,
                          scribe_model_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
