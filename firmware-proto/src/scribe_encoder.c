/* Images, texts and messages to packets, and what a host asks to callbacks (PROTOCOL.md).
 *
 * One file, though a long one: all of it works on one `scribe` structure, and boards that only send
 * images need no other. */
#include "scribe_codecs.h"

#include <string.h>

#include "scribe_packet.h"

enum { FLAG_LAST_SLICE = 0x10, FLAG_INTER = 0x08, FLAG_FRAGMENT = 0x04,
       FLAG_MORE_FRAGMENTS = 0x02 };

enum { END_ABORTED = 0x01 };

enum { HELLO_JUST_STARTED = 0x01 };

enum { CODEC_RAW = 0, CODEC_JPEG = 1 };

/* STATE_SWALLOW: an image was refused by `write`; the caller need not notice until its end. */
enum { STATE_IDLE, STATE_OPEN, STATE_SWALLOW };

/* Every packet but SLICE is built on the stack, since the caller's buffer may hold half a slice. */
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

static uint8_t *put_region(uint8_t *at, const scribe_region *region) {
  if (region->full_width == 0) return at;
  at = scribe_put_u16(at, region->x);
  at = scribe_put_u16(at, region->y);
  at = scribe_put_u16(at, region->full_width);
  return scribe_put_u16(at, region->full_height);
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
  /* The zero after the last packet is enough, unless there may be text in between. */
  if (type == SCRIBE_TYPE_SLICE && !encoder->config.prints_between) {
    wire++;
    length--;
  }
  if (!encoder->config.write(encoder->config.write_context, wire, length)) {
    encoder->packets_refused++;
    return false;
  }
  /* A refused packet keeps its sequence number: gaps in the host's count are losses on the wire. */
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
  at = scribe_put_u16(at, encoder->mtu);
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
  at = scribe_put_u16(at, encoder->coder == NULL ? encoder->slice_capacity : 0);
  at = scribe_put_u64(at, image->timestamp_us);
  at = scribe_put_u32(at, image->exposure_us);
  at = scribe_put_u32(at, encoder->images_dropped);
  at = scribe_put_u32(at, encoder->packets_refused);
  at = scribe_put_u32(at, encoder->payload_length);
  at = put_region(at, &encoder->region);
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
  at = put_region(at, &encoder->region);
  return send_control(encoder, &packet, at, SCRIBE_TYPE_END);
}

/* Gives up the open image: nothing more of it is sent but, at its end, that it is void. */
static void give_up(scribe_encoder *encoder) {
  encoder->state = STATE_SWALLOW;
  encoder->images_aborted++;
  encoder->reference_coder = NULL;
}

static bool send_slice(scribe_encoder *encoder, bool last) {
  if (!scribe_send_packet(encoder, encoder->config.buffer, encoder->config.mtu,
                          SCRIBE_HEADER_SIZE + (size_t)encoder->slice_fill, SCRIBE_TYPE_SLICE,
                          last ? FLAG_LAST_SLICE : 0, encoder->position)) {
    give_up(encoder);
    return false;
  }
  encoder->slice_count++;
  encoder->position++;
  encoder->slice_fill = 0;
  return true;
}

bool scribe_is_idle(const scribe_encoder *encoder) { return encoder->state == STATE_IDLE; }

/* ---- Coded slices. ---- */

/* The fields before the code: the number of rows, and the reference. */
#define CODED_FIELDS 2

static uint8_t *slice_body(const scribe_encoder *encoder) {
  return encoder->config.buffer + SCRIBE_PACKET_OFFSET(encoder->config.mtu) + SCRIBE_HEADER_SIZE;
}

/* Sends the bytes coded so far of the slice that starts at `position`. */
static void send_coded(scribe_encoder *encoder, uint8_t flags, size_t length) {
  if (encoder->state != STATE_OPEN) return;
  if (encoder->fragment > 255) { /* rows of noise, and too many of them in a slice */
    give_up(encoder);
    return;
  }
  if (encoder->fragment > 0 || (flags & FLAG_MORE_FRAGMENTS) != 0) {
    uint8_t *const body = slice_body(encoder);
    memmove(body + 1, body, length);
    *body = (uint8_t)encoder->fragment++;
    length++;
    flags |= FLAG_FRAGMENT;
  }
  if (scribe_send_packet(encoder, encoder->config.buffer, encoder->config.mtu,
                         SCRIBE_HEADER_SIZE + length, SCRIBE_TYPE_SLICE, flags,
                         encoder->position)) {
    encoder->slice_count++;
  } else {
    give_up(encoder);
  }
}

