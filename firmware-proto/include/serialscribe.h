/* serialscribe.h: send camera images over a serial link to the program `scribe`.
 *
 * Example, for a camera that delivers 320x240 gray, eight rows at a time:
 *
 *     static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_DEFAULT_MTU)];
 *     static scribe_encoder scribe;
 *
 *     static bool uart_write(void *uart, const uint8_t *bytes, size_t length) {
 *       return ring_put(uart, bytes, length);          // all of it, or nothing and false
 *     }
 *
 *     const scribe_config config = {.write = uart_write, .write_context = &uart1,
 *                                   .buffer = packet, .buffer_size = sizeof packet,
 *                                   .board = "STM32F407", .sensor = "OV2640"};
 *     scribe_init(&scribe, &config);
 *     for (;;) {
 *       const scribe_image image = {.width = 320, .height = 240, .format = SCRIBE_GRAY8,
 *                                   .timestamp_us = clock_us()};
 *       scribe_begin_image(&scribe, &image);
 *       for (int row = 0; row < 240; row += 8) scribe_lines(&scribe, camera_rows(8), 8);
 *       scribe_end_image(&scribe);
 *     }
 *
 * Nothing is allocated and nothing is global: the encoder lives in the caller's struct, one packet
 * at a time is built in the caller's buffer, and every finished packet goes through the caller's
 * `write`. Errors may be ignored as above: a call that cannot do its work changes nothing, or
 * gives up the image as a whole, and the counters tell the host.
 *
 * JPEG straight from an OV2640: begin with SCRIBE_JPEG, pass the bytes as they come to
 * scribe_bytes(), end. When the wire is still busy with the last image, call scribe_skip_image()
 * in place of these three: whole images are dropped at the source, never bytes in the middle.
 *
 * On a Cortex-M4 at -Os it takes 4.1 KB of flash, 168 bytes for the struct, 255 for the packet
 * buffer, and about 250 of stack beside the needs of `write`.
 *
 * One encoder belongs to one thread: do not call into it from an interrupt and the main loop at
 * once. The bytes on the wire are described in PROTOCOL.md.
 */
#ifndef SERIALSCRIBE_H
#define SERIALSCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCRIBE_PROTOCOL_VERSION 1

/* The version of these sources; packages of them bear the same. */
#define SCRIBE_VERSION "1.0.0"

/* A packet's size: header, body and CRC, before COBS. With 252 a packet is 255 bytes on the wire:
 * COBS costs one byte and the delimiters two. */
#define SCRIBE_DEFAULT_MTU 252
#define SCRIBE_MINIMUM_MTU 96
#define SCRIBE_MAXIMUM_MTU 1024
#define SCRIBE_HEADER_SIZE 6
#define SCRIBE_CRC_SIZE 4

/* The largest image (after packing, before framing) that a receiver has to accept. */
#define SCRIBE_MAXIMUM_IMAGE_BYTES 0x1000000u

/* Longer board, sensor and firmware names are cut. */
#define SCRIBE_MAXIMUM_NAME 31

/* Bytes on the wire of a packet of `size` bytes, at most; also the size of the packet buffer. */
#define SCRIBE_BUFFER_SIZE(size) ((size) + (size) / 254 + 3)

typedef enum {
  SCRIBE_OK = 0,
  SCRIBE_BAD_ARGUMENT, /* nothing was sent or changed */
  SCRIBE_BAD_STATE,    /* no image is open, or one is; or it ended with rows missing */
  SCRIBE_OVERFLOW      /* `write` refused a packet; an image it belongs to is given up */
} scribe_status;

typedef enum {
  SCRIBE_GRAY8 = 0x0001,     /* one byte a pixel, 0 black */
  SCRIBE_RGB565_LE = 0x0002, /* two bytes a pixel, low byte first */
  SCRIBE_RGB565_BE = 0x0003, /* two bytes a pixel, high byte first: as OV cameras put them out */
  SCRIBE_YUYV = 0x0004,      /* Y0 U Y1 V; an odd width is padded to whole pairs */
  SCRIBE_BILEVEL = 0x0005,   /* one bit a pixel, leftmost in bit 7, 1 = ink; rows of whole bytes */
  SCRIBE_GRAY4 = 0x0006,     /* four bits a pixel, left one in bits 7-4, 15 white; whole bytes */
  SCRIBE_JPEG = 0x0100       /* a whole JPEG file; width and height are hints, 0 if unknown */
} scribe_format;

