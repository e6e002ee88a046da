/* The TEXT packet: a text, in as many packets as it takes, each readable by itself. */
#include "scribe_text.h"

#include "scribe_packet.h"

/* Sizes of the heads of a packet, and of a line in it. */
enum { HEAD_SIZE = 24, LINE_SIZE = 12, MOST_CHARACTER_SIZE = 1 + 3 + 1 + 3 + 3 + 2 + 2 };
enum { FLAG_LAST_PART = 0x01 };
enum {
  LINE_LIGHT_ON_DARK = 0x01,
  LINE_CONTINUED = 0x02,
  LINE_HAS_PATTERN = 0x04,
  LINE_MATCHES = 0x08
};
enum { SPACE_BEFORE = 0x80, BEYOND_ASCII = 0x7F };
/* Largest side of an image: places and sizes then take at most three bytes. */
enum { LARGEST_SIDE = 0x3FFF };

typedef struct {
  uint8_t *start, *at, *end;
  uint16_t part;
  uint8_t version;
} writer;

/* Seven bits a byte, low ones first; all but the last have bit 7 set. */
static uint8_t *put_number(uint8_t *at, uint32_t value) {
  for (; value > 0x7F; value >>= 7) *at++ = (uint8_t)(value | 0x80);
  *at++ = (uint8_t)value;
  return at;
}

/* Signed numbers with the sign in the lowest bit: 0, -1, 1, -2, 2 are 0, 1, 2, 3, 4. */
static uint8_t *put_signed(uint8_t *at, int32_t value) {
  return put_number(at, value < 0 ? (uint32_t)(-(value + 1)) * 2 + 1 : (uint32_t)value * 2);
}

/* Whether a character can be seen, as far as ranges tell. */
static bool is_visible(uint16_t c) {
  return (c > ' ' && c <= '~') || (c > 0xA0 && (c < 0xD800 || c > 0xF8FF) && c < 0xFFFE);
}

static bool is_sound_box(const scribe_text *text, const scribe_box *box) {
  return box->width > 0 && box->height > 0 && box->x + box->width <= text->width &&
         box->y + box->height <= text->height;
}

static bool is_sound(const scribe_text *text) {
  if (text->line_count > SCRIBE_TEXT_MAXIMUM_LINES || text->width > LARGEST_SIDE ||
      text->height > LARGEST_SIDE) {
    return false;
  }
  uint32_t total = 0;
  for (uint16_t i = 0; i < text->line_count; i++) {
    const scribe_text_line *line = text->lines + i;
    total += line->count;
    if (line->count == 0 || total > SCRIBE_TEXT_MAXIMUM_CHARACTERS ||
        !is_sound_box(text, &line->box)) {
      return false;
    }
    for (uint16_t k = 0; k < line->count; k++) {
      const scribe_character *c = text->characters + line->first + k;
      if (!is_visible(c->character) || !is_sound_box(text, &c->box)) return false;
    }
  }
  return true;
}

static uint8_t version_of(const scribe_text *text) {
  for (uint16_t i = 0; i < text->line_count; i++) {
    const scribe_text_line *line = text->lines + i;
    for (uint16_t k = 0; k < line->count; k++) {
      if (text->characters[line->first + k].character > '~') return SCRIBE_TEXT_VERSION_SIGNS;
    }
  }
  return SCRIBE_TEXT_VERSION;
}

/* A character: one beyond ASCII is UTF-8 behind a mark. */
static uint8_t *put_character(uint8_t *at, const scribe_character *c) {
  const uint8_t space = c->space_before ? SPACE_BEFORE : 0;
  const uint16_t code = c->character;
  *at++ = (uint8_t)((code <= '~' ? code : BEYOND_ASCII) | space);
  if (code <= '~') return at;
  if (code < 0x800) {
    *at++ = (uint8_t)(0xC0 | code >> 6);
  } else {
    *at++ = (uint8_t)(0xE0 | code >> 12);
    *at++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
  }
  *at++ = (uint8_t)(0x80 | (code & 0x3F));
  return at;
}