static void coded_packet_full(scribe_coder *coder) {
  scribe_encoder *const encoder = coder->owner;
  const uint8_t inter = encoder->slice_inter ? FLAG_INTER : 0;
  uint8_t *const code = slice_body(encoder) + CODED_FIELDS;
  const size_t length = (size_t)(coder->at - code);
  memmove(slice_body(encoder), code, length);
  send_coded(encoder, FLAG_MORE_FRAGMENTS | inter, length);
  coder->at = code;
}

/* Sends a slice of `count` rows, of which the code's last part is in the buffer. */
static void end_slice(scribe_encoder *encoder, uint8_t count) {
  uint8_t *const body = slice_body(encoder);
  const bool last = encoder->rows_coded == encoder->height;
  const bool inter = encoder->slice_inter;
  encoder->coder->finish(encoder->coder);
  uint8_t *const code = body + CODED_FIELDS;
  const size_t length = (size_t)(encoder->coder->at - code);
  const size_t fields = inter ? 2 : 1;
  if (!inter) memmove(body + 1, code, length);
  body[0] = count;
  if (inter) body[1] = encoder->reference;
  send_coded(encoder, (uint8_t)((inter ? FLAG_INTER : 0) | (last ? FLAG_LAST_SLICE : 0)),
             fields + length);
  encoder->slice_end = 0;
}

/* Reports the rows before `rows_coded` that are unchanged. */
static void send_unchanged(scribe_encoder *encoder) {
  while (encoder->unchanged > 0 && encoder->state == STATE_OPEN) {
    const uint16_t count = encoder->unchanged < 255 ? encoder->unchanged : 255;
    uint8_t *const body = slice_body(encoder);
    body[0] = (uint8_t)count;
    body[1] = encoder->reference;
    encoder->position = (uint16_t)(encoder->rows_coded - encoder->unchanged);
    encoder->fragment = 0;
    encoder->unchanged = (uint16_t)(encoder->unchanged - count);
    const bool last = encoder->unchanged == 0 && encoder->rows_coded == encoder->height;
    send_coded(encoder, (uint8_t)(FLAG_INTER | (last ? FLAG_LAST_SLICE : 0)), 2);
  }
}

/* Whether a slice may refer to the last image. Slices are sent anew in turn, so that no image has
 * to carry all of them. */
static bool may_refer(const scribe_encoder *encoder, uint32_t slice) {
  const scribe_coder *const coder = encoder->coder;
  return encoder->reference_coder == coder && coder->refresh > 1 &&
         (encoder->refresh_count + slice) % coder->refresh != 0;
}

static uint32_t rows_crc(const scribe_encoder *encoder, uint32_t crc, const uint8_t *rows,
                         size_t count) {
  const size_t size = (size_t)encoder->row_bytes;
  const unsigned spare = encoder->format == SCRIBE_BILEVEL ? (0u - encoder->width) & 7u : 0;
  if (spare == 0) return scribe_crc32(crc, rows, count * size);
  /* The bits behind a row's end aren't coded: paper. */
  for (; count > 0; count--, rows += size) {
    const uint8_t end = (uint8_t)(rows[size - 1] >> spare << spare);
    crc = scribe_crc32(scribe_crc32(crc, rows, size - 1), &end, 1);
  }
  return crc;
}

static void start_slice(scribe_encoder *encoder, uint32_t slice, uint16_t count) {
  scribe_coder *const coder = encoder->coder;
  send_unchanged(encoder);
  uint8_t *const body = slice_body(encoder);
  const bool kept = coder->previous != NULL && coder->format == SCRIBE_BILEVEL &&
                    coder->previous_size / encoder->row_bytes >= encoder->height;
  encoder->slice_inter = kept && may_refer(encoder, slice);
  encoder->keeps_rows = kept;
  encoder->position = encoder->rows_coded;
  encoder->slice_end = (uint16_t)(encoder->rows_coded + count);
  encoder->slice_mark = 0;
  encoder->fragment = 0;
  coder->owner = encoder;
  coder->full = coded_packet_full;
  coder->at = body + CODED_FIELDS;
  /* One byte less than there is, for the number of a fragment. */
  coder->end = body + encoder->slice_capacity;
  coder->start(coder, encoder->width, encoder->slice_inter);
}

/* Whether a slice may end here: between lines of text, where the next slice needs no rows above it.
 * Slices with marks keep their places. */
