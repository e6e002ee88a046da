#include "serialscribe.h"

#include <string.h>

#include "scribe_packet.h"

enum { FLAG_LAST_SLICE = 0x10, FLAG_FRAGMENT = 0x04, FLAG_MORE_FRAGMENTS = 0x02 };

enum { END_ABORTED = 0x01 };

enum { HELLO_JUST_STARTED = 0x01 };

enum { CODEC_RAW = 0, CODEC_JPEG = 1 };

/* In STATE_SWALLOW an image was refused by `write`; the caller need not notice until its end. */
enum { STATE_IDLE, STATE_OPEN, STATE_SWALLOW };

/* Everything but SLICE is built on the stack, since the caller's buffer may hold half a slice. */
#define CONTROL_SIZE SCRIBE_MINIMUM_MTU
#define CONTROL_BODY (CONTROL_SIZE - SCRIBE_HEADER_SIZE - SCRIBE_CRC_SIZE)
#define LOG_TEXT 84

#define DESCRIPTOR_PERIOD_US 1000000u

uint8_t *scribe_put_u16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
  return at + 2;
}

uint8_t *scribe_put_u32(uint8_t *at, uint32_t value) {
  return scribe_put_u16(scribe_put_u16(at, value & 0xFFFFu), value >> 16);
}

uint8_t *scribe_put_u64(uint8_t *at, uint64_t value) {
  return scribe_put_u32(scribe_put_u32(at, (uint32_t)value), (uint32_t)(value >> 32));
}

static uint8_t *put_name(uint8_t *at, const char *name) {
  uint8_t length = 0;
  if (name != NULL) {
    while (length < SCRIBE_MAXIMUM_NAME && name[length] != '\0') length++;
    memcpy(at + 1, name, length);
  }
  *at = length;
  return at + 1 + length;
}

static uint8_t *put_layout(uint8_t *at, const scribe_encoder *encoder) {
  at = scribe_put_u16(at, encoder->width);
  at = scribe_put_u16(at, encoder->height);
  *at++ = encoder->format;
  *at++ = encoder->codec;
  return at;
}

bool scribe_send_packet(scribe_encoder *encoder, uint8_t *wire, size_t limit, size_t size,
                        uint8_t type, uint8_t flags, uint16_t position) {
  uint8_t *packet = wire + SCRIBE_PACKET_OFFSET(limit);
  const bool of_image =
      type == SCRIBE_TYPE_BEGIN || type == SCRIBE_TYPE_SLICE || type == SCRIBE_TYPE_END;
  packet[0] = (uint8_t)(SCRIBE_PROTOCOL_VERSION << 4 | type);
  packet[1] = encoder->sequence;
  packet[2] = of_image ? (uint8_t)encoder->image_number : 0;
  packet[3] = (uint8_t)(encoder->descriptor_id << 5 | flags);
  scribe_put_u16(packet + 4, position);
  scribe_put_u32(packet + size, scribe_crc32(0, packet, size));
  wire[0] = 0;
  size_t length = 1 + scribe_cobs_encode(wire + 1, packet, size + SCRIBE_CRC_SIZE);
  wire[length++] = 0;
  if (!encoder->config.write(encoder->config.write_context, wire, length)) {
    encoder->packets_refused++;
    return false;
  }
  /* A refused packet keeps its sequence number: the host's gaps then are losses on the line. */
  encoder->sequence++;
  encoder->packets_sent++;
  encoder->bytes_sent += length;
  return true;
}

typedef struct {
  uint8_t wire[SCRIBE_BUFFER_SIZE(CONTROL_SIZE)];
} control;

static uint8_t *control_body(control *packet) {
  return packet->wire + SCRIBE_PACKET_OFFSET(CONTROL_SIZE) + SCRIBE_HEADER_SIZE;
}

static bool send_control(scribe_encoder *encoder, control *packet, const uint8_t *end,
                         uint8_t type) {
  const size_t size = (size_t)(end - (packet->wire + SCRIBE_PACKET_OFFSET(CONTROL_SIZE)));
  return scribe_send_packet(encoder, packet->wire, CONTROL_SIZE, size, type, 0, 0);
}

