#include "serialscribe.h"

/* Cheshire and Baker, "Consistent Overhead Byte Stuffing", 1999. Each code byte gives the distance
 * to the next zero; 255 stands for 254 bytes without one. */
size_t scribe_cobs_encode(uint8_t *out, const uint8_t *in, size_t length) {
  size_t code_at = 0;
  size_t end = 1;
  uint8_t code = 1;
  for (size_t i = 0; i < length; i++) {
    const uint8_t byte = in[i];
    if (byte != 0) {
      out[end++] = byte;
      code++;
    }
    /* A full block at the very end needs no further code byte. */
    if (byte == 0 || (code == 0xFF && i + 1 < length)) {
      out[code_at] = code;
      code_at = end++;
      code = 1;
    }
  }
  out[code_at] = code;
  return end;
}
