#include "scribe_model.h"

#include <string.h>

#include "serialscribe.h"

/* A CRC over numbers, independent of the byte order and padding of structs. */
typedef struct {
  uint32_t crc;
  uint8_t bytes[32];
  uint8_t count;
} digest;

static void flush(digest *d) {
  d->crc = scribe_crc32(d->crc, d->bytes, d->count);
  d->count = 0;
}

static void add(digest *d, uint32_t value) {
  if (d->count == sizeof d->bytes) flush(d);
  for (int i = 0; i < 4; i++) {
    d->bytes[d->count++] = (uint8_t)(value & 0xFFu);
    value >>= 8;
  }
}

static void add_text(digest *d, const char *text) {
  const size_t length = strlen(text);
  add(d, (uint32_t)length);
  flush(d);
  d->crc = scribe_crc32(d->crc, (const uint8_t *)text, length);
}

uint32_t scribe_model_layer_crc(const scribe_net_layer *layer) {
  digest d = {0};
  const uint32_t fields[] = {
      layer->kind,         layer->pooled,        layer->narrow,         layer->input_zero,
      layer->output_zero,  layer->low,           layer->kernel_height,  layer->kernel_width,
      layer->stride_height, layer->stride_width, layer->pad_top,        layer->pad_left,
      layer->input_height, layer->input_width,   layer->input_channels, layer->output_height,
      layer->output_width, layer->output_channels, layer->dilation_height,
      layer->dilation_width, layer->same,        layer->source,         layer->number,
      layer->output,       layer->scratch};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) add(&d, fields[i]);
  const uint32_t channels = (layer->output_channels + 1u) / 2 * 2;
  for (uint32_t c = 0; c < channels && layer->channels != NULL; c++) {
    add(&d, (uint32_t)layer->channels[c].bias);
    add(&d, (uint32_t)layer->channels[c].multiplier);
    add(&d, layer->channels[c].left | (uint32_t)layer->channels[c].right << 8);
  }
  const uint32_t words = layer->weights == NULL ? 0 : scribe_net_weight_words(layer);
  for (uint32_t i = 0; i < words; i++) add(&d, layer->weights[i]);
  for (uint32_t i = 0; i < 256 && layer->powers != NULL; i++) add(&d, (uint32_t)layer->powers[i]);
  flush(&d);
  if (layer->taps != NULL) {
    const size_t taps =
        (size_t)layer->kernel_height * layer->kernel_width * layer->output_channels;
    d.crc = scribe_crc32(d.crc, (const uint8_t *)layer->taps, taps);
  }
  if (layer->table != NULL) d.crc = scribe_crc32(d.crc, layer->table, 256);
  return d.crc;
}

static uint32_t model_crc(const scribe_model *model) {
  digest d = {0};
  uint32_t scale;
  memcpy(&scale, &model->logit_scale, 4);
  const uint32_t fields[] = {model->version,
                             model->label_count,
                             model->height,
                             model->width,
                             model->channels,
                             model->order,
                             model->grain,
                             model->layer_count,
                             (uint32_t)(int32_t)model->logit_zero_point,
                             scale,
                             model->arena_words};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) add(&d, fields[i]);
  for (uint32_t i = 0; i < model->layer_count; i++) add(&d, model->layer_crcs[i]);
  add_text(&d, model->name);
  add_text(&d, model->weights_sha256);
  for (uint32_t i = 0; i < model->label_count; i++) add_text(&d, model->labels[i]);
  flush(&d);
  return d.crc;
}

static void to_int8(const uint8_t *activations, int8_t *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = (int8_t)(activations[i] - 128);
}

void scribe_model_logits(const scribe_model *model, uint32_t *arena, const uint8_t *patch,
                         int8_t *logits) {
  to_int8(scribe_net_run(model->layers, model->layer_count, patch, arena), logits,
          model->label_count);
}

