#include "report.h"

#include <stddef.h>

static size_t put(char *text, size_t at, size_t size, const char *from) {
  while (*from != '\0' && at + 1 < size) text[at++] = *from++;
  return at;
}

void report(scribe_encoder *scribe, const char *what, const char *whom, uint32_t number) {
  char text[84]; /* one packet */
  char digits[11];
  size_t first = sizeof digits - 1;
  digits[first] = '\0';
  for (uint32_t rest = number; rest != 0; rest /= 10) digits[--first] = (char)('0' + rest % 10);
  size_t at = put(text, 0, sizeof text, what);
  at = put(text, at, sizeof text, whom);
  if (number != 0) {
    at = put(text, at, sizeof text, " ");
    at = put(text, at, sizeof text, digits + first);
  }
  text[at] = '\0';
  scribe_log(scribe, text);
}

void report_address(scribe_encoder *scribe, const char *what, uint32_t address) {
  char digits[] = " 0x00000000";
  for (uint32_t i = 0; i < 8; i++) digits[3 + i] = "0123456789ABCDEF"[address >> (28 - 4 * i) & 15u];
  report(scribe, what, digits, 0);
}
