/* scribe_model.h: read characters on the board, with the same bits as `scribe` on the host.
 *
 * Example, with a header written by `scribe export-firmware --model glyph -o glyph.h`:
 *
 *     #include "glyph.h"
 *
 *     static uint32_t arena[SCRIBE_GLYPH_ARENA_WORDS];
 *     static int8_t logits[SCRIBE_GLYPH_LABELS];
 *
 *     scribe_model_failure failure;
 *     if (!scribe_model_selftest(&scribe_glyph, arena, &failure)) halt(failure.where);
 *     for (;;) {
 *       scribe_model_logits(&scribe_glyph, arena, next_patch(), logits);
 *       const scribe_model_answer answer = scribe_model_best(&scribe_glyph, logits);
 *       if (answer.label[0] != '\0' && answer.margin >= 8) print(answer.label);
 *     }
 *
 * A patch is SCRIBE_GLYPH_PATCH_BYTES bytes, 0...255, rows top to bottom, channels innermost, and
 * is read in place. Compile scribe_net.c, scribe_model.c and scribe_crc32.c along; nothing else
 * is needed, nothing is allocated, and no state outlives a call. The arena may be used for other
 * things in between. The exported header may be included in several files, from C++ too: its first
 * lines tell how its data stay one.
 */
#ifndef SCRIBE_MODEL_H
#define SCRIBE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scribe_net.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An input with its results on the host and by TensorFlow Lite Micro. */
typedef struct {
  const uint8_t *patch;
  const uint32_t *layer_crcs; /* CRC-32 of each layer's int8 output */
  const int8_t *logits;
} scribe_model_vector;

typedef enum {
  SCRIBE_MODEL_AT_ONCE = 0,   /* a patch: scribe_model_logits() */
  SCRIBE_MODEL_BY_ROWS = 1,   /* a picture of any size, row by row: scribe_flow.h */
  SCRIBE_MODEL_BY_COLUMNS = 2 /* a line of any length, column by column: scribe_flow.h */
} scribe_model_order;

/* Written by `scribe export-firmware`. */
typedef struct {
  uint32_t version; /* SCRIBE_NET_VERSION at export */
  uint32_t crc;     /* of all that follows but the vectors */
  const char *name;
  const char *weights_sha256; /* of weights.bin on the host */
  const char *const *labels;  /* UTF-8; "" is "no character" */
  uint16_t label_count;
  /* Of a patch, or of the test vectors' picture: `height` rows, or columns for a line. */
  uint16_t height, width, channels;
  uint8_t order; /* scribe_model_order */
  uint8_t grain; /* rows, and for pictures widths, must be its multiples */
  uint16_t layer_count;
  uint16_t vector_count;
  int16_t logit_zero_point;
  float logit_scale; /* real = scale * (logit - zero point) */
  uint32_t arena_words; /* for `width` */
  const scribe_net_layer *layers;
  const char *const *layer_names;
  const uint32_t *layer_crcs; /* of shapes, weights and tables */
  const scribe_model_vector *vectors;
} scribe_model;

/* Stops the compiler where an array of an exported header was cut or added to. */
#define SCRIBE_MODEL_WHOLE(array, count) \
  typedef char array##_is_whole[sizeof(array) / sizeof(array)[0] == (count) ? 1 : -1]

/* Computes label_count int8 logits. Never fails: the model was checked when it was exported, and
 * by scribe_model_selftest(). `arena` has arena_words words. */
void scribe_model_logits(const scribe_model *model, uint32_t *arena, const uint8_t *patch,
                         int8_t *logits);

typedef struct {
  uint16_t index;
  uint16_t margin; /* difference of the greatest logit and the second, 0...255 */
  const char *label;
} scribe_model_answer;

/* The label with the greatest logit; of equal ones, the first. */
scribe_model_answer scribe_model_best(const scribe_model *model, const int8_t *logits);

typedef enum {
  SCRIBE_MODEL_SOUND = 0,
  SCRIBE_MODEL_OTHER_VERSION,  /* exported for another scribe_net.h: export it again */
  SCRIBE_MODEL_DAMAGED,        /* labels, shapes or a layer's weights are not those exported */
  SCRIBE_MODEL_WRONG_OUTPUT,   /* the data are right, yet a layer computes something else */
  SCRIBE_MODEL_OTHER_ORDER,    /* made for rows or columns: scribe_flow_selftest() checks it */
  SCRIBE_MODEL_NO_MEMORY       /* words that the test vectors need, and words that are there */
} scribe_model_fault;

typedef struct {
  scribe_model_fault fault;
  const char *where; /* the first layer that differs, or "labels and shapes"; "" if sound */
  uint16_t layer;    /* its place among the exported layers */
  uint16_t vector;   /* WRONG_OUTPUT: number of the test vector */
  uint32_t expected; /* CRC-32, or version */
  uint32_t found;
} scribe_model_failure;

/* Checks the CRC of the model's data, then computes its test vectors layer by layer. Worth a call
 * at start-up: a wrong flash image, linker script or compiler option shows here, and not in
 * readings. Nothing is computed with damaged data. True if all is well; `failure` may be NULL. */
bool scribe_model_selftest(const scribe_model *model, uint32_t *arena,
                           scribe_model_failure *failure);

/* The first part of that: the version and the CRC of the model's data. */
bool scribe_model_check(const scribe_model *model, scribe_model_failure *failure);

/* Notes a fault; true for SCRIBE_MODEL_SOUND alone. */
bool scribe_model_note(scribe_model_failure *failure, scribe_model_fault fault, const char *where,
                       uint32_t layer, uint32_t vector, uint32_t expected, uint32_t found);

/* CRC-32 of `count` activations as int8 values, going on from `crc`. */
uint32_t scribe_model_output_crc(uint32_t crc, const uint8_t *activations, size_t count);

/* CRC-32 of a layer's shapes, weights and tables, as in layer_crcs. */
uint32_t scribe_model_layer_crc(const scribe_net_layer *layer);

#ifdef __cplusplus
}
#endif

#endif
