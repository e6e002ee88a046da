/* A network row by row (scribe_flow.h).
 *
 * Each layer owns a slab: the input rows that its next output rows need, with padding around them.
 * Rows that no output needs any more are moved out, so that a kernel's rows always lie at one
 * distance and the kernels of scribe_net.c read them in place. */
#include "scribe_flow.h"

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include <string.h>

#include "scribe_net_parts.h"
#include "serialscribe.h"

/* Output rows that are made at once: the kernels compute four positions, and a row of a line's last
 * layers has but one. */
static uint32_t batch_of(uint32_t out_width) { return out_width == 1 ? 4 : 1; }

/* The same for any layer: a join doubles rows. */
static uint32_t rows_at_once(const scribe_net_layer *layer, uint32_t out_width) {
  return layer->kind == SCRIBE_NET_JOIN ? 2 : batch_of(out_width);
}

static uint32_t words(uint32_t bytes) { return (bytes + 3) / 4; }

static uint32_t reach(uint32_t kernel, uint32_t dilation) { return (kernel - 1) * dilation + 1; }

/* Output rows or columns, and the padding before and behind. */
static uint32_t sized(uint32_t input, uint32_t reached, uint32_t stride, bool same,
                      uint16_t *before, uint16_t *behind) {
  const uint32_t out = same ? (input + stride - 1) / stride
                            : input < reached ? 0 : (input - reached) / stride + 1;
  const uint32_t needed = out == 0 ? 0 : (out - 1) * stride + reached;
  const uint32_t missing = same && needed > input ? needed - input : 0;
  *before = (uint16_t)(missing / 2);
  *behind = (uint16_t)(missing - missing / 2);
  return out;
}

/* The rows of layer `source` that may come before the first row of join `join` is made: as many as
 * that needs, and where a layer between makes several at once as those need. */
static uint32_t lag(const scribe_flow *flow, uint32_t source, uint32_t join) {
  uint32_t rows = 1;
  for (uint32_t i = join; i-- > source + 1;) {
    const scribe_net_layer *layer = flow->model->layers + i;
    const scribe_flow_stage *stage = flow->stages + i;
    const uint32_t made = rows + batch_of(stage->out_width) - 1;
    rows = (made - 1) * layer->stride_height +
           reach(layer->kernel_height, layer->dilation_height) - stage->pad_top;
  }
  return rows;
}

/* Memory that is given away piece by piece, or only counted. */
typedef struct {
  scribe_flow_memory left;
  uint32_t words; /* given so far */
  bool counts;    /* there is no memory yet */
  bool full;
} store;

static uint32_t *give(store *from, uint32_t count) {
  from->words += count;
  if (from->counts) return NULL;
  uint32_t *piece = NULL;
  if (count <= from->left.first_words) {
    piece = from->left.first;
    from->left.first += count;
    from->left.first_words -= count;
  } else if (from->left.second != NULL && count <= from->left.second_words) {
    piece = from->left.second;
    from->left.second += count;
    from->left.second_words -= count;
  } else {
    from->full = true;
  }
  return piece;
}

/* Shapes and places of a layer's rows. */
static void place(scribe_flow *flow, uint32_t i, uint32_t width, uint32_t rows, store *from) {
  const scribe_net_layer *layer = flow->model->layers + i;
  scribe_flow_stage *stage = flow->stages + i;
  memset(stage, 0, sizeof *stage);
  stage->width = (uint16_t)width;
  stage->rows = (uint16_t)rows;
  const uint32_t before = i == 0 ? 1 : rows_at_once(layer - 1, flow->stages[i - 1].out_width);
  if (layer->kind == SCRIBE_NET_JOIN) {
    const uint32_t channels = layer->output_channels - layer->input_channels;
    stage->out_width = (uint16_t)(2 * width);
    stage->out_rows = (uint16_t)(2 * rows);
    stage->row_bytes = width * layer->input_channels;
    stage->capacity = (uint16_t)before;
    stage->slab = (uint8_t *)give(from, words(stage->capacity * stage->row_bytes));
    stage->side_capacity = (uint16_t)(lag(flow, layer->source, i) + 2);
    stage->side =
        (uint8_t *)give(from, words(stage->side_capacity * stage->out_width * channels));
    return;
  }
  const uint32_t high = reach(layer->kernel_height, layer->dilation_height);
  const uint32_t wide = reach(layer->kernel_width, layer->dilation_width);
  uint16_t behind;
  stage->out_rows =
      (uint16_t)sized(rows, high, layer->stride_height, layer->same, &stage->pad_top, &behind);
  stage->out_width = (uint16_t)sized(width, wide, layer->stride_width, layer->same,
                                     &stage->pad_left, &stage->pad_right);
  stage->row_bytes = (stage->pad_left + width + stage->pad_right) * layer->input_channels;
  const uint32_t batch = batch_of(stage->out_width);
  stage->capacity = (uint16_t)((batch - 1) * layer->stride_height + high - 1 + before);
  stage->slab = (uint8_t *)give(from, words(stage->capacity * stage->row_bytes));
}

