// Compares the kernels of all instructions that run here with plain loops, on random layers.
//
//   check [SEED]: prints how many layers each kind of instructions computed, or the first that
//   differs and fails.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static const char *const names[SCRIBE_INSTRUCTIONS] = {
    "portable", "neon", "avx2", "avx-vnni", "avx512-vnni"};

// Where instructions are emulated, the processor isn't asked.
#ifdef EMULATED
static int runs(int i) { return i == SCRIBE_AVX_VNNI || i == SCRIBE_AVX512_VNNI; }
#else
static int runs(int i) { return scribe_runs((ScribeInstructions)i); }
#endif

static uint64_t state;
static uint32_t next(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}
static int pick(int low, int high) { return low + (int)(next() % (uint32_t)(high - low + 1)); }

static void *zeros(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) exit(2);
  return memory;
}

static int32_t requantized(const ScribeRequantization *r, int32_t sum, int c) {
  const int64_t product = (int64_t)(sum + r->bias[c]) * ((int64_t)1 << r->left[c]);
  const int64_t high = (product * r->multiplier[c] + ((int64_t)1 << 30)) >> 31;
  const int64_t mask = ((int64_t)1 << r->right[c]) - 1;
  const int64_t value = (high >> r->right[c]) + ((high & mask) > (mask >> 1) + (high < 0));
  return (int32_t)(value < r->low ? r->low : value > r->high ? r->high : value);
}

typedef struct {
  int height, width, inputs, channels, rows, columns, down, dilation, pooled;
} Shape;

/// A layer with room for its input's padding and for what kernels read beyond.
typedef struct {
  Shape shape;
  int outHeight, outWidth, gridWidth, targetHeight, targetWidth;
  int8_t *weights;
  int16_t *input, *expected, *output;
  size_t outputs;
  ScribeRequantization r;
} Layer;

static Layer random_layer(void) {
  Layer l = {0};
  Shape *s = &l.shape;
  *s = (Shape){pick(1, 9), pick(1, 20), pick(1, 40), pick(1, 50), pick(1, 5), pick(1, 5),
               pick(1, 2), pick(1, 3), pick(0, 2) == 0};
  if (s->pooled) s->down = s->dilation = 1, s->height++, s->width++;
  l.outHeight = (s->height + s->down - 1) / s->down;
  l.outWidth = s->width;
  l.targetHeight = s->pooled ? l.outHeight / 2 : l.outHeight;
  l.targetWidth = s->pooled ? l.outWidth / 2 : l.outWidth;
  l.gridWidth = s->width + (s->columns - 1) * s->dilation;
  const int gridHeight = s->height + s->rows - 1;
  // Beside what a layer reads lies what others wrote: within -255...255.
  const size_t values = (size_t)((gridHeight + 12) * (l.gridWidth + 24) * s->inputs) + 512;
  l.input = zeros(values, sizeof *l.input);
  const int zero = pick(0, 255), extreme = pick(0, 4) == 0;
  for (size_t i = 0; i < values; i++) {
    l.input[i] = (int16_t)((extreme ? 255 * pick(0, 1) : pick(0, 255)) - zero);
  }
  const size_t fanIn = (size_t)(s->rows * s->columns * s->inputs);
  l.weights = zeros(fanIn * (size_t)s->channels, 1);
  for (size_t i = 0; i < fanIn * (size_t)s->channels; i++) {
    l.weights[i] = (int8_t)(extreme ? 254 * pick(0, 1) - 127 : pick(-127, 127));
  }
  const size_t padded = (size_t)(s->channels + 15) / 16 * 16;
  int32_t *bias = zeros(padded, 4), *multiplier = zeros(padded, 4);
  int32_t *left = zeros(padded, 4), *right = zeros(padded, 4);
  for (int c = 0; c < s->channels; c++) {
    bias[c] = pick(-20000, 20000);
    multiplier[c] = pick(0, 3) ? 0x40000000 + (int32_t)(next() % 0x40000000) : 0x40000000;
    right[c] = pick(0, 14);
    left[c] = right[c] ? 0 : pick(0, 3);
  }
  const int low = pick(0, 1) ? 0 : -255 + zero;
  l.r = (ScribeRequantization){bias, multiplier, left, right, s->channels, low, low + 255};
  l.outputs = (size_t)(l.targetHeight * l.targetWidth * s->channels) + 16;
  l.expected = zeros(l.outputs, 2);
  l.output = zeros(l.outputs, 2);
  return l;
}

