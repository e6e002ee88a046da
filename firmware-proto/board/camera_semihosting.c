/* Images from files of the machine that emulates the board, one a capture, named as arguments:
 * PGM (binary, 8 bits), JPEG, or "320x240:FILE" for bare gray rows. */
#include <stdbool.h>

#include "camera.h"
#include "clock.h"
#include "pixels.h"
#include "semihosting.h"

/* QVGA gray, as the real camera has. */
#define CAPACITY 76800u

const char *const camera_name = "files";

static uint8_t buffer[CAPACITY];
static char arguments[4096];
static char *rest;
static uint32_t detail;

uint32_t camera_detail(void) { return detail; }

static char *next_argument(void) {
  while (*rest == ' ') rest++;
  char *const word = rest;
  while (*rest != ' ' && *rest != '\0') rest++;
  if (*rest == ' ') *rest++ = '\0';
  return word;
}

camera_error camera_begin(void) {
  semihosting_arguments(arguments, sizeof arguments);
  rest = arguments;
  next_argument(); /* the program's name */
  return CAMERA_OK;
}

static camera_error load(int file, camera_image *image, bool is_raw) {
  const int32_t size = semihosting_length(file);
  if (size <= 0) return CAMERA_DAMAGED;
  detail = (uint32_t)size;
  size_t skip = 0;
  image->format = SCRIBE_GRAY8;
  if (!is_raw) {
    /* The header is short, but may hold a comment. */
    const size_t head = (size_t)size < 512 ? (size_t)size : 512;
    if (!semihosting_read(file, buffer, head)) return CAMERA_DAMAGED;
    skip = pgm_header(buffer, head, &image->width, &image->height);
    if (skip == 0) {
      image->format = SCRIBE_JPEG;
      image->width = image->height = 0;
    }
    if (!semihosting_seek(file, (uint32_t)skip)) return CAMERA_DAMAGED;
  }
  image->length = image->format == SCRIBE_JPEG ? (size_t)size
                                               : (size_t)image->width * image->height;
  if (image->length > CAPACITY) return CAMERA_TOO_LARGE;
  if (image->length > (size_t)size - skip || !semihosting_read(file, buffer, image->length)) {
    return CAMERA_DAMAGED;
  }
  image->bytes = buffer;
  if (image->format == SCRIBE_JPEG) {
    image->length = jpeg_trim(buffer, image->length, &skip);
    image->bytes += skip;
    if (image->length == 0) return CAMERA_DAMAGED;
  }
  return CAMERA_OK;
}

camera_error camera_capture(camera_image *image) {
  const char *const argument = next_argument();
  if (*argument == '\0') return CAMERA_END;
  image->timestamp_us = clock_us();
  const size_t prefix = size_prefix(argument, &image->width, &image->height);
  detail = 0;
  const int file = semihosting_open(argument + prefix);
  if (file < 0) return CAMERA_DAMAGED;
  const camera_error error = load(file, image, prefix > 0);
  semihosting_close(file);
  return error;
}