/* Lays out the memory for `rows` rows of `width`. False where that can't be. */
static bool lay_out(scribe_flow *flow, uint32_t width, uint32_t rows, store *from) {
  const scribe_model *model = flow->model;
  uint32_t columns = 0, out = 0;
  if (model->order == SCRIBE_MODEL_AT_ONCE || model->layer_count > SCRIBE_FLOW_MOST_LAYERS ||
      width == 0 || rows == 0 || width > 4096 || rows > 0x7FFF || rows % model->grain != 0 ||
      (model->order == SCRIBE_MODEL_BY_ROWS ? width % model->grain != 0
                                            : width != model->width)) {
    return false;
  }
  for (uint32_t i = 0; i < model->layer_count; i++) {
    const scribe_net_layer *layer = model->layers + i;
    place(flow, i, width, rows, from);
    const scribe_flow_stage *stage = flow->stages + i;
    width = stage->out_width;
    rows = stage->out_rows;
    if (width == 0 || rows == 0) return false;
    const uint32_t made = rows_at_once(layer, width);
    if (made * width * layer->output_channels > out) out = made * width * layer->output_channels;
    if (layer->kind == SCRIBE_NET_CONV2D && 4 * scribe_net_column_words(layer) > columns) {
      columns = 4 * scribe_net_column_words(layer);
    }
  }
  flow->columns = give(from, columns);
  flow->out = (uint8_t *)give(from, words(out));
  return !from->full;
}

uint32_t scribe_flow_arena_words(const scribe_model *model, uint32_t width) {
  scribe_flow flow;
  store from;
  memset(&from, 0, sizeof from);
  from.counts = true;
  flow.model = model;
  return lay_out(&flow, width, 8u * model->grain, &from) ? from.words : 0;
}

/* Puts a row of padding into a stage's slab. */
static void pad(scribe_flow *flow, uint32_t i) {
  scribe_flow_stage *stage = flow->stages + i;
  memset(stage->slab + stage->held * stage->row_bytes,
         flow->model->layers[i].input_zero, stage->row_bytes);
  stage->held++;
}

/* Puts rows into a stage's slab. */
static void add(scribe_flow *flow, uint32_t i, const uint8_t *rows, uint32_t count) {
  const scribe_net_layer *layer = flow->model->layers + i;
  scribe_flow_stage *stage = flow->stages + i;
  const uint32_t channels = layer->input_channels, bytes = stage->width * channels;
  const uint32_t left = stage->pad_left * channels, right = stage->pad_right * channels;
  uint8_t *to = stage->slab + stage->held * stage->row_bytes;
  for (uint32_t row = 0; row < count; row++, rows += bytes, to += stage->row_bytes) {
    memset(to, layer->input_zero, left);
    memcpy(to + left, rows, bytes);
    memset(to + left + bytes, layer->input_zero, right);
  }
  stage->held = (uint16_t)(stage->held + count);
  stage->come = (uint16_t)(stage->come + count);
}

/* Moves rows that nothing needs any more out of memory. */
static void drop(uint8_t *slab, uint16_t *held, uint32_t count, uint32_t row_bytes) {
  *held = (uint16_t)(*held - count);
  memmove(slab, slab + count * row_bytes, *held * row_bytes);
}

/* MARK: Layers */

/* As scribe_net_gather_columns(), of rows of three values whose zero point is 0: the first layer of
 * most networks that look at gray pictures. */
static void gather_threes(const uint8_t *corner, uint32_t *to, uint32_t rows, uint32_t line) {
  for (; rows > 0; rows--, corner += line, to += 8) {
    to[0] = corner[0] | (uint32_t)corner[2] << 16;
    to[4] = corner[1];
  }
}

