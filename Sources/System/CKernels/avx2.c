#include "kernels.h"

#if defined(__x86_64__)

#define NAME(x) x##_avx2
#define TARGET __attribute__((target("avx2")))
#define LANES 8
// With 16 channels: twelve sums, two vectors of weights, one of inputs and a product are 16
// registers.
#define TILE_POSITIONS 6
#define POOL_GROUPS 1

#define DOT(sums, x, w) _mm256_add_epi32(sums, _mm256_madd_epi16(x, w))

#include "avx2.h"
#include "body.h"

KERNELS(avx2);

#endif
