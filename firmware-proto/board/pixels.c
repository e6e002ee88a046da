#include "pixels.h"

#include <stdbool.h>

size_t jpeg_trim(const uint8_t *bytes, size_t length, size_t *skip) {
  size_t start = 0;
  /* A capture may begin with bytes of the last image. */
  while (start < 64 && start + 3 <= length &&
         !(bytes[start] == 0xFF && bytes[start + 1] == 0xD8 && bytes[start + 2] == 0xFF)) {
    start++;
  }
  if (start >= 64 || start + 3 > length) return 0;
  /* In coded data FF is followed by 00 or RSTn, so FF D9 is the end. From behind, it is the last
   * one even if a thumbnail holds another. */
  size_t end = length;
  while (end > start + 4 && !(bytes[end - 2] == 0xFF && bytes[end - 1] == 0xD9)) end--;
  if (end <= start + 4) return 0;
  *skip = start;
  return end - start;
}

void yuyv_to_gray(uint8_t *gray, const uint8_t *yuyv, size_t pixels) {
  for (size_t i = 0; i < pixels; i++) gray[i] = yuyv[2 * i];
}

typedef struct {
  const uint8_t *bytes;
  size_t length;
  size_t at;
} cursor;

static bool is_space(uint8_t byte) { return byte == ' ' || (byte >= 9 && byte <= 13); }

/* A number after white space and comments; 0 if there is none up to 65535. */
static uint32_t number(cursor *in) {
  while (in->at < in->length && (is_space(in->bytes[in->at]) || in->bytes[in->at] == '#')) {
    if (in->bytes[in->at++] != '#') continue;
    while (in->at < in->length && in->bytes[in->at] != '\n') in->at++;
  }
  uint32_t value = 0;
  while (in->at < in->length && in->bytes[in->at] >= '0' && in->bytes[in->at] <= '9') {
    value = value * 10 + in->bytes[in->at++] - '0';
    if (value > 65535) return 0;
  }
  return value;
}

size_t pgm_header(const uint8_t *bytes, size_t length, uint16_t *width, uint16_t *height) {
  cursor in = {bytes, length, 2};
  if (length < 3 || bytes[0] != 'P' || bytes[1] != '5') return 0;
  const uint32_t columns = number(&in);
  const uint32_t rows = number(&in);
  const uint32_t maximum = number(&in);
  if (columns == 0 || rows == 0 || maximum != 255) return 0;
  if (in.at >= length || !is_space(bytes[in.at])) return 0;
  *width = (uint16_t)columns;
  *height = (uint16_t)rows;
  return in.at + 1;
}

size_t size_prefix(const char *text, uint16_t *width, uint16_t *height) {
  size_t at = 0;
  uint32_t values[2] = {0, 0};
  for (int i = 0; i < 2; i++) {
    while (text[at] >= '0' && text[at] <= '9') {
      values[i] = values[i] * 10 + (uint32_t)(text[at++] - '0');
      if (values[i] > 65535) return 0;
    }
    if (values[i] == 0 || text[at++] != (i == 0 ? 'x' : ':')) return 0;
  }
  *width = (uint16_t)values[0];
  *height = (uint16_t)values[1];
  return at;
}