static bool send_descriptor(scribe_encoder *encoder, uint64_t now_us) {
  control packet;
  uint8_t *at = put_layout(control_body(&packet), encoder);
  at = scribe_put_u16(at, encoder->config.mtu);
  at = scribe_put_u16(at, encoder->rows_per_slice);
  at = put_name(at, encoder->config.board);
  at = put_name(at, encoder->config.sensor);
  encoder->descriptor_sent = send_control(encoder, &packet, at, SCRIBE_TYPE_DESCRIPTOR);
  encoder->descriptor_time_us = now_us;
  return encoder->descriptor_sent;
}

static bool send_begin(scribe_encoder *encoder, const scribe_image *image) {
  control packet;
  uint8_t *at = scribe_put_u32(control_body(&packet), encoder->image_number);
  at = put_layout(at, encoder);
  at = scribe_put_u16(at, 0);
  at = scribe_put_u64(at, image->timestamp_us);
  at = scribe_put_u32(at, image->exposure_us);
  at = scribe_put_u32(at, encoder->images_dropped);
  at = scribe_put_u32(at, encoder->packets_refused);
  at = scribe_put_u32(at, encoder->payload_length);
  return send_control(encoder, &packet, at, SCRIBE_TYPE_BEGIN);
}

static bool send_end(scribe_encoder *encoder, uint8_t flags) {
  control packet;
  uint8_t *at = scribe_put_u32(control_body(&packet), encoder->image_number);
  at = put_layout(at, encoder);
  *at++ = flags;
  *at++ = 0;
  at = scribe_put_u32(at, encoder->slice_count);
  at = scribe_put_u32(at, encoder->payload_sent);
  at = scribe_put_u32(at, encoder->pixel_crc);
  return send_control(encoder, &packet, at, SCRIBE_TYPE_END);
}

/* Nothing more of this image goes out but, at its end, the word that it is void. */
static void give_up(scribe_encoder *encoder) {
  encoder->state = STATE_SWALLOW;
  encoder->images_aborted++;
}

static bool send_slice(scribe_encoder *encoder, bool last) {
  uint8_t flags = last ? FLAG_LAST_SLICE : 0;
  size_t size = SCRIBE_HEADER_SIZE + (size_t)encoder->slice_fill;
  uint32_t advance = 1; /* a chunk, or a row that ends with this fragment */
  if (encoder->fragmented) {
    encoder->config.buffer[SCRIBE_PACKET_OFFSET(encoder->config.mtu) + SCRIBE_HEADER_SIZE] =
        (uint8_t)encoder->fragment;
    size++;
    flags |= FLAG_FRAGMENT;
    if (encoder->row_sent + encoder->slice_fill < encoder->row_bytes) {
      flags |= FLAG_MORE_FRAGMENTS;
      advance = 0;
    }
  } else if (encoder->codec == CODEC_RAW) {
    advance = encoder->slice_fill / encoder->row_bytes;
  }
  if (!scribe_send_packet(encoder, encoder->config.buffer, encoder->config.mtu, size,
                          SCRIBE_TYPE_SLICE, flags, encoder->position)) {
    give_up(encoder);
    return false;
  }
  encoder->slice_count++;
  encoder->position = (uint16_t)(encoder->position + advance);
  encoder->row_sent = advance == 0 ? encoder->row_sent + encoder->slice_fill : 0;
  encoder->fragment = (uint16_t)(advance == 0 ? encoder->fragment + 1 : 0);
  encoder->slice_fill = 0;
  return true;
}

/* Bytes of payload in the slice that is being filled once it is full. */
static uint32_t slice_size(const scribe_encoder *encoder) {
  uint32_t rest = encoder->slice_capacity;
  if (encoder->fragmented) {
    rest = encoder->row_bytes - encoder->row_sent;
  } else if (encoder->codec == CODEC_RAW) {
    rest = encoder->payload_length - (encoder->payload_sent - encoder->slice_fill);
  }
  return rest < encoder->slice_capacity ? rest : encoder->slice_capacity;
}

bool scribe_is_idle(const scribe_encoder *encoder) { return encoder->state == STATE_IDLE; }

