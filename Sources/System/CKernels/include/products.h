/// products.h: products of matrices of floating point numbers, for learning. All kernels give equal
/// results: each value is a sum in the order of k, and no product is fused with its addition.
#ifndef SCRIBE_MATRIX_PRODUCTS_H
#define SCRIBE_MATRIX_PRODUCTS_H

#include <stddef.h>

/// Values that rows of `b` and `c` are a multiple of.
enum { SCRIBE_PRODUCT_WIDTH = 16 };

/// c (m x n) = a (m x k) times b (k x n). `a` has its rows and columns `row` and `column` values
/// apart, so that its transpose serves as well; `b` and `c` lie row by row. `n` is a multiple of
/// SCRIBE_PRODUCT_WIDTH.
void scribe_matrix_product(
    const float *a, size_t row, size_t column, const float *b, float *c, size_t m, size_t k,
    size_t n);

/// The same by the portable kernel, for tests.
void scribe_matrix_product_portable(
    const float *a, size_t row, size_t column, const float *b, float *c, size_t m, size_t k,
    size_t n);

#endif
