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

/// Rows of b that stay in the cache while all rows of a are multiplied by them.
enum { DEPTH = 256 };

/// `rows` rows and SCRIBE_PRODUCT_WIDTH columns of c, held in registers; `goes_on` adds to what
/// c has.
INLINE void tile(
    const float *a, size_t row, size_t column, const float *b, float *c, const size_t rows,
    size_t k, size_t n, int goes_on) {
  Numbers sums[MOST_ROWS];
  memset(sums, 0, sizeof sums);
  if (goes_on)
    for (size_t r = 0; r < rows; r++) memcpy(&sums[r], c + r * n, sizeof sums[r]);
  for (size_t i = 0; i < k; i++) {
    Numbers factors;
    memcpy(&factors, b + i * SCRIBE_PRODUCT_WIDTH, sizeof factors);
    const float *values = a + i * column;
    for (size_t r = 0; r < rows; r++) sums[r] += values[r * row] * factors;
  }
  for (size_t r = 0; r < rows; r++) memcpy(c + r * n, &sums[r], sizeof sums[r]);
}

/// `most` rows of sums fit the registers of the target.
#define KERNEL(name, target, most) \
  target static void name( \
      const float *a, size_t row, size_t column, const float *b, float *c, size_t m, size_t k, \
      size_t n) { \
    float panel[DEPTH * SCRIBE_PRODUCT_WIDTH]; \
    const size_t bytes = SCRIBE_PRODUCT_WIDTH * sizeof(float); \
    for (size_t to = 0; to < n; to += SCRIBE_PRODUCT_WIDTH) { \
      if (k == 0) \
        for (size_t r = 0; r < m; r++) memset(c + r * n + to, 0, bytes); \
      for (size_t first = 0; first < k; first += DEPTH) { \
        const size_t depth = k - first < DEPTH ? k - first : DEPTH; \
        const float *values = a + first * column; \
        for (size_t i = 0; i < depth; i++) \
          memcpy(panel + i * SCRIBE_PRODUCT_WIDTH, b + (first + i) * n + to, bytes); \
        size_t from = 0; \
        for (; from + most <= m; from += most) \
          tile( \
              values + from * row, row, column, panel, c + from * n + to, most, depth, n, \
              first > 0); \
        for (; from < m; from++) \
          tile( \
              values + from * row, row, column, panel, c + from * n + to, 1, depth, n, first > 0); \
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
