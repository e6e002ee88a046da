#include "inbox.h"

#include <string.h>

void inbox_init(inbox *box) { memset(box, 0, sizeof *box); }

/* Undoes COBS in place; the packet's size, or 0 if a block reaches beyond the end. */
static size_t unstuff(uint8_t *bytes, size_t length) {
  size_t in = 0, out = 0;
  while (in < length) {
    const uint8_t code = bytes[in++];
    if ((size_t)code - 1 > length - in) return 0;
    memmove(bytes + out, bytes + in, code - 1u);
    out += code - 1u;
    in += code - 1u;
    if (code != 0xFF && in < length) bytes[out++] = 0;
  }
  return out;
}

static uint32_t get_u32(const uint8_t *at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

bool inbox_take(inbox *box, uint8_t byte, inbox_packet *packet) {
  if (byte != 0) {
    if (box->fill < sizeof box->bytes) {
      box->bytes[box->fill++] = byte;
    } else {
      box->too_long = true;
    }
    return false;
  }
  const size_t filled = box->fill;
  const bool too_long = box->too_long;
  box->fill = 0;
  box->too_long = false;
  if (filled == 0) return false;
  const size_t size = too_long ? 0 : unstuff(box->bytes, filled);
  if (size < SCRIBE_HEADER_SIZE + SCRIBE_CRC_SIZE ||
      scribe_crc32(0, box->bytes, size - SCRIBE_CRC_SIZE) !=
          get_u32(box->bytes + size - SCRIBE_CRC_SIZE) ||
      box->bytes[0] >> 4 != SCRIBE_PROTOCOL_VERSION) {
    box->dropped++;
    return false;
  }
  packet->type = box->bytes[0] & 15;
  packet->sequence = box->bytes[1];
  packet->body = box->bytes + SCRIBE_HEADER_SIZE;
  packet->length = size - SCRIBE_HEADER_SIZE - SCRIBE_CRC_SIZE;
  return true;
}