static void start_part(writer *out, const scribe_text *text) {
  uint8_t *at = out->start;
  *at++ = out->version;
  *at++ = 0; /* flags, set when the part is sent */
  at = scribe_put_u16(at, out->part);
  at = scribe_put_u32(at, text->image_number);
  at = scribe_put_u64(at, text->timestamp_us);
  at = scribe_put_u16(at, text->width);
  at = scribe_put_u16(at, text->height);
  at = scribe_put_u16(at, text->milliseconds);
  at = scribe_put_u16(at, text->line_count);
  out->at = at;
}

static bool send_part(scribe_encoder *encoder, writer *out, uint8_t flags) {
  out->start[1] = flags;
  const size_t size = SCRIBE_HEADER_SIZE + (size_t)(out->at - out->start);
  const bool sent = scribe_send_packet(encoder, encoder->config.buffer, encoder->config.mtu, size,
                                       SCRIBE_TYPE_TEXT, 0, 0);
  out->part++;
  return sent;
}

/* Opens a line in the packet; returns the place of its count of characters. */
static uint8_t *start_line(writer *out, const scribe_text *text, uint16_t number,
                           bool is_continued) {
  const scribe_text_line *line = text->lines + number;
  uint8_t *at = out->at;
  *at++ = (uint8_t)number;
  uint8_t *const count = at;
  *at++ = 0;
  *at++ = (uint8_t)((line->light_on_dark ? LINE_LIGHT_ON_DARK : 0) |
                    (is_continued ? LINE_CONTINUED : 0) |
                    (line->match != SCRIBE_MATCH_UNASKED ? LINE_HAS_PATTERN : 0) |
                    (line->match == SCRIBE_MATCH_YES ? LINE_MATCHES : 0));
  *at++ = line->confidence;
  at = scribe_put_u16(at, line->box.x);
  at = scribe_put_u16(at, line->box.y);
  at = scribe_put_u16(at, line->box.width);
  at = scribe_put_u16(at, line->box.height);
  out->at = at;
  return count;
}

scribe_status scribe_send_text(scribe_encoder *encoder, const scribe_text *text) {
  if (!scribe_is_idle(encoder)) return SCRIBE_BAD_STATE;
  if (!is_sound(text)) return SCRIBE_BAD_ARGUMENT;
  if (!encoder->hello_sent) scribe_hello(encoder);
  if (text->image_number == encoder->image_number) encoder->image_number++;

  uint8_t *const body = encoder->config.buffer + SCRIBE_PACKET_OFFSET(encoder->config.mtu) +
                        SCRIBE_HEADER_SIZE;
  writer out = {.start = body,
                .end = body + encoder->config.mtu - SCRIBE_HEADER_SIZE - SCRIBE_CRC_SIZE,
                .version = version_of(text)};
  start_part(&out, text);
  for (uint16_t i = 0; i < text->line_count; i++) {
    const scribe_text_line *line = text->lines + i;
    uint8_t *count = NULL;
    int32_t right = line->box.x;
    for (uint16_t k = 0; k < line->count; k++) {
      const size_t need = MOST_CHARACTER_SIZE + (count == NULL ? LINE_SIZE : 0);
      if ((size_t)(out.end - out.at) < need || (count != NULL && *count == 255)) {
        if (!send_part(encoder, &out, 0)) return SCRIBE_OVERFLOW;
        start_part(&out, text);
        count = NULL;
      }
      if (count == NULL) {
        count = start_line(&out, text, i, k > 0);
        right = line->box.x;
      }
      const scribe_character *c = text->characters + line->first + k;
      out.at = put_character(out.at, c);
      *out.at++ = c->confidence;
      out.at = put_signed(out.at, c->box.x - right);
      out.at = put_signed(out.at, c->box.y - line->box.y);
      out.at = put_number(out.at, c->box.width);
      out.at = put_number(out.at, c->box.height);
      right = c->box.x + c->box.width;
      (*count)++;
    }
  }
  return send_part(encoder, &out, FLAG_LAST_PART) ? SCRIBE_OK : SCRIBE_OVERFLOW;
}