scribe_status scribe_init(scribe_encoder *encoder, const scribe_config *config) {
  if (encoder == NULL || config == NULL || config->write == NULL || config->buffer == NULL) {
    return SCRIBE_BAD_ARGUMENT;
  }
  const uint16_t mtu = config->mtu != 0 ? config->mtu : SCRIBE_DEFAULT_MTU;
  if (mtu < SCRIBE_MINIMUM_MTU || mtu > SCRIBE_MAXIMUM_MTU ||
      config->buffer_size < SCRIBE_BUFFER_SIZE((size_t)mtu)) {
    return SCRIBE_BAD_ARGUMENT;
  }
  memset(encoder, 0, sizeof *encoder);
  encoder->config = *config;
  encoder->config.mtu = mtu;
  return SCRIBE_OK;
}

uint32_t scribe_row_bytes(scribe_format format, uint16_t width) {
  switch (format) {
    case SCRIBE_GRAY8: return width;
    case SCRIBE_RGB565_LE:
    case SCRIBE_RGB565_BE: return 2u * width;
    case SCRIBE_YUYV: return (width + 1u) / 2u * 4u;
    case SCRIBE_BILEVEL: return (width + 7u) / 8u;
    case SCRIBE_JPEG: break;
  }
  return 0;
}

static void set_layout(scribe_encoder *encoder, const scribe_image *image) {
  const uint8_t format = (uint8_t)((unsigned)image->format & 0xFFu);
  const uint8_t codec = (uint8_t)((unsigned)image->format >> 8);
  if (encoder->descriptor_known && encoder->width == image->width &&
      encoder->height == image->height && encoder->format == format && encoder->codec == codec) {
    return;
  }
  if (encoder->descriptor_known) encoder->descriptor_id = (encoder->descriptor_id + 1) & 7;
  encoder->descriptor_known = true;
  encoder->descriptor_sent = false;
  encoder->width = image->width;
  encoder->height = image->height;
  encoder->format = format;
  encoder->codec = codec;

  const uint32_t body = (uint32_t)encoder->config.mtu - SCRIBE_HEADER_SIZE - SCRIBE_CRC_SIZE;
  encoder->row_bytes = scribe_row_bytes(image->format, image->width);
  encoder->fragmented = encoder->row_bytes > body;
  encoder->rows_per_slice = 0;
  encoder->slice_capacity = (uint16_t)body;
  if (encoder->fragmented) {
    encoder->rows_per_slice = 1;
    encoder->slice_capacity = (uint16_t)(body - 1);
  } else if (codec == CODEC_RAW) {
    encoder->rows_per_slice = (uint16_t)(body / encoder->row_bytes);
    encoder->slice_capacity = (uint16_t)(encoder->rows_per_slice * encoder->row_bytes);
  }
}

static bool descriptor_due(const scribe_encoder *encoder, uint64_t now_us) {
  /* A board without a clock repeats it with every image. */
  return !encoder->descriptor_sent || now_us == 0 || now_us < encoder->descriptor_time_us ||
         now_us - encoder->descriptor_time_us >= DESCRIPTOR_PERIOD_US;
}

scribe_status scribe_begin_image(scribe_encoder *encoder, const scribe_image *image) {
  if (encoder->state != STATE_IDLE) return SCRIBE_BAD_STATE;
  uint32_t length = image->payload_length;
  if (image->format != SCRIBE_JPEG) {
    const uint32_t row_bytes = scribe_row_bytes(image->format, image->width);
    const uint32_t capacity =
        (uint32_t)encoder->config.mtu - SCRIBE_HEADER_SIZE - SCRIBE_CRC_SIZE - 1;
    if (row_bytes == 0 || image->height == 0 ||
        row_bytes > SCRIBE_MAXIMUM_IMAGE_BYTES / image->height || row_bytes > 256 * capacity) {
      return SCRIBE_BAD_ARGUMENT;
    }
    length = row_bytes * image->height;
  }
  if (length > SCRIBE_MAXIMUM_IMAGE_BYTES) return SCRIBE_BAD_ARGUMENT;

  set_layout(encoder, image);
  encoder->payload_length = length;
  encoder->payload_sent = 0;
  encoder->pixel_crc = 0;
  encoder->slice_count = 0;
  encoder->slice_fill = 0;
  encoder->row_sent = 0;
  encoder->position = 0;
  encoder->fragment = 0;
  if (!encoder->hello_sent) scribe_hello(encoder);
  if (descriptor_due(encoder, image->timestamp_us)) send_descriptor(encoder, image->timestamp_us);
  if (!send_begin(encoder, image)) {
    encoder->images_dropped++;
    encoder->begin_refused = true;
    encoder->state = STATE_SWALLOW;
    return SCRIBE_OVERFLOW;
  }
  encoder->begin_refused = false;
  encoder->state = STATE_OPEN;
  return SCRIBE_OK;
}

