/* The delivery of an image: deliver_image.c sends it; deliver_text.c, which the Makefile takes where
 * it is given a model, reads it on the board and sends the text. */
#ifndef DELIVER_H
#define DELIVER_H

#include <stdbool.h>

#include "camera.h"
#include "serialscribe.h"

/* Goes into the board's name, which the host shows. */
extern const char *const deliver_what;

/* Whether this program has models to read with. Until the host asks for another delivery it then
 * reads, else it sends. */
#ifdef BOARD_READS
#define DELIVER_READS 1
#else
#define DELIVER_READS 0
#endif
/* Bits need core-coupled memory that the reader takes. */
#define DELIVER_BITS (!DELIVER_READS)

/* False if the program can't do its work; why went out as a LOG packet. */
bool deliver_begin(scribe_encoder *scribe);

/* Sends the image or reads it, or both, as the host wishes. `image` is spent after that. */
void deliver(scribe_encoder *scribe, camera_image *image);

/* The parts of it. */
bool deliver_text_begin(scribe_encoder *scribe);
void deliver_text(scribe_encoder *scribe, const camera_image *image, const scribe_region *region,
                  uint32_t number);

#endif
