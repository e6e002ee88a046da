#include "products.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

/// Eight numbers; the compiler makes them of whatever registers the target has.
typedef float Numbers __attribute__((vector_size(32)));
enum { NUMBERS = 8, ROWS = 6 };

#define INLINE __attribute__((always_inline)) static inline

/// Up to ROWS rows and SCRIBE_PRODUCT_WIDTH columns of c, held in registers.
INLINE void tile(
    const float *a, size_t row, size_t column, const float *b, float *c, const size_t rows,
    size_t k, size_t n) {
  Numbers sums[ROWS][2];
  memset(sums, 0, sizeof sums);
  for (size_t i = 0; i < k; i++) {
    Numbers left, right;
    memcpy(&left, b + i * n, sizeof left);
    memcpy(&right, b + i * n + NUMBERS, sizeof right);
    const float *values = a + i * column;
    for (size_t r = 0; r < rows; r++) {
      sums[r][0] += values[r * row] * left;
      sums[r][1] += values[r * row] * right;
    }
  }
  for (size_t r = 0; r < rows; r++) memcpy(c + r * n, sums[r], sizeof sums[r]);
}

#define KERNEL(name, target) \
  target static void name( \
      const float *a, size_t row, size_t column, const float *b, float *c, size_t m, size_t k, \
      size_t n) { \
    for (size_t to = 0; to < n; to += SCRIBE_PRODUCT_WIDTH) { \
      size_t from = 0; \
      for (; from + ROWS <= m; from += ROWS) \
        tile(a + from * row, row, column, b + to, c + from * n + to, ROWS, k, n); \
      for (; from < m; from++) \
        tile(a + from * row, row, column, b + to, c + from * n + to, 1, k, n); \
    } \
  }

KERNEL(portable, )
#if defined(__x86_64__)
KERNEL(avx2, __attribute__((target("avx2"))))
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
  if (__builtin_cpu_supports("avx2")) {
    avx2(a, row, column, b, c, m, k, n);
    return;
  }
#endif
  portable(a, row, column, b, c, m, k, n);
}