static void release(Layer *l) {
  free(l->input), free(l->weights), free(l->expected), free(l->output);
  free((void *)l->r.bias), free((void *)l->r.multiplier);
  free((void *)l->r.left), free((void *)l->r.right);
}

static int source(const Layer *l, int y, int x) {
  return (y * l->shape.down * l->gridWidth + x) * l->shape.inputs;
}
static int target(const Layer *l, int y, int x) {
  return (y * l->targetWidth + x) * l->shape.channels;
}

static int32_t sum(const Layer *l, int y, int x, int c) {
  const Shape *s = &l->shape;
  const int8_t *w = l->weights + (size_t)c * (size_t)(s->rows * s->columns * s->inputs);
  int32_t total = 0;
  for (int ky = 0; ky < s->rows; ky++) {
    for (int kx = 0; kx < s->columns; kx++) {
      const int16_t *from =
          l->input + source(l, y, x) + (ky * l->gridWidth + kx * s->dilation) * s->inputs;
      for (int i = 0; i < s->inputs; i++) total += *w++ * from[i];
    }
  }
  return total;
}

static void expect(Layer *l) {
  for (int y = 0; y < l->targetHeight; y++) {
    for (int x = 0; x < l->targetWidth; x++) {
      for (int c = 0; c < l->shape.channels; c++) {
        int32_t most = INT32_MIN;
        for (int i = 0; i < (l->shape.pooled ? 4 : 1); i++) {
          const int32_t value =
              l->shape.pooled ? sum(l, 2 * y + i / 2, 2 * x + i % 2, c) : sum(l, y, x, c);
          most = value > most ? value : most;
        }
        l->expected[target(l, y, x) + c] = (int16_t)requantized(&l->r, most, c);
      }
    }
  }
}

static void run_products(Layer *l, ScribeInstructions instructions) {
  const Shape *s = &l->shape;
  const int rowPairs = (s->inputs + 1) / 2, pairs = s->rows * s->columns * rowPairs;
  const size_t padded = (size_t)(s->channels + 15) / 16 * 16;
  int16_t *packed = zeros(padded * (size_t)pairs * 2, 2);
  int32_t *offsets = zeros((size_t)pairs, 4);
  for (int pair = 0; pair < pairs; pair++) {
    const int place = pair / rowPairs, i = pair % rowPairs * 2;
    offsets[pair] =
        (place / s->columns * l->gridWidth + place % s->columns * s->dilation) * s->inputs + i;
    for (int c = 0; c < s->channels; c++) {
      for (int j = 0; j < 2 && i + j < s->inputs; j++) {
        packed[((c / 16 * pairs + pair) * 16 + c % 16) * 2 + j] =
            l->weights[(c * s->rows * s->columns + place) * s->inputs + i + j];
      }
    }
  }
  int32_t *sources = zeros((size_t)(l->outHeight * l->outWidth), 4);
  int32_t *targets = zeros((size_t)(l->outHeight * l->outWidth), 4);
  int positions = 0, count = 0;
  for (int y = 0; y < l->targetHeight; y++) {
    for (int x = 0; x < l->targetWidth; x++) {
      for (int i = 0; i < (s->pooled ? 4 : 1); i++) {
        sources[positions++] =
            s->pooled ? source(l, 2 * y + i / 2, 2 * x + i % 2) : source(l, y, x);
      }
      targets[count++] = target(l, y, x);
    }
  }
  const ScribeProducts layer = {packed, l->r, offsets, pairs};
  scribe_products(
      &layer, instructions, l->input, sources, positions, s->pooled, l->output, targets);
  free(packed), free(offsets), free(sources), free(targets);
}

static void run_winograd(Layer *l, ScribeInstructions instructions, int points) {
  const Shape *s = &l->shape;
  const int square = points == 36, f = s->pooled ? 2 : 1, side = 4 / f;
  ScribeWinograd layer = {0, l->r, points, square ? (s->rows + 2) / 3 : s->rows,
                          (s->columns + 2) / 3, l->gridWidth * s->inputs, s->dilation * s->inputs,
                          s->inputs, l->targetWidth * s->channels, s->dilation * s->channels,
                          s->pooled};
  int16_t *weights = zeros((size_t)scribe_winograd_weight_count(&layer), 2);
  scribe_winograd_weights(&layer, l->weights, s->rows, s->columns, weights);
  layer.weights = weights;
  ScribeTile *tiles = zeros((size_t)(l->outHeight * l->outWidth), sizeof *tiles);
  int count = 0;
  for (int y = 0; y < l->targetHeight; y += square ? side : 1) {
    for (int residue = 0; residue < s->dilation; residue++) {
      for (int x = residue; x < l->targetWidth; x += side * s->dilation) {
        const int down = l->targetHeight - y;
        const int right = (l->targetWidth - x + s->dilation - 1) / s->dilation;
        tiles[count++] = (ScribeTile){source(l, f * y, f * x), target(l, y, x),
                                      !square ? 1 : down < side ? down : side,
                                      right < side ? right : side};
      }
    }
  }
  int16_t *scratch = zeros((size_t)scribe_winograd_scratch(&layer), 2);
  scribe_winograd(&layer, instructions, l->input, tiles, count, l->output, scratch);
  free(weights), free(tiles), free(scratch);
}

