#include "products.h"

#include <string.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/// A step of numbers; the compiler makes them of whatever registers the target has.
typedef float Numbers __attribute__((vector_size(4 * SCRIBE_PRODUCT_WIDTH)));
enum { MOST_ROWS = 12 };

#define INLINE __attribute__((always_inline)) static inline

/// Rows of b, and rows of a, that stay in the cache: a panel of b while those of a are multiplied by
/// it, a block of a while b goes by, of which 6 and 12 rows at a time are whole ones.
enum { DEPTH = 256, BLOCK = 96 };

/// `rows` rows and SCRIBE_PRODUCT_WIDTH columns of c, held in registers; `goes_on` adds to what
/// c has. `a` has the values of its rows side by side.
INLINE void tile(
    const float *a, const float *b, float *c, const size_t rows, size_t k, size_t n, int goes_on) {
  Numbers sums[MOST_ROWS];
  memset(sums, 0, sizeof sums);
  if (goes_on)
    for (size_t r = 0; r < rows; r++) memcpy(&sums[r], c + r * n, sizeof sums[r]);
  for (size_t i = 0; i < k; i++) {
    Numbers factors;
    memcpy(&factors, b + i * SCRIBE_PRODUCT_WIDTH, sizeof factors);
    for (size_t r = 0; r < rows; r++) sums[r] += a[i * rows + r] * factors;
  }
  for (size_t r = 0; r < rows; r++) memcpy(c + r * n, &sums[r], sizeof sums[r]);
}

/// Puts the values of `rows` rows side by side.
INLINE void side_by_side(
    const float *a, size_t row, size_t column, float *packed, const size_t rows, size_t k) {
  for (size_t i = 0; i < k; i++)
    for (size_t r = 0; r < rows; r++) packed[i * rows + r] = a[r * row + i * column];
}

/// `most` rows of sums fit the registers of the target.
#define KERNEL(name, target, most) \
  target static void name( \
      const float *a, size_t row, size_t column, const float *b, float *c, size_t m, size_t k, \
      size_t n) { \
    float block[BLOCK * DEPTH], panel[DEPTH * SCRIBE_PRODUCT_WIDTH]; \
    if (k == 0) memset(c, 0, m * n * sizeof *c); \
    for (size_t first = 0; first < k; first += DEPTH) { \
      const size_t depth = k - first < DEPTH ? k - first : DEPTH; \
      for (size_t top = 0; top < m; top += BLOCK) { \
        const size_t rows = m - top < BLOCK ? m - top : BLOCK, whole = rows - rows % most; \
        const float *values = a + top * row + first * column; \
        for (size_t r = 0; r < whole; r += most) \
          side_by_side(values + r * row, row, column, block + r * depth, most, depth); \
        for (size_t r = whole; r < rows; r++) \
          side_by_side(values + r * row, row, column, block + r * depth, 1, depth); \
        for (size_t to = 0; to < n; to += SCRIBE_PRODUCT_WIDTH) { \
          for (size_t i = 0; i < depth; i++) \
            memcpy( \
                panel + i * SCRIBE_PRODUCT_WIDTH, b + (first + i) * n + to, \
                SCRIBE_PRODUCT_WIDTH * sizeof(float)); \
          float *sums = c + top * n + to; \
          for (size_t r = 0; r < whole; r += most) \
            tile(block + r * depth, panel, sums + r * n, most, depth, n, first > 0); \
          for (size_t r = whole; r < rows; r++) \
            tile(block + r * depth, panel, sums + r * n, 1, depth, n, first > 0); \
        } \
      } \
    } \
  }

KERNEL(portable, , 6)
#if defined(__x86_64__)
KERNEL(avx2, __attribute__((target("avx2"))), 6)
KERNEL(avx512, __attribute__((target("avx512f"))), 12)
#endif

void scribe_matrix_product_portable(
    const float *a, size_t row, size_t column, const float *b, float *c, size_t m, size_t k,
    size_t n) {
  portable(a, row, column, b, c, m, k, n);
}

void scribe_matrix_product(
    const float *a, size_t row, size_t column, const float *b, float *c, size_t m, size_t k,
    size_t n) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) {
    avx512(a, row, column, b, c, m, k, n);
    return;
  }
  if (__builtin_cpu_supports("avx2")) {
    avx2(a, row, column, b, c, m, k, n);
    return;
  }
#endif
  portable(a, row, column, b, c, m, k, n);
}
