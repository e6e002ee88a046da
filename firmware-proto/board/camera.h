/* A camera, whatever it is: camera_dcmi.c drives an OV2640 or OV7670, camera_semihosting.c gives
 * images from files. Yours is one file with these two functions. */
#ifndef CAMERA_H
#define CAMERA_H

#include <stddef.h>
#include <stdint.h>

#include "serialscribe.h"

typedef enum {
  CAMERA_OK = 0,
  CAMERA_NO_ANSWER,   /* nothing acknowledges on the control bus: wiring, power, clock */
  CAMERA_OTHER_CHIP,  /* `camera_detail()` is its id */
  CAMERA_NO_IMAGE,    /* none came within two seconds */
  CAMERA_OVERRUN,     /* pixels came faster than memory took them */
  CAMERA_TOO_LARGE,   /* the image has more bytes than the buffer */
  CAMERA_DAMAGED,     /* a JPEG without its start or its end; rows missing; no such file */
  CAMERA_END          /* no further image: files only */
} camera_error;

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

/* In words, for a LOG packet. */
const char *camera_error_text(camera_error error);

/* A number that belongs to the last error: an id, a count of bytes. */
uint32_t camera_detail(void);

#endif