static void convolve(const scribe_flow *flow, uint32_t i, uint32_t rows, uint8_t *out) {
  const scribe_net_layer *layer = flow->model->layers + i;
  const scribe_flow_stage *stage = flow->stages + i;
  const uint8_t *slab = stage->slab;
  uint32_t *columns = flow->columns;
  const uint32_t pairs = scribe_net_column_words(layer);
  const uint32_t values = (uint32_t)layer->kernel_width * layer->input_channels;
  const scribe_net_span span = {0, 0, 0, layer->kernel_height};
  scribe_net_gathering g;
  memset(&g, 0, sizeof g);
  g.zeros = layer->input_zero * 0x10001u;
  g.fours = values / 4;
  g.rest = values % 4;
  g.line = layer->dilation_height * stage->row_bytes - values / 4 * 4;
  g.columns = 1;
  g.span_count = 1;
  g.spans[0] = span;
  const scribe_net_rows whole = {values / 8, values / 4 % 2,
                                 layer->dilation_height * stage->row_bytes - values};
  const bool is_whole = values % 4 == 0 && layer->input_zero == 0;
  const bool is_threes = values == 3 && layer->input_zero == 0;
  const uint32_t step_x = (uint32_t)layer->stride_width * layer->input_channels;
  const uint32_t step_y = layer->stride_height * stage->row_bytes;
  const uint32_t width = stage->out_width, count = rows * width;
  uint32_t x = 0;
  const uint8_t *row = slab;
  for (uint32_t at = 0; at < count; at += 4) {
    const uint32_t here = count - at < 4 ? count - at : 4;
    for (uint32_t k = 0; k < here; k++) {
      if (is_whole) {
        scribe_net_gather_rows(row + x * step_x, columns + k, layer->kernel_height, &whole);
      } else if (is_threes) {
        gather_threes(row + x * step_x, columns + k, layer->kernel_height,
                      layer->dilation_height * stage->row_bytes);
      } else {
        scribe_net_gather_columns(&g, row + x * step_x, columns + k);
      }
      if (++x == width) {
        x = 0;
        row += step_y;
      }
    }
    scribe_net_all_channels(layer, columns, pairs, out, here);
    out += here * layer->output_channels;
  }
}

static void filter(const scribe_flow *flow, uint32_t i, uint32_t rows, uint8_t *out) {
  const scribe_net_layer *layer = flow->model->layers + i;
  const scribe_flow_stage *stage = flow->stages + i;
  const uint32_t channels = layer->input_channels;
  const uint32_t taps = (uint32_t)layer->kernel_height * layer->kernel_width;
  scribe_net_taps at;
  at.count = taps;
  at.step = layer->stride_width * channels;
  for (uint32_t t = 0; t < taps; t++) {
    at.offsets[t] = t / layer->kernel_width * layer->dilation_height * stage->row_bytes +
                    t % layer->kernel_width * layer->dilation_width * channels;
  }
  const uint8_t *in = stage->slab;
  for (uint32_t row = 0; row < rows; row++) {
    scribe_net_filter(layer, &at, in, stage->out_width, out);
    in += layer->stride_height * stage->row_bytes;
    out += stage->out_width * channels;
  }
}

/* Doubles a row of the layer before and puts the other layer's channels behind. */
static void join(const scribe_flow *flow, uint32_t i, uint8_t *out) {
  const scribe_net_layer *layer = flow->model->layers + i;
  const scribe_flow_stage *stage = flow->stages + i;
  const uint32_t mine = layer->input_channels, its = layer->output_channels - mine;
  const uint8_t *other = stage->side;
  for (uint32_t row = 0; row < 2; row++) {
    const uint8_t *in = stage->slab;
    for (uint32_t x = 0; x < stage->out_width; x++) {
      memcpy(out, in + x / 2 * mine, mine);
      memcpy(out + mine, other, its);
      out += mine + its;
      other += its;
    }
  }
}

/* MARK: The way through */

/* Makes a stage's next output rows, if all that they need is there. Returns how many. */
static uint32_t make(scribe_flow *flow, uint32_t i) {
  const scribe_net_layer *layer = flow->model->layers + i;
  scribe_flow_stage *stage = flow->stages + i;
  uint8_t *out = flow->out, *slab = stage->slab;
  if (layer->kind == SCRIBE_NET_JOIN) {
    if (stage->held < 1 || stage->side_held < 2) return 0;
    join(flow, i, out);
    drop(slab, &stage->held, 1, stage->row_bytes);
    drop(stage->side, &stage->side_held, 2,
         stage->out_width * (uint32_t)(layer->output_channels - layer->input_channels));
    return 2;
  }
  const uint32_t left = (uint32_t)stage->out_rows - stage->made;
  const uint32_t batch = batch_of(stage->out_width) < left ? batch_of(stage->out_width) : left;
  if (batch == 0) return 0;
  const uint32_t needed = (batch - 1) * layer->stride_height +
                          reach(layer->kernel_height, layer->dilation_height);
  if (stage->held < needed) {
    if (stage->come < stage->rows) return 0;
    while (stage->held < needed) pad(flow, i);
  }
  if (layer->kind == SCRIBE_NET_DEPTHWISE) {
    filter(flow, i, batch, out);
  } else {
    convolve(flow, i, batch, out);
  }
  const uint32_t gone = batch * layer->stride_height;
  drop(slab, &stage->held, gone < stage->held ? gone : stage->held, stage->row_bytes);
  return batch;
}

