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
    }
    release(&l);
  }
  for (int i = 0; i < SCRIBE_INSTRUCTIONS; i++) {
    if (computed[i]) printf("%s: %d layers\n", names[i], computed[i]);
  }
  return 0;
}