scribe_status scribe_bytes(scribe_encoder *encoder, const uint8_t *bytes, size_t length) {
  if (encoder->state == STATE_SWALLOW) return SCRIBE_OVERFLOW;
  if (encoder->state != STATE_OPEN) return SCRIBE_BAD_STATE;
  const uint32_t limit =
      encoder->payload_length != 0 ? encoder->payload_length : SCRIBE_MAXIMUM_IMAGE_BYTES;
  if (length > limit - encoder->payload_sent) return SCRIBE_BAD_ARGUMENT;
  if (encoder->codec == CODEC_JPEG &&
      (encoder->slice_fill + length) / encoder->slice_capacity > 0xFFFFu - encoder->position) {
    return SCRIBE_BAD_ARGUMENT;
  }
  encoder->pixel_crc = scribe_crc32(encoder->pixel_crc, bytes, length);

  uint8_t *const body = encoder->config.buffer + SCRIBE_PACKET_OFFSET(encoder->config.mtu) +
                        SCRIBE_HEADER_SIZE + (encoder->fragmented ? 1 : 0);
  while (length > 0) {
    const uint32_t size = slice_size(encoder);
    /* A full chunk of JPEG waits for the next byte: it may be the last one and must say so. */
    if (encoder->slice_fill == size && !send_slice(encoder, false)) return SCRIBE_OVERFLOW;
    const uint32_t room = slice_size(encoder) - encoder->slice_fill;
    const uint32_t count = length < room ? (uint32_t)length : room;
    memcpy(body + encoder->slice_fill, bytes, count);
    bytes += count;
    length -= count;
    encoder->slice_fill = (uint16_t)(encoder->slice_fill + count);
    encoder->payload_sent += count;
    if (encoder->codec == CODEC_RAW && count == room &&
        !send_slice(encoder, encoder->payload_sent == encoder->payload_length)) {
      return SCRIBE_OVERFLOW;
    }
  }
  return SCRIBE_OK;
}

scribe_status scribe_lines(scribe_encoder *encoder, const uint8_t *rows, size_t count) {
  if (encoder->state == STATE_SWALLOW) return SCRIBE_OVERFLOW;
  if (encoder->state != STATE_OPEN) return SCRIBE_BAD_STATE;
  if (encoder->row_bytes == 0 || count > encoder->height) return SCRIBE_BAD_ARGUMENT;
  return scribe_bytes(encoder, rows, count * encoder->row_bytes);
}

scribe_status scribe_end_image(scribe_encoder *encoder) {
  if (encoder->state == STATE_IDLE) return SCRIBE_BAD_STATE;
  scribe_status status = SCRIBE_OK;
  if (encoder->state == STATE_OPEN) {
    if (encoder->payload_length != 0 && encoder->payload_sent != encoder->payload_length) {
      status = SCRIBE_BAD_STATE;
    }
    bool whole = true;
    if (encoder->codec == CODEC_RAW) {
      /* Rows that came, without the torn one. */
      whole = !encoder->fragmented;
      encoder->slice_fill =
          (uint16_t)(encoder->slice_fill / encoder->row_bytes * encoder->row_bytes);
    }
    if (whole && encoder->slice_fill > 0) {
      send_slice(encoder, encoder->codec == CODEC_JPEG);
    }
  }
  if (encoder->state == STATE_OPEN) {
    if (send_end(encoder, 0)) {
      encoder->images_sent++;
    } else {
      encoder->images_aborted++;
      status = SCRIBE_OVERFLOW;
    }
  } else {
    /* Of an image whose BEGIN was refused the host knows nothing to throw away. */
    if (!encoder->begin_refused) send_end(encoder, END_ABORTED);
    status = SCRIBE_OVERFLOW;
  }
  encoder->state = STATE_IDLE;
  encoder->image_number++;
  return status;
}

