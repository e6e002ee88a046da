/// tiles.h: Winograd's algorithm F(4, 3) (Lavin and Gray 2016) on rows of floating point numbers, for
/// learning: four outputs of a filter of three taps are six products of what six inputs and the three
/// weights are combined to, in place of twelve. All kernels give equal results.
#ifndef SCRIBE_TILES_H
#define SCRIBE_TILES_H

#include <stddef.h>
#include <stdint.h>

/// The products of a tile.
enum { SCRIBE_TILE_PRODUCTS = 6 };

/// Which rows are combined to a tile's products, and which its products are combined to.
typedef enum {
  /// Six inputs.
  SCRIBE_TILE_INPUTS = 0,
  /// Three weights.
  SCRIBE_TILE_WEIGHTS = 1,
  /// Four outputs; the way back of a sum over products.
  SCRIBE_TILE_OUTPUTS = 2,
} ScribeTileRows;

/// Combines rows of `length` values, a multiple of SCRIBE_PRODUCT_WIDTH, to the products of `count`
/// tiles: `products` has SCRIBE_TILE_PRODUCTS x count rows. `places` has the numbers of each tile's
/// rows, -1 for a row of zeros.
void scribe_tiles_gather(
    ScribeTileRows rows, const float *values, const int32_t *places, size_t count, size_t length,
    float *products);

/// The transpose: adds what the products of tiles are combined to to the rows at `places`; what has
/// the place -1 is left out.
void scribe_tiles_scatter(
    ScribeTileRows rows, const float *products, const int32_t *places, size_t count, size_t length,
    float *values);

/// The same by the portable kernel, for tests.
void scribe_tiles_gather_portable(
    ScribeTileRows rows, const float *values, const int32_t *places, size_t count, size_t length,
    float *products);
void scribe_tiles_scatter_portable(
    ScribeTileRows rows, const float *products, const int32_t *places, size_t count, size_t length,
    float *values);

#endif
