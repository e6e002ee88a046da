#include "host.h"

#include "clock.h"
#include "deliver.h"
#include "expose.h"
#include "scribe_host.h"
#include "uart.h"
#include "watchdog.h"

#define PATIENCE_MS 1000u

host_wish wish = {.images = !DELIVER_READS, .text = DELIVER_READS};

static scribe_host host;

static void hear(void) {
  int byte;
  while ((byte = uart_read()) >= 0) scribe_host_hear(&host, (uint8_t)byte, clock_ms());
}

static scribe_answer on_request(void *context, const scribe_request *request) {
  (void)context;
  switch (request->kind) {
    case SCRIBE_ASK_FORMAT:
      if (request->format != SCRIBE_GRAY8 &&
          (request->format != SCRIBE_BILEVEL || !request->coded || !DELIVER_BITS)) {
        return SCRIBE_REFUSED;
      }
      wish.bilevel = request->format == SCRIBE_BILEVEL;
      wish.lossless = request->coded && !wish.bilevel;
      return SCRIBE_DONE;
    case SCRIBE_ASK_REGION:
      /* Whether it lies in the picture is known with the picture. */
      wish.x = request->x;
      wish.y = request->y;
      wish.width = request->width;
      wish.height = request->height;
      return SCRIBE_DONE;
    case SCRIBE_ASK_RATE:
      wish.period_ms = request->rate == 0 ? 0 : (1000000u + request->rate - 1) / request->rate;
      return SCRIBE_DONE;
    case SCRIBE_ASK_DELIVERY:
      if (request->text && !DELIVER_READS) return SCRIBE_REFUSED;
      wish.images = request->images;
      wish.text = request->text;
      return SCRIBE_DONE;
    case SCRIBE_ASK_EXPOSURE: return expose_ask(request->exposure, request->more);
    default: return SCRIBE_UNKNOWN;
  }
}

void host_start(scribe_encoder *scribe, uint32_t rate) {
  const scribe_host_config config = {.encoder = scribe, .rate = rate, .request = on_request};
  scribe_host_init(&host, &config);
}

void host_serve(void) {
  hear();
  scribe_host_answer(&host);
}

static bool write_packet(void *context, const uint8_t *bytes, size_t length) {
  const uint32_t start = clock_ms();
  while (!scribe_host_may_send(&host, length, clock_ms())) {
    if (clock_ms() - start > PATIENCE_MS) return false;
    hear();
    uart_poll();
  }
  if (!uart_write(context, bytes, length)) return false;
  scribe_host_sent(&host, length, clock_ms());
  return true;
}

bool host_write(void *context, const uint8_t *bytes, size_t length) {
  const bool written = write_packet(context, bytes, length);
  /* A packet that is refused is an end too: the image is given up, and the loop goes on. */
  watchdog_progress();
  return written;
}
