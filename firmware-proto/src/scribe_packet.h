/* scribe_packet.h: framing of packets, for the files that build some. Private. */
#ifndef SCRIBE_PACKET_H
#define SCRIBE_PACKET_H

#include "serialscribe.h"

enum { SCRIBE_TYPE_DESCRIPTOR = 1, SCRIBE_TYPE_BEGIN, SCRIBE_TYPE_SLICE, SCRIBE_TYPE_END,
       SCRIBE_TYPE_LOG, SCRIBE_TYPE_STATS, SCRIBE_TYPE_HELLO, SCRIBE_TYPE_PING,
       SCRIBE_TYPE_PONG, SCRIBE_TYPE_CREDIT, SCRIBE_TYPE_TEXT, SCRIBE_TYPE_COMMAND,
       SCRIBE_TYPE_RESPONSE };

/* Offset of a packet of at most `size` bytes, so that COBS can run forward in place: after the
 * delimiter and the most code bytes that it can need. */
#define SCRIBE_PACKET_OFFSET(size) ((size_t)(size) / 254 + 2)

uint8_t *scribe_put_u16(uint8_t *at, uint32_t value);
uint8_t *scribe_put_u32(uint8_t *at, uint32_t value);
uint8_t *scribe_put_u64(uint8_t *at, uint64_t value);

/* Frames the packet of `size` bytes at SCRIBE_PACKET_OFFSET(limit) of `wire`, adding its header and
 * CRC, and writes it out. False if it was refused. */
bool scribe_send_packet(scribe_encoder *encoder, uint8_t *wire, size_t limit, size_t size,
                        uint8_t type, uint8_t flags, uint16_t position);

/* Answers the command with `token`. False if the packet was refused. */
bool scribe_respond(scribe_encoder *encoder, uint16_t token, uint8_t command, uint8_t status);

/* The size of the counters that scribe_life.h adds to STATS. */
#define SCRIBE_STATS_LIFE_SIZE 15

/* Sends STATS, and behind it `life`, of SCRIBE_STATS_LIFE_SIZE bytes, unless that is NULL. */
scribe_status scribe_send_stats(scribe_encoder *encoder, uint32_t uptime_ms, const uint8_t *life);

/* Whether no image is open. */
bool scribe_is_idle(const scribe_encoder *encoder);

#endif