/// A layer of the same inputs in which each channel is by itself; 0 if it differs.
static int same_filter(Layer *l, ScribeInstructions instructions) {
  const Shape *s = &l->shape;
  const int inputs = s->inputs, taps = s->rows * s->columns;
  ScribeRequantization r = l->r;
  r.channels = inputs < s->channels ? inputs : s->channels;
  const size_t row = (size_t)(r.channels + 15) / 16 * 16;
  int16_t *weights = zeros(row * (size_t)taps, 2);
  int32_t *offsets = zeros((size_t)taps, 4);
  for (int t = 0; t < taps; t++) {
    offsets[t] = (t / s->columns * l->gridWidth + t % s->columns * s->dilation) * inputs;
    for (int c = 0; c < r.channels; c++) weights[t * (int)row + c] = l->weights[c * taps + t];
  }
  const int count = l->outHeight * l->outWidth;
  int32_t *sources = zeros((size_t)count, 4), *targets = zeros((size_t)count, 4);
  const size_t outputs = (size_t)(count * r.channels) + 1;
  int16_t *output = zeros(outputs, 2), *expected = zeros(outputs, 2);
  for (int i = 0; i < count; i++) {
    sources[i] = source(l, i / l->outWidth, i % l->outWidth);
    targets[i] = i * r.channels;
    for (int c = 0; c < r.channels; c++) {
      int32_t total = 0;
      for (int t = 0; t < taps; t++) {
        total += l->weights[c * taps + t] * l->input[sources[i] + offsets[t] + c];
      }
      expected[targets[i] + c] = (int16_t)requantized(&r, total, c);
    }
  }
  const ScribeDepthwise layer = {weights, r, offsets, taps};
  scribe_depthwise(&layer, instructions, l->input, sources, count, output, targets);
  const int same = !memcmp(output, expected, outputs * sizeof *output);
  free(weights), free(offsets), free(sources), free(targets), free(output), free(expected);
  return same;
}

/// A value clamped to int16.
static int64_t clamped(int64_t value) {
  return value < -32768 ? -32768 : value > 32767 ? 32767 : value;
}

/// value / 2^bits, halves away from 0.
static int64_t halved(int64_t value, int bits) {
  const int64_t half = bits ? (int64_t)1 << (bits - 1) : 0;
  return value < 0 ? -((-value + half) >> bits) : (value + half) >> bits;
}

/// A point of the curve that straight lines between the table's values make, times 2^bits.
static int64_t between(const int32_t *table, int64_t place, int bits) {
  const int64_t size = (int64_t)1 << bits, at = place / size;
  return table[at] * size + (place % size) * (table[at + 1] - table[at]);
}

static int64_t sigmoid(const int32_t *table, int64_t value) {
  const int64_t place = 3 * value;
  const int64_t high = between(table, place < 0 ? -place : place, 9);
  return (place < 0 ? 33554432 - high + 511 : high + 512) / 1024;
}

/// Of a value with `bits` bits behind the point.
static int64_t hyperbolic(const int32_t *table, int64_t value, int bits) {
  int64_t place = 3 * value;
  for (int bit = bits; bit < 12; bit++) place *= 2;
  if (bits > 12) place = (place + (1 << (bits - 13))) >> (bits - 12);
  const int64_t distance = place < 0 ? -place : place;
  const int64_t high = distance / 256 >= 255 ? 65535 * 256 : between(table, distance, 8);
  return (place < 0 ? 8388608 - high + 127 : high - 8388608 + 128) >> 8;
}

enum { UNITS_MOST = 70 };

