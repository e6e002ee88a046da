/* Messages of the host: credit, and the commands that it sends. */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "serialscribe.h"

/* The host's wishes for its images. */
typedef struct {
  bool images, text;             /* what is to be delivered */
  bool lossless;                 /* gray in two thirds of the bytes */
  bool bilevel;                  /* a bit a pixel, coded: in a twenty-eighth */
  uint16_t x, y, width, height;  /* a part of the camera's picture; width 0: all of it */
  uint32_t period_ms;            /* from one image to the next, at least */
} host_wish;

extern host_wish wish;

/* `rate` is the most bytes a second to send to a host that grants no credit, 0 for no limit. */
void host_start(scribe_encoder *scribe, uint32_t rate);

/* Takes what came in, and answers it. Not from within a scribe_write. */
void host_serve(void);

/* A scribe_write: waits until the host takes the packet, then until there is room for it. */
bool host_write(void *context, const uint8_t *bytes, size_t length);

#endif
