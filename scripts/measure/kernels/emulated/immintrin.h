// Intel's vector instructions in plain C, from SIMDe, for processors that lack them.

#ifndef EMULATED_IMMINTRIN_H
#define EMULATED_IMMINTRIN_H

#define SIMDE_NO_NATIVE
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>

// What it has not, by halves.

#ifndef __mmask16
#define __mmask16 simde__mmask16
#endif

#undef _mm512_srai_epi32
#undef _mm512_srav_epi32
#undef _mm256_dpwssd_avx_epi32

static inline simde__m512i from_halves(simde__m256i low, simde__m256i high) {
  simde__m512i whole;
  memcpy(&whole, &low, sizeof low);
  memcpy((char *)&whole + sizeof low, &high, sizeof high);
  return whole;
}
static inline simde__m256i half_of(simde__m512i whole, int i) {
  simde__m256i part;
  memcpy(&part, (char *)&whole + (size_t)i * sizeof part, sizeof part);
  return part;
}

#define _mm512_srai_epi32(v, bits)                         \
  from_halves(simde_mm256_srai_epi32(half_of(v, 0), (int)(bits)), \
         simde_mm256_srai_epi32(half_of(v, 1), (int)(bits)))
#define _mm512_srav_epi32(v, bits)                            \
  from_halves(simde_mm256_srav_epi32(half_of(v, 0), half_of(bits, 0)), \
         simde_mm256_srav_epi32(half_of(v, 1), half_of(bits, 1)))

#define _mm256_dpwssd_avx_epi32(sums, x, w) \
  simde_mm256_add_epi32(sums, simde_mm256_madd_epi16(x, w))

#endif
