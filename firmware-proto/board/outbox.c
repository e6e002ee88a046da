#include "outbox.h"

#include <string.h>

void outbox_init(outbox *box, uint8_t *memory, size_t size) {
  box->halves[0] = memory;
  box->halves[1] = memory + size;
  box->size = size;
  box->fill = 0;
  box->filling = 0;
  box->sending = false;
}

bool outbox_put(outbox *box, const uint8_t *bytes, size_t length) {
  if (length > box->size - box->fill) return false;
  memcpy(box->halves[box->filling] + box->fill, bytes, length);
  box->fill += length;
  return true;
}

bool outbox_take(outbox *box, const uint8_t **bytes, size_t *length) {
  if (box->sending || box->fill == 0) return false;
  *bytes = box->halves[box->filling];
  *length = box->fill;
  box->filling ^= 1u;
  box->fill = 0;
  box->sending = true;
  return true;
}

void outbox_sent(outbox *box) { box->sending = false; }
