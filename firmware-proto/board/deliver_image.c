/* Sends each image, as the host wishes, and has it read where there is a model. */
#include "deliver.h"

#include <string.h>

#include "expose.h"
#include "host.h"
#include "memory.h"
#include "scribe_codecs.h"
#include "scribe_ink.h"

/* The pixels that are ink when the host asks for bits. */
enum { INK_DARK, INK_LIGHT, INK_TURNS };
#ifndef BOARD_INK
#define BOARD_INK INK_DARK
#endif

#define ROWS_AT_ONCE 8u
#define BYTES_AT_ONCE 2048u

const char *const deliver_what = DELIVER_READS ? "reads by itself" : "sends images";

static scribe_lossless lossless;
#if DELIVER_BITS
static scribe_bilevel bilevel IN_CCM;
static scribe_ink ink IN_CCM;
#endif

bool deliver_begin(scribe_encoder *scribe) {
  scribe_lossless_init(&lossless);
#if DELIVER_BITS
  scribe_bilevel_init(&bilevel);
#endif
  expose_start();
#if DELIVER_READS
  return deliver_text_begin(scribe);
#else
  (void)scribe;
  return true;
#endif
}

/* Moves the wished part of a gray image to the front of its memory; nothing if there is no such
 * part. */
static void cut(scribe_region *region, camera_image *captured) {
  if (wish.width == 0 || wish.height == 0 || wish.x + wish.width > captured->width ||
      wish.y + wish.height > captured->height) {
    return;
  }
  for (uint32_t row = 0; row < wish.height; row++) {
    memmove(captured->bytes + row * wish.width,
            captured->bytes + (wish.y + row) * captured->width + wish.x, wish.width);
  }
  *region = (scribe_region){.x = wish.x,
                            .y = wish.y,
                            .full_width = captured->width,
                            .full_height = captured->height};
  captured->length = (size_t)wish.width * wish.height;
  captured->width = wish.width;
  captured->height = wish.height;
}

static void send_bytes(scribe_encoder *scribe, const scribe_image *image,
                       const camera_image *captured) {
  const size_t band =
      captured->format == SCRIBE_GRAY8 ? ROWS_AT_ONCE * image->width : BYTES_AT_ONCE;
  for (size_t at = 0; at < captured->length;) {
    const size_t left = captured->length - at;
    const size_t count = left < band ? left : band;
    if (scribe_bytes(scribe, captured->bytes + at, count) != SCRIBE_OK) break;
    at += count;
    host_serve();
  }
}

#if DELIVER_BITS
/* Makes the bitmap row by row; small images become twice as large. */
static bool begin_ink(scribe_image *image, const camera_image *captured) {
  static bool light = BOARD_INK == INK_LIGHT;
  if (BOARD_INK == INK_TURNS) light = !light;
  const scribe_ink_image picture = {
      .gray = captured->bytes,
      .width = image->width,
      .height = image->height,
      .doubled = image->width <= 200 && image->height <= SCRIBE_INK_MAX_HEIGHT / 2 &&
                 image->width <= SCRIBE_INK_MAX_WIDTH / 2 && image->region.full_width == 0,
      .polarity = light ? SCRIBE_LIGHT_INK : SCRIBE_DARK_INK};
  if (scribe_ink_begin(&ink, &picture) != SCRIBE_OK) return false;
  image->format = SCRIBE_BILEVEL;
  image->coder = &bilevel.coder;
  image->width = ink.width;
  image->height = ink.height;
  return true;
}

static void send_ink(scribe_encoder *scribe) {
  static uint8_t bits[(SCRIBE_INK_MAX_WIDTH + 7) / 8];
  for (uint32_t row = 0; row < ink.height; row++) {
    if (scribe_ink_row(&ink, bits) != SCRIBE_OK) break;
    if (scribe_lines(scribe, bits, 1) != SCRIBE_OK) break;
    if (row % ROWS_AT_ONCE == ROWS_AT_ONCE - 1) host_serve();
  }
}

#endif

static void deliver_image(scribe_encoder *scribe, const camera_image *captured,
                          const scribe_region *region) {
  bool is_ink = false;
  scribe_image image = {.width = captured->width,
                        .height = captured->height,
                        .format = captured->format,
                        .timestamp_us = captured->timestamp_us,
                        .region = *region};
  if (captured->format == SCRIBE_GRAY8) {
    if (wish.lossless) image.coder = &lossless.coder;
#if DELIVER_BITS
    if (wish.bilevel) is_ink = begin_ink(&image, captured);
#endif
  } else {
    image.payload_length = (uint32_t)captured->length;
  }
  /* The encoder gives up an image that the line refuses, and tells the host. */
  if (scribe_begin_image(scribe, &image) == SCRIBE_BAD_ARGUMENT) return;
  /* A few rows at a time, and then what the host said. */
  if (is_ink) {
#if DELIVER_BITS
    send_ink(scribe);
#endif
  } else {
    send_bytes(scribe, &image, captured);
  }
  scribe_end_image(scribe);
}

void deliver(scribe_encoder *scribe, camera_image *image) {
  const uint32_t number = scribe->image_number;
  scribe_region region = {0, 0, 0, 0};
  if (image->format == SCRIBE_GRAY8) cut(&region, image);
  if (wish.images) deliver_image(scribe, image, &region);
#if DELIVER_READS
  if (wish.text) deliver_text(scribe, image, &region, number);
#else
  (void)number;
#endif
  /* The part that the host asked for is the part that it reads. */
  if (!wish.text && region.full_width > 0) {
    const scribe_box all = {.width = image->width, .height = image->height};
    expose_look(image, &all);
  }
  expose_next();
}
