/* Exposure by what is read: between the camera, the host's wish and scribe_exposure.h. */
#ifndef EXPOSE_H
#define EXPOSE_H

#include "camera.h"
#include "scribe_exposure.h"
#include "scribe_host.h"

void expose_start(void);

/* The host's wish. */
scribe_answer expose_ask(uint8_t way, int8_t more);

/* Looks at a box of the image: a line that was read, or the part that the host asked for. */
void expose_look(const camera_image *image, const scribe_box *box);

/* Ends an image, and sets the camera. */
void expose_next(void);

/* Sets a camera that started anew. */
void expose_again(void);

#endif