/* Takes all `length` bytes (one whole packet with its delimiters) and returns true, or takes none
 * and returns false. The bytes are only valid until it returns: copy them, or wait for the DMA. */
typedef bool (*scribe_write)(void *context, const uint8_t *bytes, size_t length);

typedef struct {
  scribe_write write;
  void *write_context;
  uint8_t *buffer;      /* SCRIBE_BUFFER_SIZE(mtu) bytes, kept for the encoder's whole life */
  size_t buffer_size;
  uint16_t mtu;         /* 0 means SCRIBE_DEFAULT_MTU */
  /* Whether text is printed on the same wire while an image is open. Then one more byte per packet
   * keeps them apart; without it, such a text costs the packet that follows. */
  bool prints_between;
  const char *board;    /* names shown to the user; may be NULL; must outlive the encoder */
  const char *sensor;
  const char *firmware;
} scribe_config;

/* A coder, which sends rows in fewer bytes; see scribe_codecs.h. */
typedef struct scribe_coder scribe_coder;

/* The part of the camera's picture that an image shows. */
typedef struct {
  uint16_t x, y;                   /* of the image's top left pixel */
  uint16_t full_width, full_height; /* of the whole picture; 0 if the image is all of it */
} scribe_region;

typedef struct {
  uint16_t width; /* of the image sent: of the region, if there is one */
  uint16_t height;
  scribe_format format;
  uint64_t timestamp_us;   /* the board's clock at capture; 0 if it has none */
  uint32_t exposure_us;    /* 0 if unknown */
  uint32_t payload_length; /* JPEG only: its length if already known, else 0 */
  scribe_coder *coder;     /* NULL: pixels are sent as they are */
  scribe_region region;    /* all zeros: the image is the whole picture */
} scribe_image;

/* Owned by the caller, written by the functions below. The counters may be read at any time. */
typedef struct {
  scribe_config config;
  /* Counters since scribe_init. */
  uint32_t images_sent;     /* ended without a refusal */
  uint32_t images_dropped;  /* captured but never begun on the wire */
  uint32_t images_aborted;  /* begun, then given up */
  uint32_t packets_refused; /* by `write` */
  uint32_t packets_sent;
  uint64_t bytes_sent;
  uint32_t image_number; /* of the image that is open, else of the next; wraps */
  /* The rest is private. */
  uint64_t descriptor_time_us;
  uint64_t timestamp_us;
  uint32_t payload_length; /* expected; 0 = unknown */
  uint32_t payload_sent;   /* accepted from the caller */
  uint32_t pixel_crc;
  uint32_t slice_count;
  uint32_t row_bytes;
  uint32_t capabilities; /* told in HELLO */
  uint16_t slice_capacity;
  uint16_t slice_fill;
  uint16_t rows_per_slice;
  uint16_t width, height;
  uint16_t position; /* chunk, or first row, of the slice being filled */
  uint16_t mtu;      /* from the next image on */
  uint16_t fragment;
  uint8_t format, codec;
  uint8_t sequence;
  uint8_t descriptor_id;
  uint8_t state;
  bool refresh_due;
  bool hello_sent;
  bool begin_refused;
  bool descriptor_known; /* a layout was set before */
  bool descriptor_sent;
  /* State for images with a coder. */
  scribe_coder *coder;
  scribe_coder *reference_coder; /* of the image that the next may refer to, or NULL */
  scribe_region region;
  uint32_t slice_mark;    /* CRC of the rows of the slice that is being coded */
  uint16_t rows_coded;    /* including rows reported as unchanged */
  uint16_t slice_end;     /* first row behind the slice that is being coded; 0 = none is */
  uint16_t unchanged;     /* unchanged rows still to be reported */
  uint16_t refresh_count; /* images since `reference_coder` was new */
  uint8_t reference;      /* low byte of that image's number */
  bool slice_inter;
  bool keeps_rows;
} scribe_encoder;

