#include "kernels.h"

#if defined(__x86_64__)

#define NAME(x) x##_avx_vnni
// Checks of the kernels compile them for processors without these instructions.
#ifndef TARGET
#define TARGET __attribute__((target("avx2,avxvnni")))
#endif
#define LANES 8
#define TILE_POSITIONS 6
#define POOL_GROUPS 1

// Products of int16, not of int8: Winograd's algorithm needs the range, and saves more than int8
// would.
#define DOT(sums, x, w) _mm256_dpwssd_avx_epi32(sums, x, w)

#include "avx2.h"
#include "body.h"

KERNELS(avx_vnni);

#endif