static bool is_good_end(const scribe_encoder *encoder, const uint8_t *row) {
  const scribe_coder *const coder = encoder->coder;
  if (coder->marks != NULL || encoder->format != SCRIBE_BILEVEL ||
      encoder->rows_coded - encoder->position < coder->slice_rows * 5 / 8) {
    return false;
  }
  for (uint32_t i = 0; i < encoder->row_bytes; i++) {
    if (row[i] != 0) return false;
  }
  return true;
}

static void code_rows(scribe_encoder *encoder, const uint8_t *rows, size_t count) {
  scribe_coder *const coder = encoder->coder;
  const size_t size = (size_t)encoder->row_bytes;
  while (count > 0 && encoder->state == STATE_OPEN) {
    const uint32_t slice = (uint32_t)encoder->rows_coded / coder->slice_rows;
    const bool marked = coder->marks != NULL && slice < coder->mark_count;
    if (encoder->slice_end == 0) {
      const uint16_t left = (uint16_t)(encoder->height - encoder->rows_coded);
      const uint16_t whole = left < coder->slice_rows ? left : coder->slice_rows;
      if (marked && count >= whole && may_refer(encoder, slice) &&
          coder->marks[slice] == rows_crc(encoder, 0, rows, whole)) {
        encoder->rows_coded = (uint16_t)(encoder->rows_coded + whole);
        encoder->unchanged = (uint16_t)(encoder->unchanged + whole);
        rows += whole * size;
        count -= whole;
        continue;
      }
      start_slice(encoder, slice, whole);
    }
    uint8_t *const kept =
        encoder->keeps_rows ? coder->previous + (size_t)encoder->rows_coded * size : NULL;
    coder->row(coder, rows, kept);
    if (kept != NULL) memcpy(kept, rows, size);
    if (marked) encoder->slice_mark = rows_crc(encoder, encoder->slice_mark, rows, 1);
    encoder->rows_coded++;
    if (encoder->rows_coded == encoder->slice_end || is_good_end(encoder, rows)) {
      if (marked) coder->marks[slice] = encoder->slice_mark;
      end_slice(encoder, (uint8_t)(encoder->rows_coded - encoder->position));
    }
    rows += size;
    count--;
  }
  if (encoder->rows_coded == encoder->height) send_unchanged(encoder);
}

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
  encoder->mtu = mtu;
  return SCRIBE_OK;
}

uint32_t scribe_row_bytes(scribe_format format, uint16_t width) {
  switch (format) {
    case SCRIBE_GRAY8: return width;
    case SCRIBE_RGB565_LE:
    case SCRIBE_RGB565_BE: return 2u * width;
    case SCRIBE_YUYV: return (width + 1u) / 2u * 4u;
    case SCRIBE_BILEVEL: return (width + 7u) / 8u;
    case SCRIBE_GRAY4: return (width + 1u) / 2u;
    case SCRIBE_JPEG: break;
  }
  return 0;
}

static void set_layout(scribe_encoder *encoder, const scribe_image *image) {
  const uint8_t format = (uint8_t)((unsigned)image->format & 0xFFu);
  const uint8_t codec =
      (uint8_t)(image->coder != NULL ? image->coder->codec : (unsigned)image->format >> 8);
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

  encoder->row_bytes = scribe_row_bytes(image->format, image->width);
}

/* Applies the packet size that was requested last. */
static void set_slices(scribe_encoder *encoder) {
  const uint16_t body = (uint16_t)(encoder->mtu - SCRIBE_HEADER_SIZE - SCRIBE_CRC_SIZE);
  const uint16_t capacity = (uint16_t)(encoder->coder != NULL ? body - 1 : body);
  const uint16_t rows = encoder->coder != NULL ? encoder->coder->slice_rows : 0;
  if (capacity == encoder->slice_capacity && rows == encoder->rows_per_slice) return;
  encoder->slice_capacity = capacity;
  encoder->rows_per_slice = rows;
  encoder->descriptor_sent = false;
}

static bool descriptor_due(const scribe_encoder *encoder, uint64_t now_us) {
  /* A board without a clock repeats the descriptor with every image. */
  return !encoder->descriptor_sent || now_us == 0 || now_us < encoder->descriptor_time_us ||
         now_us - encoder->descriptor_time_us >= DESCRIPTOR_PERIOD_US;
}

/* Whether there is no coder, or one for this image. */
static bool coder_fits(const scribe_image *image) {
  const scribe_coder *const coder = image->coder;
  return coder == NULL ||
         ((uint8_t)((unsigned)image->format) == coder->format && image->format != SCRIBE_JPEG &&
          image->width <= coder->maximum_width && coder->slice_rows > 0);
}