/* Checks the configuration and starts from nothing. SCRIBE_BAD_ARGUMENT if there is no `write`,
 * no buffer, a buffer too small for the MTU, or an MTU outside 96...1024. Sends nothing. */
scribe_status scribe_init(scribe_encoder *encoder, const scribe_config *config);

/* Opens an image: sends HELLO the first time, DESCRIPTOR when the layout changed or a second has
 * passed, and BEGIN. SCRIBE_BAD_ARGUMENT for an empty or too large image, an unknown format, one
 * that the coder doesn't code or a region that isn't within its picture, SCRIBE_BAD_STATE while one
 * is open. SCRIBE_OVERFLOW if BEGIN was refused: the image counts as dropped, its rows are ignored
 * and scribe_end_image() closes it. */
scribe_status scribe_begin_image(scribe_encoder *encoder, const scribe_image *image);

/* Appends `count` whole rows that lie one after another; packets are filled without regard to rows.
 * SCRIBE_BAD_ARGUMENT if the image has fewer rows left, or is a JPEG. */
scribe_status scribe_lines(scribe_encoder *encoder, const uint8_t *rows, size_t count);

/* Appends bytes without regard to rows: JPEG, or pixels as half a DMA buffer brings them.
 * SCRIBE_BAD_ARGUMENT if the image has fewer bytes left; with a coder, if rows aren't whole. */
scribe_status scribe_bytes(scribe_encoder *encoder, const uint8_t *bytes, size_t length);

/* Closes the image with its slice count and the CRC of its pixels. SCRIBE_BAD_STATE if rows were
 * missing: the rows that came are sent and the host will mark the others. */
scribe_status scribe_end_image(scribe_encoder *encoder);

/* Gives up the open image (after a camera overrun, say); the host discards its rows. */
scribe_status scribe_abort_image(scribe_encoder *encoder);

/* Counts an image that was captured and not sent. The host learns of it with the next BEGIN. */
scribe_status scribe_skip_image(scribe_encoder *encoder);

/* Makes the next image refer to none before it: for a receiver that missed some. */
scribe_status scribe_refresh(scribe_encoder *encoder);

/* Sets the size of packets from the next image on. SCRIBE_BAD_ARGUMENT below 96 and above the size
 * that the encoder was initialized with. Short packets lose less on a bad link, and cost more on a
 * good one. */
scribe_status scribe_set_mtu(scribe_encoder *encoder, uint16_t mtu);

/* Repeats the descriptor if a second has passed since the last one. Worth calling between rows when
 * an image takes longer than that, so that a host that connects in the middle can join. */
scribe_status scribe_tick(scribe_encoder *encoder, uint64_t now_us);

/* The functions below may be called at any time, also between the rows of an image. A log text of
 * more than 84 bytes is sent as several packets. */
scribe_status scribe_log(scribe_encoder *encoder, const char *text);
scribe_status scribe_stats(scribe_encoder *encoder, uint32_t uptime_ms);
scribe_status scribe_hello(scribe_encoder *encoder);
scribe_status scribe_ping(scribe_encoder *encoder, uint32_t token);
/* Answers the host's PING with its token. */
scribe_status scribe_pong(scribe_encoder *encoder, uint32_t token);

/* Bytes in a row, 0 for JPEG and unknown formats. */
uint32_t scribe_row_bytes(scribe_format format, uint16_t width);

/* The building blocks, for firmware that sends packets of its own. */

/* CRC-32 of zlib, PNG and Ethernet. Start with 0 and pass the result on to continue. Uses a table
 * of 16 entries; define SCRIBE_CRC32_TABLE_256 for one of 256 (1 KB of flash, about twice as
 * fast). */
uint32_t scribe_crc32(uint32_t crc, const uint8_t *bytes, size_t length);

/* COBS without delimiters; returns the encoded length, at most length + length / 254 + 1. `out`
 * may overlap `in` if it starts at least length / 254 + 1 bytes before it. */
size_t scribe_cobs_encode(uint8_t *out, const uint8_t *in, size_t length);

#ifdef __cplusplus
}
#endif

#endif