/// A column of an lstm with random sums, functions that only rise, and a random cell; 0 if it
/// differs.
static int same_column(ScribeInstructions instructions) {
  int32_t table[256];
  uint32_t entries[256];
  int32_t value = 32768;
  for (int i = 0; i < 256; i++) {
    table[i] = value;
    value += pick(0, i < 40 ? 700 : (65535 - value) / 12);
  }
  for (int i = 0; i < 256; i++) {
    entries[i] = (uint32_t)table[i] << 15 | (uint32_t)(i < 255 ? table[i + 1] - table[i] : 0);
  }
  const int units = pick(1, UNITS_MOST), bits = pick(9, 15), zero = pick(-128, 127);
  const ScribeLSTM layer = {
      entries, units, bits, 0x40000000 + (int32_t)(next() % 0x40000000), pick(20, 26),
      -128 - zero, 127 - zero};
  int16_t a[4 * UNITS_MOST], b[4 * UNITS_MOST], cell[UNITS_MOST], output[UNITS_MOST];
  int16_t cellExpected[UNITS_MOST], expected[UNITS_MOST];
  const int wide = pick(0, 2);
  for (int i = 0; i < 4 * units; i++) {
    a[i] = (int16_t)(wide ? pick(-32768, 32767) : pick(-9000, 9000));
    b[i] = (int16_t)(wide == 2 ? pick(-32768, 32767) : pick(-9000, 9000));
  }
  for (int i = 0; i < units; i++) {
    int64_t gates[4];
    cell[i] = (int16_t)(pick(0, 3) ? pick(-9000, 9000) : pick(-32768, 32767));
    for (int g = 0; g < 4; g++) gates[g] = clamped(a[g * units + i] + b[g * units + i]);
    const int64_t kept = sigmoid(table, gates[1]) * cell[i];
    const int64_t added = sigmoid(table, gates[0]) * hyperbolic(table, gates[2], 12);
    // Products are doubled and halved: rounding twice.
    const int64_t state = clamped(clamped(halved((kept + 1) >> 1, 14)) +
                                  clamped(halved((added + 1) >> 1, 29 - bits)));
    cellExpected[i] = (int16_t)state;
    const int64_t shown = sigmoid(table, gates[3]) * hyperbolic(table, state, bits);
    const int64_t result =
        halved((shown * layer.multiplier + ((int64_t)1 << 30)) >> 31, layer.right);
    expected[i] =
        (int16_t)(result < layer.low ? layer.low : result > layer.high ? layer.high : result);
  }
  scribe_lstm(&layer, instructions, a, b, cell, output);
  const size_t bytes = (size_t)units * sizeof *cell;
  return !memcmp(cell, cellExpected, bytes) && !memcmp(output, expected, bytes);
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], 0, 10) : 1;
  int computed[SCRIBE_INSTRUCTIONS] = {0};
  for (int round = 0; round < 300; round++) {
    Layer l = random_layer();
    const Shape *s = &l.shape;
    expect(&l);
    for (int i = 0; i < SCRIBE_INSTRUCTIONS; i++) {
      if (!runs(i)) continue;
      for (int points = 0; points <= 36; points += points ? 30 : 6) {
        if (points == 6 && s->pooled) continue;
        if (points == 36 && s->down > 1) continue;
        memset(l.output, 0, l.outputs * sizeof *l.output);
        if (points) {
          run_winograd(&l, (ScribeInstructions)i, points);
        } else {
          run_products(&l, (ScribeInstructions)i);
        }
        if (memcmp(l.output, l.expected, l.outputs * sizeof *l.output)) {
          printf("%s, %d points: %dx%dx%d to %d, kernel %dx%d, stride %d, dilation %d%s differ\n",
                 names[i], points, s->height, s->width, s->inputs, s->channels, s->rows,
                 s->columns, s->down, s->dilation, s->pooled ? ", pooled" : "");
          return 1;
        }
        computed[i]++;
      }
      if (!same_filter(&l, (ScribeInstructions)i)) {
        printf("%s: %dx%d of %d channels, kernel %dx%d, dilation %d, each by itself differ\n",
               names[i], s->height, s->width, s->inputs, s->rows, s->columns, s->dilation);
        return 1;
      }
      computed[i]++;
    }
    release(&l);
    for (int i = 0; i < SCRIBE_INSTRUCTIONS; i++) {
      if (!runs(i)) continue;
      if (!same_column((ScribeInstructions)i)) {
        printf("%s: a column of an lstm differs\n", names[i]);
        return 1;
      }
      computed[i]++;
    }
  }
  for (int i = 0; i < SCRIBE_INSTRUCTIONS; i++) {
    if (computed[i]) printf("%s: %d layers\n", names[i], computed[i]);
  }
  return 0;
}