/* Hands rows that a stage made to all that take them. */
static void hand_on(scribe_flow *flow, uint32_t i, uint32_t rows) {
  const scribe_model *model = flow->model;
  scribe_flow_stage *stage = flow->stages + i;
  const uint8_t *out = flow->out;
  const uint32_t bytes = stage->out_width * (uint32_t)model->layers[i].output_channels;
  if (flow->crcs != NULL) {
    flow->crcs[i] = scribe_model_output_crc(flow->crcs[i], out, rows * bytes);
  }
  for (uint32_t k = i + 1; k < model->layer_count; k++) {
    if (model->layers[k].kind != SCRIBE_NET_JOIN || model->layers[k].source != i) continue;
    scribe_flow_stage *other = flow->stages + k;
    memcpy(other->side + other->side_held * bytes, out, rows * bytes);
    other->side_held = (uint16_t)(other->side_held + rows);
  }
  if (i + 1 < model->layer_count) {
    add(flow, i + 1, out, rows);
  } else {
    for (uint32_t row = 0; row < rows; row++) {
      flow->output.take(flow->output.context, out + row * bytes, stage->made + row);
    }
  }
  stage->made = (uint16_t)(stage->made + rows);
}

bool scribe_flow_begin(scribe_flow *flow, const scribe_model *model, scribe_flow_memory memory,
                       uint32_t width, uint32_t rows, scribe_flow_output output) {
  store from;
  memset(&from, 0, sizeof from);
  from.left = memory;
  flow->model = model;
  flow->output = output;
  flow->crcs = NULL;
  if (!lay_out(flow, width, rows, &from)) return false;
  for (uint32_t i = 0; i < model->layer_count; i++) {
    for (uint32_t row = 0; row < flow->stages[i].pad_top; row++) pad(flow, i);
  }
  return true;
}

void scribe_flow_push(scribe_flow *flow, const uint8_t *row) {
  if (flow->stages[0].come >= flow->stages[0].rows) return;
  add(flow, 0, row, 1);
  /* Down as long as rows come out, then up to the last layer that can make more: so no slab ever
   * holds more than its next output needs. */
  for (uint32_t i = 0;;) {
    const uint32_t rows = i < flow->model->layer_count ? make(flow, i) : 0;
    if (rows > 0) {
      hand_on(flow, i++, rows);
    } else if (i-- == 0) {
      return;
    }
  }
}

/* MARK: Start-up test */

typedef struct {
  uint32_t crc;
  uint32_t bytes;
} sum_of_rows;

static void sum_up(void *context, const uint8_t *row, uint32_t number) {
  sum_of_rows *sum = (sum_of_rows *)context;
  (void)number;
  sum->crc = scribe_model_output_crc(sum->crc, row, sum->bytes);
}

bool scribe_flow_selftest(scribe_flow *flow, const scribe_model *model, scribe_flow_memory memory,
                          scribe_model_failure *failure) {
  if (!scribe_model_check(model, failure)) return false;
  uint32_t crcs[SCRIBE_FLOW_MOST_LAYERS];
  for (uint32_t v = 0; v < model->vector_count; v++) {
    const scribe_model_vector *vector = model->vectors + v;
    sum_of_rows sum = {0, 0};
    const scribe_flow_output output = {sum_up, &sum};
    if (!scribe_flow_begin(flow, model, memory, model->width, model->height, output)) {
      return model->order == SCRIBE_MODEL_AT_ONCE
                 ? scribe_model_note(failure, SCRIBE_MODEL_OTHER_ORDER, "order", 0, v,
                                     SCRIBE_MODEL_BY_ROWS, model->order)
                 : scribe_model_note(failure, SCRIBE_MODEL_NO_MEMORY, "memory", 0, v,
                                     scribe_flow_arena_words(model, model->width),
                                     memory.first_words + memory.second_words);
    }
    memset(crcs, 0, sizeof crcs);
    flow->crcs = crcs;
    const scribe_flow_stage *last = flow->stages + model->layer_count - 1;
    sum.bytes = last->out_width * (uint32_t)model->label_count;
    for (uint32_t y = 0; y < model->height; y++) {
      scribe_flow_push(flow, vector->patch + y * model->width * model->channels);
    }
    flow->crcs = NULL;
    for (uint32_t i = 0; i < model->layer_count; i++) {
      if (crcs[i] == vector->layer_crcs[i]) continue;
      return scribe_model_note(failure, SCRIBE_MODEL_WRONG_OUTPUT, model->layer_names[i], i, v,
                               vector->layer_crcs[i], crcs[i]);
    }
    const uint32_t expected = scribe_crc32(0, (const uint8_t *)vector->logits,
                                           sum.bytes * last->out_rows);
    if (sum.crc != expected) {
      return scribe_model_note(failure, SCRIBE_MODEL_WRONG_OUTPUT, "logits",
                               model->layer_count - 1u, v, expected, sum.crc);
    }
  }
  return true;
}

#endif