static bool same_region(const scribe_region *a, const scribe_region *b) {
  return a->x == b->x && a->y == b->y && a->full_width == b->full_width &&
         a->full_height == b->full_height;
}

scribe_status scribe_begin_image(scribe_encoder *encoder, const scribe_image *image) {
  if (encoder->state != STATE_IDLE) return SCRIBE_BAD_STATE;
  uint32_t length = image->payload_length;
  if (image->format != SCRIBE_JPEG) {
    const uint32_t row_bytes = scribe_row_bytes(image->format, image->width);
    if (row_bytes == 0 || image->height == 0 ||
        row_bytes > SCRIBE_MAXIMUM_IMAGE_BYTES / image->height) {
      return SCRIBE_BAD_ARGUMENT;
    }
    length = row_bytes * image->height;
    /* Chunks are counted in 16 bits. */
    const uint32_t chunk = (uint32_t)encoder->mtu - SCRIBE_HEADER_SIZE - SCRIBE_CRC_SIZE;
    if (image->coder == NULL && length > 0x10000u * chunk) return SCRIBE_BAD_ARGUMENT;
  }
  const scribe_region *const region = &image->region;
  if (length > SCRIBE_MAXIMUM_IMAGE_BYTES || !coder_fits(image) ||
      (region->full_width != 0 && (region->x + image->width > region->full_width ||
                                   region->y + image->height > region->full_height))) {
    return SCRIBE_BAD_ARGUMENT;
  }

  const uint8_t descriptor = encoder->descriptor_id;
  set_layout(encoder, image);
  /* The image that this one is coded against must have the same place and size. */
  if (descriptor != encoder->descriptor_id || encoder->reference_coder != image->coder ||
      !same_region(&encoder->region, region) || encoder->refresh_due) {
    encoder->reference_coder = NULL;
  }
  encoder->refresh_due = false;
  encoder->coder = image->coder;
  set_slices(encoder);
  encoder->region = *region;
  encoder->rows_coded = 0;
  encoder->slice_end = 0;
  encoder->unchanged = 0;
  encoder->payload_length = length;
  encoder->payload_sent = 0;
  encoder->pixel_crc = 0;
  encoder->slice_count = 0;
  encoder->slice_fill = 0;
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
  if (encoder->coder != NULL) {
    if (length % encoder->row_bytes != 0) return SCRIBE_BAD_ARGUMENT;
    const size_t count = (size_t)(length / encoder->row_bytes);
    encoder->pixel_crc = rows_crc(encoder, encoder->pixel_crc, bytes, count);
    encoder->payload_sent += (uint32_t)length;
    code_rows(encoder, bytes, count);
    return encoder->state == STATE_OPEN ? SCRIBE_OK : SCRIBE_OVERFLOW;
  }
  encoder->pixel_crc = scribe_crc32(encoder->pixel_crc, bytes, length);

  uint8_t *const body = slice_body(encoder);
  const uint16_t size = encoder->slice_capacity;
  while (length > 0) {
    /* A full chunk waits for the next byte: it may be the last one, and must be marked so. */
    if (encoder->slice_fill == size && !send_slice(encoder, false)) return SCRIBE_OVERFLOW;
    const uint16_t room = (uint16_t)(size - encoder->slice_fill);
    const uint16_t count = length < room ? (uint16_t)length : room;
    memcpy(body + encoder->slice_fill, bytes, count);
    bytes += count;
    length -= count;
    encoder->slice_fill = (uint16_t)(encoder->slice_fill + count);
    encoder->payload_sent += count;
  }
  /* The last pixels need not wait. */
  if (encoder->codec == CODEC_RAW && encoder->slice_fill > 0 &&
      encoder->payload_sent == encoder->payload_length && !send_slice(encoder, true)) {
    return SCRIBE_OVERFLOW;
  }
  return SCRIBE_OK;
}

scribe_status scribe_lines(scribe_encoder *encoder, const uint8_t *rows, size_t count) {
  if (encoder->state == STATE_SWALLOW) return SCRIBE_OVERFLOW;
  if (encoder->state != STATE_OPEN) return SCRIBE_BAD_STATE;
  if (encoder->row_bytes == 0 || count > encoder->height) return SCRIBE_BAD_ARGUMENT;
  /* No more than an address can reach, on an 8-bit core. */
  if (count > SIZE_MAX / encoder->row_bytes) return SCRIBE_BAD_ARGUMENT;
  return scribe_bytes(encoder, rows, count * (size_t)encoder->row_bytes);
}

