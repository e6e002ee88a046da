/* Sends each image, as the host wishes. */
#include "deliver.h"

#include <string.h>

#include "host.h"
#include "scribe_codecs.h"

const char *const deliver_what = "sends images";
const bool deliver_takes_wishes = true;

static scribe_lossless lossless;

bool deliver_begin(scribe_encoder *scribe) {
  (void)scribe;
  scribe_lossless_init(&lossless);
  return true;
}

/* Moves the wished part of a gray image to the front of its memory; nothing if there is no such
 * part. */
static void cut(scribe_image *image, camera_image *captured) {
  if (wish.width == 0 || wish.height == 0 || wish.x + wish.width > captured->width ||
      wish.y + wish.height > captured->height) {
    return;
  }
  for (uint32_t row = 0; row < wish.height; row++) {
    memmove(captured->bytes + row * wish.width,
            captured->bytes + (wish.y + row) * captured->width + wish.x, wish.width);
  }
  captured->length = (size_t)wish.width * wish.height;
  image->width = wish.width;
  image->height = wish.height;
  image->region = (scribe_region){.x = wish.x,
                                  .y = wish.y,
                                  .full_width = captured->width,
                                  .full_height = captured->height};
}

void deliver(scribe_encoder *scribe, const camera_image *camera) {
  camera_image captured = *camera;
  scribe_image image = {.width = captured.width,
                        .height = captured.height,
                        .format = captured.format,
                        .timestamp_us = captured.timestamp_us};
  if (captured.format == SCRIBE_GRAY8) {
    cut(&image, &captured);
    if (wish.lossless) image.coder = &lossless.coder;
  } else {
    image.payload_length = (uint32_t)captured.length;
  }
  /* What the line refuses is given up by the encoder, and told the host. */
  if (scribe_begin_image(scribe, &image) == SCRIBE_BAD_ARGUMENT) return;
  for (size_t at = 0; at < captured.length;) {
    /* Eight rows at a time, and then what the host said. */
    const size_t band = captured.format == SCRIBE_GRAY8 ? 8u * image.width : 2048u;
    const size_t left = captured.length - at;
    const size_t count = left < band ? left : band;
    if (scribe_bytes(scribe, captured.bytes + at, count) != SCRIBE_OK) break;
    at += count;
    host_serve();
  }
  scribe_end_image(scribe);
}
