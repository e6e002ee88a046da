/* Roots, powers and logarithms in integers: the same on every machine. */
#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader_parts.h"

uint32_t scribe_reader_small_root(uint32_t value) {
  uint32_t rest = value, root = 0, bit = (uint32_t)1 << 30;
  while (bit > rest) bit >>= 2;
  for (; bit != 0; bit >>= 2) {
    const uint32_t next = root + bit;
    root >>= 1;
    if (rest >= next) {
      rest -= next;
      root += bit;
    }
  }
  return root;
}

uint32_t scribe_reader_root(uint64_t value) {
  uint64_t rest = value, root = 0, bit = (uint64_t)1 << 62;
  while (bit > rest) bit >>= 2;
  for (; bit != 0; bit >>= 2) {
    if (rest >= root + bit) {
      rest -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return (uint32_t)root;
}

/* e^-(2^(3 - i)) in Q31. */
static const uint32_t powers[20] = {
    720401u, 39332535u, 290630308u, 790015084u, 1302514674u, 1672461947u, 1895147668u,
    2017374191u, 2081412522u, 2114190000u, 2130771798u, 2139111403u, 2143293437u, 2145387520u,
    2146435328u, 2146959424u, 2147221520u, 2147352580u, 2147418113u, 2147450880u};

uint32_t scribe_reader_exp_q24(uint32_t minus_q16) {
  if (minus_q16 >= 16u << 16) return 0;
  uint32_t result = 0x80000000u;
  for (int i = 0; i < 20; i++) {
    if (minus_q16 >> (19 - i) & 1) result = (uint32_t)((uint64_t)result * powers[i] >> 31);
  }
  return result >> 7;
}

uint32_t scribe_reader_ln_q16(uint32_t value) {
  uint32_t whole = 31;
  while (whole > 0 && !(value & 0x80000000u)) {
    value <<= 1;
    whole--;
  }
  /* `value` is 1..<2 in Q31. */
  uint32_t log2 = whole;
  for (int i = 0; i < 16; i++) {
    const uint64_t square = (uint64_t)value * value >> 31;
    log2 = log2 << 1 | (uint32_t)(square >> 32);
    value = (uint32_t)(square >> 32 ? square >> 1 : square);
  }
  return (uint32_t)((uint64_t)log2 * 45426u >> 16);
}

uint32_t scribe_reader_float_q24(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const int32_t shift = (int32_t)(bits >> 23 & 0xFF) - 126; /* of a 24-bit mantissa below 1 */
  const uint32_t mantissa = (bits & 0x7FFFFFu) | 0x800000u;
  if (bits >> 31 || shift > 7 || shift < -23) return 0;
  return shift >= 0 ? mantissa << shift : mantissa >> -shift;
}

#endif
