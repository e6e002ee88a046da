#include "products.h"

#include <string.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/// A step of numbers; the compiler makes them of whatever registers the target has.
typedef float Numbers __attribute__((vector_size(4 * SCRIBE_PRODUCT_WIDTH)));
enum { ROWS = 6 };

#define INLINE __attribute__((always_inline)) static inline

/// Up to ROWS rows and SCRIBE_PRODUCT_WIDTH columns of c, held in registers.
INLINE void tile(
    const float *a, size_t row, size_t column, const float *b, float *c, const size_t rows,
    size_t k, size_t n) {
  Numbers sums[ROWS];
  memset(sums, 0, sizeof sums);
  for (size_t i = 0; i < k; i++) {
    Numbers factors;
    memcpy(&factors, b + i * n, sizeof factors);
    const float *values = a + i * column;
    for (size_t r = 0; r < rows; r++) sums[r] += values[r * row] * factors;
  }
  for (size_t r = 0; r < rows; r++) memcpy(c + r * n, &sums[r], sizeof sums[r]);
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
KERNEL(avx512, __attribute__((target("avx512f"))))
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
