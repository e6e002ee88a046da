#include "deliver.h"

#include "uart.h"

const char *const deliver_what = "sends images";

bool deliver_begin(scribe_encoder *scribe) {
  (void)scribe;
  return true;
}

void deliver(scribe_encoder *scribe, const camera_image *captured) {
  const scribe_image image = {.width = captured->width,
                              .height = captured->height,
                              .format = captured->format,
                              .timestamp_us = captured->timestamp_us,
                              .payload_length = (uint32_t)captured->length};
  /* What the line refuses is given up by the encoder, and told the host. */
  if (scribe_begin_image(scribe, &image) == SCRIBE_BAD_ARGUMENT) return;
  scribe_bytes(scribe, captured->bytes, captured->length);
  scribe_end_image(scribe);
}
