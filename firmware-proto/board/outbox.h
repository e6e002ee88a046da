/* Two halves of memory between the encoder and the line: one is sent while the other fills. Holds
 * no register, so it runs on any machine. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint8_t *halves[2];
  size_t size; /* of a half */
  size_t fill; /* bytes in the half that is filling */
  uint8_t filling;
  volatile bool sending; /* the other half; cleared by outbox_sent() */
} outbox;

/* `memory` is 2 * size bytes where the DMA can read them. */
void outbox_init(outbox *box, uint8_t *memory, size_t size);

/* Copies all of it into the half that is filling, or nothing. */
bool outbox_put(outbox *box, const uint8_t *bytes, size_t length);

/* If nothing is being sent and something waits, gives that half out to be sent. */
bool outbox_take(outbox *box, const uint8_t **bytes, size_t *length);

/* The half given out is sent; may be called from an interrupt. */
void outbox_sent(outbox *box);

#endif
