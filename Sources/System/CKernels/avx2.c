#include "kernels.h"

#if defined(__x86_64__)

#define NAME(x) x##_avx2
#define TARGET __attribute__((target("avx2")))
#define LANES 8
// With 16 channels: twelve sums, two vectors of weights, one of inputs and a product are 16
// registers.
#define TILE_POSITIONS 6
#define POOL_GROUPS 1

#include "avx2.h"

OPERATION A a_dot(A a, X x, W w) { return _mm256_add_epi32(a, _mm256_madd_epi16(x, w)); }

#include "body.h"

KERNELS(avx2);

#endif
