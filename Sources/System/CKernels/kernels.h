// Definitions that the kernels of all instructions share.

#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "CKernels.h"

/// Channels whose weights lie together.
#define BLOCK 16
/// The most positions that any kernel computes at once.
#define POSITIONS_MOST 12
/// Positions filtered at once, with one load of the weights: their sums stay in registers.
#define FILTER_POSITIONS 4

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/// Keeps a pointer in its own register, where compilers would compute it anew in a loop.
#define KEEP(pointer) __asm__("" : "+r"(pointer))

/// Number of tiles computed at once: their products should stay in the nearest caches.
static inline int32_t winograd_tiles(const ScribeWinograd *layer) {
  return layer->points == 36 ? 12 : 24;
}

/// Inputs that one product at a point sums over.
static inline int32_t winograd_depth(const ScribeWinograd *layer) {
  return layer->rows * layer->columns * layer->inputs;
}

/// The same number in pairs.
static inline int32_t winograd_pairs(const ScribeWinograd *layer) {
  return (winograd_depth(layer) + 1) / 2;
}

/// Values from one tile's inputs at a point to the next tile's: 16 are written at a time.
static inline size_t winograd_stride(const ScribeWinograd *layer) {
  const int32_t beyond = (layer->inputs + 15) / 16 * 16 - layer->inputs;
  return (size_t)((winograd_depth(layer) + beyond + 15) / 16 * 16);
}

typedef struct {
  void (*products)(const ScribeProducts *, const int16_t *, const int32_t *, int32_t, int32_t,
                   int16_t *, const int32_t *);
  void (*winograd)(const ScribeWinograd *, const int16_t *, const ScribeTile *, int32_t, int16_t *,
                   int16_t *);
  void (*depthwise)(const ScribeDepthwise *, const int16_t *, const int32_t *, int32_t, int16_t *,
                    const int32_t *);
  void (*lstm)(const ScribeLSTM *, const int16_t *, const int16_t *, int16_t *, int16_t *);
} Kernels;

extern const Kernels scribe_portable;
#if defined(__x86_64__)
extern const Kernels scribe_avx2, scribe_avx_vnni, scribe_avx512_vnni;
#endif
#if defined(__aarch64__)
extern const Kernels scribe_neon;
#endif

#define KERNELS(name)                                                   \
  const Kernels scribe_##name = {products_##name, winograd_##name, depthwise_##name, lstm_##name}

#endif