scribe_status scribe_end_image(scribe_encoder *encoder) {
  if (encoder->state == STATE_IDLE) return SCRIBE_BAD_STATE;
  scribe_status status = SCRIBE_OK;
  if (encoder->state == STATE_OPEN) {
    if (encoder->payload_length != 0 && encoder->payload_sent != encoder->payload_length) {
      status = SCRIBE_BAD_STATE;
    }
    if (encoder->coder != NULL) {
      /* A slice with missing rows is not sent. */
      send_unchanged(encoder);
    } else if (encoder->slice_fill > 0 &&
               (encoder->codec == CODEC_JPEG || encoder->slice_fill == encoder->slice_capacity)) {
      /* Nor is a chunk that ends before the pixels do: its size gives its place. */
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
    encoder->refresh_count =
        (uint16_t)(encoder->reference_coder != NULL ? encoder->refresh_count + 1 : 0);
    encoder->reference_coder = status == SCRIBE_OK ? encoder->coder : NULL;
    encoder->reference = (uint8_t)encoder->image_number;
  } else {
    /* The host knows nothing of an image whose BEGIN was refused, and has nothing to discard. */
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

scribe_status scribe_refresh(scribe_encoder *encoder) {
  encoder->refresh_due = true;
  return SCRIBE_OK;
}

scribe_status scribe_set_mtu(scribe_encoder *encoder, uint16_t mtu) {
  if (mtu < SCRIBE_MINIMUM_MTU || mtu > encoder->config.mtu) return SCRIBE_BAD_ARGUMENT;
  encoder->mtu = mtu;
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

scribe_status scribe_send_stats(scribe_encoder *encoder, uint32_t uptime_ms, const uint8_t *life) {
  control packet;
  uint8_t *at = scribe_put_u32(control_body(&packet), uptime_ms);
  at = scribe_put_u32(at, encoder->images_sent);
  at = scribe_put_u32(at, encoder->images_dropped);
  at = scribe_put_u32(at, encoder->images_aborted);
  at = scribe_put_u32(at, encoder->packets_refused);
  at = scribe_put_u64(at, encoder->bytes_sent);
  if (life != NULL) {
    memcpy(at, life, SCRIBE_STATS_LIFE_SIZE);
    at += SCRIBE_STATS_LIFE_SIZE;
  }
  return send_control(encoder, &packet, at, SCRIBE_TYPE_STATS) ? SCRIBE_OK : SCRIBE_OVERFLOW;
}

scribe_status scribe_stats(scribe_encoder *encoder, uint32_t uptime_ms) {
  return scribe_send_stats(encoder, uptime_ms, NULL);
}

scribe_status scribe_hello(scribe_encoder *encoder) {
  /* A host that receives a start forgets everything: so not in the middle of an image, if the first
   * HELLO was refused. */
  const bool first = !encoder->hello_sent && encoder->state == STATE_IDLE;
  control packet;
  uint8_t *at = control_body(&packet);
  *at++ = SCRIBE_PROTOCOL_VERSION;
  *at++ = first ? HELLO_JUST_STARTED : 0;
  at = scribe_put_u16(at, encoder->config.mtu);
  at = scribe_put_u32(at, encoder->capabilities);
  at = put_name(at, encoder->config.firmware);
  if (!send_control(encoder, &packet, at, SCRIBE_TYPE_HELLO)) return SCRIBE_OVERFLOW;
  if (first) {
    encoder->hello_sent = true;
    encoder->descriptor_sent = false;
    encoder->reference_coder = NULL;
  }
  return SCRIBE_OK;
}

static scribe_status send_token(scribe_encoder *encoder, uint32_t token, uint8_t type) {
  control packet;
  uint8_t *const at = scribe_put_u32(control_body(&packet), token);
  return send_control(encoder, &packet, at, type) ? SCRIBE_OK : SCRIBE_OVERFLOW;
}

bool scribe_respond(scribe_encoder *encoder, uint16_t token, uint8_t command, uint8_t status) {
  control packet;
  uint8_t *at = scribe_put_u16(control_body(&packet), token);
  *at++ = command;
  *at++ = status;
  return send_control(encoder, &packet, at, SCRIBE_TYPE_RESPONSE);
}

scribe_status scribe_ping(scribe_encoder *encoder, uint32_t token) {
  return send_token(encoder, token, SCRIBE_TYPE_PING);
}

scribe_status scribe_pong(scribe_encoder *encoder, uint32_t token) {
  return send_token(encoder, token, SCRIBE_TYPE_PONG);
}
