#include "tiles.h"

#include <string.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

enum { STEP = 8, MOST = 6, PRODUCTS = SCRIBE_TILE_PRODUCTS };

/// A step of numbers; the compiler makes them of whatever registers the target has.
typedef float Numbers __attribute__((vector_size(4 * STEP)));

#define INLINE __attribute__((always_inline)) static inline

// The polynomials' points are 0, 1, -1, 2, -2 and infinity. A row a product, a column a row of values.

static const float of_inputs[PRODUCTS][MOST] = {
    {4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
    {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1},
};

static const float of_weights[PRODUCTS][MOST] = {
    {1.0f / 4},
    {-1.0f / 6, -1.0f / 6, -1.0f / 6},
    {-1.0f / 6, 1.0f / 6, -1.0f / 6},
    {1.0f / 24, 1.0f / 12, 1.0f / 6},
    {1.0f / 24, -1.0f / 12, 1.0f / 6},
    {0, 0, 1},
};

static const float of_outputs[PRODUCTS][MOST] = {
    {1}, {1, 1, 1, 1}, {1, -1, 1, -1}, {1, 2, 4, 8}, {1, -2, 4, -8}, {0, 0, 0, 1},
};

/// Adds a value times a factor that the compiler knows.
INLINE void add(Numbers *sum, int *is_begun, float factor, const Numbers *value) {
  if (factor == 0) return;
  *sum = *is_begun ? *sum + factor * *value : factor * *value;
  *is_begun = 1;
}

INLINE void gather(
    const float factors[PRODUCTS][MOST], const int rows, const float *values, const int32_t *places,
    size_t count, size_t length, float *products) {
  for (size_t t = 0; t < count; t++)
    for (size_t i = 0; i < length; i += STEP) {
      Numbers taken[MOST];
#pragma GCC unroll 6
      for (int r = 0; r < rows; r++) {
        const int32_t place = places[t * (size_t)rows + (size_t)r];
        if (place < 0) memset(&taken[r], 0, sizeof taken[r]);
        else memcpy(&taken[r], values + (size_t)place * length + i, sizeof taken[r]);
      }
#pragma GCC unroll 6
      for (int p = 0; p < PRODUCTS; p++) {
        Numbers sum;
        int is_begun = 0;
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) add(&sum, &is_begun, factors[p][r], &taken[r]);
        memcpy(products + ((size_t)p * count + t) * length + i, &sum, sizeof sum);
      }
    }
}

INLINE void scatter(
    const float factors[PRODUCTS][MOST], const int rows, const float *products,
    const int32_t *places, size_t count, size_t length, float *values) {
  for (size_t t = 0; t < count; t++)
    for (size_t i = 0; i < length; i += STEP) {
      Numbers taken[PRODUCTS];
#pragma GCC unroll 6
      for (int p = 0; p < PRODUCTS; p++)
        memcpy(&taken[p], products + ((size_t)p * count + t) * length + i, sizeof taken[p]);
#pragma GCC unroll 6
      for (int r = 0; r < rows; r++) {
        const int32_t place = places[t * (size_t)rows + (size_t)r];
        if (place < 0) continue;
        Numbers sum;
        int is_begun = 1;
        memcpy(&sum, values + (size_t)place * length + i, sizeof sum);
#pragma GCC unroll 6
        for (int p = 0; p < PRODUCTS; p++) add(&sum, &is_begun, factors[p][r], &taken[p]);
        memcpy(values + (size_t)place * length + i, &sum, sizeof sum);
      }
    }
}

#define KERNEL(name, target) \
  target static void gather_##name( \
      ScribeTileRows rows, const float *values, const int32_t *places, size_t count, \
      size_t length, float *products) { \
    switch (rows) { \
      case SCRIBE_TILE_INPUTS: \
        gather(of_inputs, 6, values, places, count, length, products); \
        break; \
      case SCRIBE_TILE_WEIGHTS: \
        gather(of_weights, 3, values, places, count, length, products); \
        break; \
      case SCRIBE_TILE_OUTPUTS: \
        gather(of_outputs, 4, values, places, count, length, products); \
        break; \
    } \
  } \
  target static void scatter_##name( \
      ScribeTileRows rows, const float *products, const int32_t *places, size_t count, \
      size_t length, float *values) { \
    switch (rows) { \
      case SCRIBE_TILE_INPUTS: \
        scatter(of_inputs, 6, products, places, count, length, values); \
        break; \
      case SCRIBE_TILE_WEIGHTS: \
        scatter(of_weights, 3, products, places, count, length, values); \
        break; \
      case SCRIBE_TILE_OUTPUTS: \
        scatter(of_outputs, 4, products, places, count, length, values); \
        break; \
    } \
  }

KERNEL(portable, )
#if defined(__x86_64__)
KERNEL(avx2, __attribute__((target("avx2"))))
#endif

void scribe_tiles_gather_portable(
    ScribeTileRows rows, const float *values, const int32_t *places, size_t count, size_t length,
    float *products) {
  gather_portable(rows, values, places, count, length, products);
}

void scribe_tiles_scatter_portable(
    ScribeTileRows rows, const float *products, const int32_t *places, size_t count, size_t length,
    float *values) {
  scatter_portable(rows, products, places, count, length, values);
}

void scribe_tiles_gather(
    ScribeTileRows rows, const float *values, const int32_t *places, size_t count, size_t length,
    float *products) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    gather_avx2(rows, values, places, count, length, products);
    return;
  }
#endif
  gather_portable(rows, values, places, count, length, products);
}

void scribe_tiles_scatter(
    ScribeTileRows rows, const float *products, const int32_t *places, size_t count, size_t length,
    float *values) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    scatter_avx2(rows, products, places, count, length, values);
    return;
  }
#endif
  scatter_portable(rows, products, places, count, length, values);
}