scribe_status scribe_abort_image(scribe_encoder *encoder) {
  if (encoder->state == STATE_IDLE) return SCRIBE_BAD_STATE;
  if (encoder->state == STATE_OPEN) give_up(encoder);
  const uint32_t refused = encoder->packets_refused;
  scribe_end_image(encoder);
  return refused == encoder->packets_refused ? SCRIBE_OK : SCRIBE_OVERFLOW;
}

scribe_status scribe_skip_image(scribe_encoder *encoder) {
  if (encoder->state != STATE_IDLE) return SCRIBE_BAD_STATE;
  encoder->images_dropped++;
  encoder->image_number++;
  return SCRIBE_OK;
}

scribe_status scribe_tick(scribe_encoder *encoder, uint64_t now_us) {
  if (!encoder->descriptor_known || !descriptor_due(encoder, now_us)) return SCRIBE_OK;
  return send_descriptor(encoder, now_us) ? SCRIBE_OK : SCRIBE_OVERFLOW;
}

scribe_status scribe_log(scribe_encoder *encoder, const char *text) {
  size_t left = text != NULL ? strlen(text) : 0;
  while (left > 0) {
    size_t count = left < LOG_TEXT ? left : LOG_TEXT;
    /* Cut between characters of UTF-8, which have at most three continuation bytes. */
    for (int back = 0; back < 3 && count < left && count > 1; back++) {
      if (((uint8_t)text[count] & 0xC0u) != 0x80u) break;
      count--;
    }
    control packet;
    uint8_t *const at = control_body(&packet);
    memcpy(at, text, count);
    if (!send_control(encoder, &packet, at + count, SCRIBE_TYPE_LOG)) return SCRIBE_OVERFLOW;
    text += count;
    left -= count;
  }
  return SCRIBE_OK;
}

scribe_status scribe_stats(scribe_encoder *encoder, uint32_t uptime_ms) {
  control packet;
  uint8_t *at = scribe_put_u32(control_body(&packet), uptime_ms);
  at = scribe_put_u32(at, encoder->images_sent);
  at = scribe_put_u32(at, encoder->images_dropped);
  at = scribe_put_u32(at, encoder->images_aborted);
  at = scribe_put_u32(at, encoder->packets_refused);
  at = scribe_put_u64(at, encoder->bytes_sent);
  return send_control(encoder, &packet, at, SCRIBE_TYPE_STATS) ? SCRIBE_OK : SCRIBE_OVERFLOW;
}

scribe_status scribe_hello(scribe_encoder *encoder) {
  control packet;
  uint8_t *at = control_body(&packet);
  *at++ = SCRIBE_PROTOCOL_VERSION;
  *at++ = encoder->hello_sent ? 0 : HELLO_JUST_STARTED;
  at = scribe_put_u16(at, encoder->config.mtu);
  at = scribe_put_u32(at, 0);
  at = put_name(at, encoder->config.firmware);
  if (!send_control(encoder, &packet, at, SCRIBE_TYPE_HELLO)) return SCRIBE_OVERFLOW;
  encoder->hello_sent = true;
  return SCRIBE_OK;
}

static scribe_status send_token(scribe_encoder *encoder, uint32_t token, uint8_t type) {
  control packet;
  uint8_t *const at = scribe_put_u32(control_body(&packet), token);
  return send_control(encoder, &packet, at, type) ? SCRIBE_OK : SCRIBE_OVERFLOW;
}

scribe_status scribe_ping(scribe_encoder *encoder, uint32_t token) {
  return send_token(encoder, token, SCRIBE_TYPE_PING);
}

scribe_status scribe_pong(scribe_encoder *encoder, uint32_t token) {
  return send_token(encoder, token, SCRIBE_TYPE_PONG);
}
