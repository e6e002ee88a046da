/* Packets from the host, a byte at a time: delimiters, COBS and CRC as PROTOCOL.md has them. Holds
 * no register, so it runs on any machine. */
#ifndef INBOX_H
#define INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "serialscribe.h"

enum { PACKET_HELLO = 7, PACKET_PING = 8, PACKET_COMMAND = 12 };

/* The host's packets are short; a longer one is dropped and counted. */
#define INBOX_SIZE 128

typedef struct {
  uint8_t bytes[SCRIBE_BUFFER_SIZE(INBOX_SIZE)];
  size_t fill;
  bool too_long;
  uint32_t dropped; /* what stood between delimiters and was no packet of this version */
} inbox;

typedef struct {
  uint8_t type;
  uint8_t sequence;
  const uint8_t *body; /* in the inbox, until the next byte */
  size_t length;
} inbox_packet;

/* Starts from nothing. */
void inbox_init(inbox *box);

/* True if this byte ended a sound packet. */
bool inbox_take(inbox *box, uint8_t byte, inbox_packet *packet);

#endif
