/* A camera, whatever it is: camera_dcmi.c drives an OV2640 or OV7670, camera_semihosting.c gives
 * images from files. Yours is one file with these functions. */
#ifndef CAMERA_H
#define CAMERA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "serialscribe.h"

typedef enum {
  CAMERA_OK = 0,
  CAMERA_NO_ANSWER,   /* nothing acknowledges on the control bus: wiring, power, clock */
  CAMERA_OTHER_CHIP,  /* `camera_detail()` is its id */
  CAMERA_NO_IMAGE,    /* none came whole within two seconds */
  CAMERA_STOPPED,     /* no image began for so long: CAMERA_STOPPED_FRAMES */
  CAMERA_OVERRUN,     /* pixels came faster than memory took them */
  CAMERA_TOO_LARGE,   /* the image has more bytes than the buffer */
  CAMERA_DAMAGED,     /* a JPEG without its start or its end; rows missing; no such file */
  CAMERA_END          /* no further image: files only */
} camera_error;

/* A camera that begins no image for as long as so many take has stopped, and is set up anew. */
#define CAMERA_STOPPED_FRAMES 12u

/* Exposures are counted in eighths of a stop above the shortest; see scribe_exposure.h. */
#define CAMERA_MOST_EXPOSURE 104u

typedef struct {
  uint8_t *bytes; /* the camera's, until the next capture; a reader may write to it */
  size_t length;
  scribe_format format; /* SCRIBE_GRAY8 or SCRIBE_JPEG */
  uint16_t width, height;
  uint64_t timestamp_us;
} camera_image;

/* The name of the camera, or of what stands in for it, for scribe_config. */
extern const char *const camera_name;

/* Powers, finds and configures the camera. May be called again after errors. */
camera_error camera_begin(void);

/* Waits for the next whole image. */
camera_error camera_capture(camera_image *image);

/* Whether images are gray, so that exposures can be judged on the board. */
extern const bool camera_gives_gray;

/* The exposure that the camera's automatics have now; 0 if it doesn't answer. */
uint8_t camera_exposure(void);

/* Sets an exposure by hand, or gives it back to the automatics. */
bool camera_expose(bool by_hand, uint8_t exposure);

/* In words, for a LOG packet. */
const char *camera_error_text(camera_error error);

/* A number that belongs to the last error: an id, a count of bytes. */
uint32_t camera_detail(void);

#endif
