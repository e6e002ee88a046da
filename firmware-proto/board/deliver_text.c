/* Reads each image and sends its text. */
#include "deliver.h"

#include "clock.h"
#include "expose.h"
#include "read.h"
#include "report.h"
#include "uart.h"
#include "watchdog.h"

bool read_keep_on(void *context) {
  (void)context;
  uart_poll();
  watchdog_progress();
  return true;
}

void read_report(scribe_encoder *scribe, const scribe_model_failure *failure) {
  report(scribe, "model unsound at ", failure->where, (uint32_t)failure->fault);
}

bool deliver_text_begin(scribe_encoder *scribe) { return read_begin(scribe); }

/* Boxes in a part of the picture to boxes in all of it. */
static void shift(const scribe_text *text, const scribe_region *region) {
  scribe_box *box;
  for (uint32_t i = 0; i < text->line_count; i++) {
    box = (scribe_box *)&text->lines[i].box;
    box->x = (uint16_t)(box->x + region->x);
    box->y = (uint16_t)(box->y + region->y);
  }
  for (uint32_t i = 0; i < text->character_count; i++) {
    box = (scribe_box *)&text->characters[i].box;
    box->x = (uint16_t)(box->x + region->x);
    box->y = (uint16_t)(box->y + region->y);
  }
}

void deliver_text(scribe_encoder *scribe, const camera_image *captured,
                  const scribe_region *region, uint32_t number) {
  if (captured->format != SCRIBE_GRAY8) {
    report(scribe, "only gray images are read on the board", "", 0);
    if (number == scribe->image_number) scribe_skip_image(scribe);
    return;
  }
  const uint32_t start = clock_ms();
  const scribe_reader_image image = {
      .gray = captured->bytes, .width = captured->width, .height = captured->height};
  const scribe_text *const read = read_image(&image);
  if (read == NULL) {
    report(scribe, "image too large or too small to be read", "", captured->width);
    if (number == scribe->image_number) scribe_skip_image(scribe);
    return;
  }
  const uint32_t took = clock_ms() - start;
  scribe_text text = *read;
  for (uint32_t i = 0; i < text.line_count; i++) expose_look(captured, &text.lines[i].box);
  if (region->full_width > 0) {
    shift(&text, region);
    text.width = region->full_width;
    text.height = region->full_height;
  }
  text.image_number = number;
  text.timestamp_us = captured->timestamp_us;
  text.milliseconds = took < 65535 ? (uint16_t)took : 65535;
  scribe_send_text(scribe, &text);
}
