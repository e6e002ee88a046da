/* scribe_host.h: listen to the host. Optional: an encoder alone is enough for a host that only
 * listens.
 *
 * With it a board sends as fast as the host can take, does not overload a Bluetooth module, and
 * sends the images that the host's user asks for:
 *
 *     static scribe_host host;
 *
 *     static bool uart_write(void *uart, const uint8_t *bytes, size_t length) {
 *       const uint32_t start = millis();
 *       while (!scribe_host_may_send(&host, length, millis())) {
 *         while (uart_has_byte()) scribe_host_hear(&host, uart_byte(), millis());
 *         if (millis() - start > 1000) return false;       // the image is given up as a whole
 *       }
 *       if (!ring_put(uart, bytes, length)) return false;
 *       scribe_host_sent(&host, length, millis());
 *       return true;
 *     }
 *
 *     const scribe_host_config config = {.encoder = &scribe, .rate = 18000};
 *     scribe_host_init(&host, &config);
 *     for (;;) {
 *       while (uart_has_byte()) scribe_host_hear(&host, uart_byte(), millis());
 *       scribe_host_answer(&host);                         // here, and between rows if you like
 *       ... an image ...
 *     }
 *
 * Speed: while the host grants credit, no more bytes are on their way than the host's window. To a
 * host that grants none, or without a wire from it, at most `rate` bytes a second are sent.
 *
 * On a Cortex-M4 at -Os it takes 1.1 KB of flash and 308 bytes for the struct.
 */
#ifndef SCRIBE_HOST_H
#define SCRIBE_HOST_H

#include "serialscribe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The host's packets are short. A longer one is dropped and counted. */
#define SCRIBE_HOST_PACKET 64
#define SCRIBE_HOST_COMMANDS 4
/* Packets that may be on their way at once. */
#define SCRIBE_HOST_IN_FLIGHT 64

typedef enum {
  SCRIBE_ASK_FORMAT = 1, /* `format` and `coded` */
  SCRIBE_ASK_REGION,     /* `x`, `y`, `width`, `height` in the camera's picture; all 0: all of it */
  SCRIBE_ASK_RATE,       /* `rate`; 0: as many as possible */
  SCRIBE_ASK_MTU,        /* answered by itself */
  SCRIBE_ASK_REFRESH,    /* likewise */
  SCRIBE_ASK_DELIVERY,   /* `images` and `text`, at least one of them */
  SCRIBE_ASK_EXPOSURE    /* `exposure` and `more`: see scribe_exposure.h */
} scribe_request_kind;

/* A request of the host, from the next image on. */
typedef struct {
  scribe_request_kind kind;
  scribe_format format;
  bool coded; /* by the coder of that format */
  uint16_t x, y, width, height;
  uint32_t rate; /* images in 1000 seconds */
  bool images;   /* whether images are to be sent */
  bool text;     /* whether text is to be read on the board, and sent */
  uint8_t exposure; /* a scribe_exposure_way */
  int8_t more;      /* eighths of a stop, with SCRIBE_EXPOSE_HOLD */
} scribe_request;

typedef enum {
  SCRIBE_DONE = 0,
  SCRIBE_UNKNOWN,   /* this board has no such command */
  SCRIBE_REFUSED,   /* it has, but not with this value */
  SCRIBE_MALFORMED, /* the command is too short */
  SCRIBE_FAILED     /* the camera did not do it */
} scribe_answer;

typedef scribe_answer (*scribe_on_request)(void *context, const scribe_request *request);

typedef struct {
  scribe_encoder *encoder;
  uint32_t rate;             /* bytes a second while there is no credit; 0: no limit */
  scribe_on_request request; /* NULL: only packets' sizes and fresh images are asked for */
  void *request_context;
} scribe_host_config;

/* Owned by the caller, written by the functions below. The counters may be read at any time. */
typedef struct {
  scribe_host_config config;
  uint32_t packets_heard;
  uint32_t packets_dropped; /* pieces between delimiters that were no packet of this version */
  uint32_t stalls;          /* times that credit was taken for lost */
  /* The rest is private. */
  uint32_t allowance, allowance_ms; /* bytes of the rate that may go out, and as of when */
  uint32_t credit_ms, progress_ms;
  /* Bytes, modulo 65536: sent, of these arrived, and sent with each of the last packets. */
  uint16_t sent, arrived, window;
  uint16_t sent_at[SCRIBE_HOST_IN_FLIGHT];
  uint8_t packets; /* not yet known to have arrived */
  uint32_t token;
  uint8_t bytes[SCRIBE_BUFFER_SIZE(SCRIBE_HOST_PACKET)];
  uint8_t fill;
  bool too_long, has_credit, pong_due, hello_due;
  struct {
    uint16_t token;
    uint8_t command;
    uint8_t length;
    uint8_t arguments[8];
  } commands[SCRIBE_HOST_COMMANDS];
  uint8_t command_count;
} scribe_host;

/* Starts from nothing, and has HELLO tell that the board listens. Call it before the first image.
 * SCRIBE_BAD_ARGUMENT without an encoder. */
scribe_status scribe_host_init(scribe_host *host, const scribe_host_config *config);

/* Takes a byte that the host sent. Sends nothing, so it may be called from within `write`; not from
 * an interrupt. `now_ms` is any clock of milliseconds that never stops and may wrap. */
void scribe_host_hear(scribe_host *host, uint8_t byte, uint32_t now_ms);

/* Answers the packets received: sends PONG, HELLO and RESPONSE and calls `request`. To be called
 * between images or rows, never from within `write`. */
void scribe_host_answer(scribe_host *host);

/* Whether so many bytes may be sent now. A packet is never too large: an idle link takes it. */
bool scribe_host_may_send(scribe_host *host, size_t length, uint32_t now_ms);

/* Counts bytes that were sent. */
void scribe_host_sent(scribe_host *host, size_t length, uint32_t now_ms);

#ifdef __cplusplus
}
#endif

#endif
