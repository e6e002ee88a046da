// Folding after Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
// Instruction" (Intel, 2009), with tables instead of its last reduction: packets are short.

#include "crc32.h"

#if defined(__x86_64__)

#include <emmintrin.h>
#include <wmmintrin.h>

int scribe_can_fold_crc32(void) { return __builtin_cpu_supports("pclmul") != 0; }

// Powers of x modulo the polynomial, with bits reversed: the factors of the low and the high half
// of a block that move it on by so many blocks.
#define BY_ONE _mm_set_epi64x(0x0ccaa009e, 0x1751997d0)
#define BY_FOUR _mm_set_epi64x(0x1c6e41596, 0x154442bd4)

__attribute__((target("pclmul,sse2"))) static inline __m128i move(__m128i block, __m128i by) {
  return _mm_xor_si128(_mm_clmulepi64_si128(block, by, 0x00),
                       _mm_clmulepi64_si128(block, by, 0x11));
}

__attribute__((target("pclmul,sse2"))) size_t scribe_fold_crc32(const uint8_t *bytes, size_t count,
                                                               uint32_t state, uint8_t rest[16]) {
  const __m128i *blocks = (const __m128i *)(const void *)bytes;
  size_t total = count / 16;
  __m128i a = _mm_xor_si128(_mm_loadu_si128(blocks), _mm_cvtsi32_si128((int)state));
  __m128i b = _mm_loadu_si128(blocks + 1);
  __m128i c = _mm_loadu_si128(blocks + 2);
  __m128i d = _mm_loadu_si128(blocks + 3);
  size_t at = 4;
  // Four chains run at once, since a multiplication takes several cycles.
  for (; at + 4 <= total; at += 4) {
    a = _mm_xor_si128(move(a, BY_FOUR), _mm_loadu_si128(blocks + at));
    b = _mm_xor_si128(move(b, BY_FOUR), _mm_loadu_si128(blocks + at + 1));
    c = _mm_xor_si128(move(c, BY_FOUR), _mm_loadu_si128(blocks + at + 2));
    d = _mm_xor_si128(move(d, BY_FOUR), _mm_loadu_si128(blocks + at + 3));
  }
  a = _mm_xor_si128(move(a, BY_ONE), b);
  a = _mm_xor_si128(move(a, BY_ONE), c);
  a = _mm_xor_si128(move(a, BY_ONE), d);
  for (; at < total; at++) a = _mm_xor_si128(move(a, BY_ONE), _mm_loadu_si128(blocks + at));
  _mm_storeu_si128((__m128i *)(void *)rest, a);
  return total * 16;
}

#else

int scribe_can_fold_crc32(void) { return 0; }

size_t scribe_fold_crc32(const uint8_t *bytes, size_t count, uint32_t state, uint8_t rest[16]) {
  (void)bytes, (void)count, (void)state, (void)rest;
  return 0;
}

#endif
