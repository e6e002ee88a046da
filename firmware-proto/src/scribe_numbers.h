/* scribe_numbers.h: arithmetic in integers, the same on every machine. Private. */
#ifndef SCRIBE_NUMBERS_H
#define SCRIBE_NUMBERS_H

#include <stdint.h>

static inline int32_t scribe_reader_min(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t scribe_reader_max(int32_t a, int32_t b) { return a > b ? a : b; }
static inline int32_t scribe_reader_clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}
static inline int32_t scribe_reader_abs(int32_t a) { return a < 0 ? -a : a; }
/* Rounds to the nearest; `b` > 0. */
static inline int32_t scribe_reader_divide(int32_t a, int32_t b) {
  return a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b);
}

uint32_t scribe_reader_root(uint64_t value);           /* floor of the square root */
uint32_t scribe_reader_small_root(uint32_t value);
uint32_t scribe_reader_exp_q24(uint32_t minus_q16);    /* e^-x */
uint32_t scribe_reader_ln_q16(uint32_t value);         /* value >= 1 */
uint32_t scribe_reader_float_q24(float value);         /* a positive float less than 128 */

#endif
