/* Reads each image with the model that the Makefile names: MODEL_HEADER, MODEL, MODEL_ARENA. */
#include "deliver.h"

#include "clock.h"
#include "memory.h"
#include "report.h"
#include "scribe_reader.h"
#include "uart.h"
#include MODEL_HEADER

const char *const deliver_what = "reads by itself";
const bool deliver_takes_wishes = false;

/* Only the core works with these, so they lie where the DMA cannot reach. */
static scribe_reader reader IN_CCM;
static uint32_t arena[MODEL_ARENA];

/* Packets leave and enter while the network computes. */
static bool keep_on(void *context) {
  (void)context;
  uart_poll();
  return true;
}

bool deliver_begin(scribe_encoder *scribe) {
  scribe_model_failure failure;
  if (!scribe_model_selftest(&MODEL, arena, &failure)) {
    report(scribe, "model unsound at ", failure.where, (uint32_t)failure.fault);
    return false;
  }
  const scribe_reader_config config = {.model = &MODEL, .arena = arena, .keep_on = keep_on};
  if (scribe_reader_init(&reader, &config) != SCRIBE_OK) {
    report(scribe, "the reader can't use model ", MODEL.name, 0);
    return false;
  }
  return true;
}

void deliver(scribe_encoder *scribe, const camera_image *captured) {
  if (captured->format != SCRIBE_GRAY8) {
    report(scribe, "only gray images are read on the board", "", 0);
    scribe_skip_image(scribe);
    return;
  }
  const uint32_t start = clock_ms();
  const scribe_reader_image image = {
      .gray = captured->bytes, .width = captured->width, .height = captured->height};
  const scribe_text *const read = scribe_reader_read(&reader, &image);
  if (read == NULL) {
    report(scribe, "image too large or too small to be read", "", captured->width);
    scribe_skip_image(scribe);
    return;
  }
  const uint32_t took = clock_ms() - start;
  scribe_text text = *read;
  text.image_number = scribe->image_number;
  text.timestamp_us = captured->timestamp_us;
  text.milliseconds = took < 65535 ? (uint16_t)took : 65535;
  scribe_send_text(scribe, &text);
}
