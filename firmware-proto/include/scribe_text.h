/* scribe_text.h: the text that a board read in an image, sent to the host.
 *
 * scribe_reader.h fills a scribe_text; firmware that reads in another way may fill one itself. On
 * the wire it takes tens of bytes where the image took tens of thousands. PROTOCOL.md describes
 * the packet.
 */
#ifndef SCRIBE_TEXT_H
#define SCRIBE_TEXT_H

#include "serialscribe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Versions of the packet's body: the second has characters beyond ASCII, and is sent where there
 * are any. */
#define SCRIBE_TEXT_VERSION 1
#define SCRIBE_TEXT_VERSION_SIGNS 2

/* More lines or characters are not sent: nobody reads so many in one image of such a camera. */
#define SCRIBE_TEXT_MAXIMUM_LINES 128
#define SCRIBE_TEXT_MAXIMUM_CHARACTERS 2048

/* A box in pixels of the image. */
typedef struct {
  uint16_t x, y, width, height;
} scribe_box;

typedef struct {
  scribe_box box;
  uint16_t character; /* in Unicode: visible, no space, as 0x41 for A and 0xB0 for a degree sign */
  bool space_before;  /* a space stands between it and the one before in its line */
  uint8_t confidence; /* 255 is sure */
} scribe_character;

/* Whether a line is what a pattern says. */
enum { SCRIBE_MATCH_UNASKED, SCRIBE_MATCH_NO, SCRIBE_MATCH_YES };

typedef struct {
  scribe_box box;
  uint16_t first; /* its characters, left to right, in `characters` */
  uint16_t count; /* at least 1 */
  bool light_on_dark;
  uint8_t confidence; /* that all are right: the product of its characters' */
  uint8_t match;
} scribe_text_line;

typedef struct {
  uint32_t image_number;   /* scribe_encoder.image_number when the image was captured */
  uint64_t timestamp_us;   /* of the capture, 0 if the board has no clock */
  uint16_t width, height;  /* of the image */
  uint16_t milliseconds;   /* that reading took, 0 if unknown */
  uint16_t line_count;     /* 0: there is no text in the image */
  uint16_t character_count;
  const scribe_text_line *lines; /* in reading order */
  const scribe_character *characters;
} scribe_text;

/* Sends TEXT, in as many packets as it takes, HELLO first if it was not sent yet. An image that is
 * read and not sent uses up its number here: if `image_number` is the encoder's own, the encoder
 * goes on to the next. SCRIBE_BAD_STATE while an image is open, SCRIBE_BAD_ARGUMENT for a text that
 * a receiver would refuse, SCRIBE_OVERFLOW if `write` refused a packet: the host drops the packets
 * before it. */
scribe_status scribe_send_text(scribe_encoder *encoder, const scribe_text *text);

#ifdef __cplusplus
}
#endif

#endif