scribe_model_answer scribe_model_best(const scribe_model *model, const int8_t *logits) {
  uint16_t best = 0;
  int second = -128;
  for (uint16_t i = 1; i < model->label_count; i++) {
    if (logits[i] > logits[best]) {
      second = logits[best];
      best = i;
    } else if (logits[i] > second) {
      second = logits[i];
    }
  }
  const scribe_model_answer answer = {best, (uint16_t)(logits[best] - second),
                                      model->labels[best]};
  return answer;
}

uint32_t scribe_model_output_crc(uint32_t crc, const uint8_t *activations, size_t count) {
  int8_t values[32];
  while (count > 0) {
    const size_t some = count < sizeof values ? count : sizeof values;
    to_int8(activations, values, some);
    crc = scribe_crc32(crc, (const uint8_t *)values, some);
    activations += some;
    count -= some;
  }
  return crc;
}

bool scribe_model_note(scribe_model_failure *failure, scribe_model_fault fault, const char *where,
                       uint32_t layer, uint32_t vector, uint32_t expected, uint32_t found) {
  if (failure != NULL) {
    const scribe_model_failure it = {fault,          where,    (uint16_t)layer, (uint16_t)vector,
                                     expected, found};
    *failure = it;
  }
  return fault == SCRIBE_MODEL_SOUND;
}

static bool check_vector(const scribe_model *model, uint32_t *arena, uint32_t number,
                         scribe_model_failure *failure) {
  const scribe_model_vector *vector = model->vectors + number;
  const uint8_t *in = vector->patch;
  for (uint32_t i = 0; i < model->layer_count; i++) {
    const scribe_net_layer *layer = model->layers + i;
    uint8_t *out = (uint8_t *)(arena + layer->output);
    scribe_net_run_layer(layer, in, out, arena + layer->scratch);
    const size_t count =
        (size_t)layer->output_height * layer->output_width * layer->output_channels;
    const uint32_t crc = scribe_model_output_crc(0, out, count);
    if (crc != vector->layer_crcs[i]) {
      return scribe_model_note(failure, SCRIBE_MODEL_WRONG_OUTPUT, model->layer_names[i], i, number,
                  vector->layer_crcs[i], crc);
    }
    in = out;
  }
  const uint32_t expected = scribe_crc32(0, (const uint8_t *)vector->logits, model->label_count);
  const uint32_t found = scribe_model_output_crc(0, in, model->label_count);
  if (found != expected) {
    return scribe_model_note(failure, SCRIBE_MODEL_WRONG_OUTPUT, "logits", model->layer_count - 1u, number,
                expected, found);
  }
  return true;
}

bool scribe_model_check(const scribe_model *model, scribe_model_failure *failure) {
  if (model->version != SCRIBE_NET_VERSION) {
    return scribe_model_note(failure, SCRIBE_MODEL_OTHER_VERSION, "version", 0, 0,
                             SCRIBE_NET_VERSION, model->version);
  }
  const uint32_t crc = model_crc(model);
  if (crc != model->crc) {
    return scribe_model_note(failure, SCRIBE_MODEL_DAMAGED, "labels and shapes", 0, 0, model->crc,
                             crc);
  }
  for (uint32_t i = 0; i < model->layer_count; i++) {
    const uint32_t found = scribe_model_layer_crc(model->layers + i);
    if (found != model->layer_crcs[i]) {
      return scribe_model_note(failure, SCRIBE_MODEL_DAMAGED, model->layer_names[i], i, 0,
                               model->layer_crcs[i], found);
    }
  }
  return scribe_model_note(failure, SCRIBE_MODEL_SOUND, "", 0, 0, 0, 0);
}

bool scribe_model_selftest(const scribe_model *model, uint32_t *arena,
                           scribe_model_failure *failure) {
  if (!scribe_model_check(model, failure)) return false;
  if (model->order != SCRIBE_MODEL_AT_ONCE) {
    return scribe_model_note(failure, SCRIBE_MODEL_OTHER_ORDER, "order", 0, 0,
                             SCRIBE_MODEL_AT_ONCE, model->order);
  }
  for (uint32_t i = 0; i < model->vector_count; i++) {
    if (!check_vector(model, arena, i, failure)) return false;
  }
  return true;
}
