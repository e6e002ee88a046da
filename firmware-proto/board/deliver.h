/* The delivery of an image: deliver_image.c sends it, deliver_text.c reads it on the board and
 * sends the text. The Makefile takes one of the two. */
#ifndef DELIVER_H
#define DELIVER_H

#include <stdbool.h>

#include "camera.h"
#include "serialscribe.h"

/* Goes into the board's name, which the host shows. */
extern const char *const deliver_what;

/* Whether formats, regions and rates can be asked for; see host.h. */
extern const bool deliver_takes_wishes;

/* False if the program can't do its work; why went out as a LOG packet. */
bool deliver_begin(scribe_encoder *scribe);

void deliver(scribe_encoder *scribe, const camera_image *image);

#endif
