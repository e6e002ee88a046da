/* Images from files of the machine that emulates the board, one a capture, named as arguments:
 * PGM (binary, 8 bits), JPEG, or "320x240:FILE" for bare gray rows. In place of a file, `!stop` is
 * a camera that gives nothing until it is set up anew, `!stuck` one that never comes back, and
 * `!fault` a fault. Light follows the exposure, so that 8 more of it make gray twice as light; the
 * automatics have 50. */
#include <stdbool.h>
#include <string.h>

#include "camera.h"
#include "clock.h"
#include "pixels.h"
#include "semihosting.h"

/* QVGA gray, as the real camera has. */
#define CAPACITY 76800u

const char *const camera_name = "files";
const bool camera_gives_gray = true;

#define AUTOMATIC 50

static uint8_t buffer[CAPACITY];
static char arguments[4096];
static char *rest;
static uint32_t detail;
static bool stopped;
static int exposure = AUTOMATIC;

/* The number of arguments used up, which a restart doesn't give back. */
#define USED_MAGIC 0x05EDA265u
__attribute__((section(".noinit"))) static struct {
  uint32_t magic, count;
} used;

uint32_t camera_detail(void) { return detail; }

static char *next_argument(void) {
  while (*rest == ' ') rest++;
  char *const word = rest;
  while (*rest != ' ' && *rest != '\0') rest++;
  if (*rest == ' ') *rest++ = '\0';
  return word;
}

uint8_t camera_exposure(void) { return AUTOMATIC; }

bool camera_expose(bool by_hand, uint8_t wanted) {
  exposure = by_hand ? wanted : AUTOMATIC;
  return true;
}

static void expose(uint8_t *gray, size_t count) {
  static const uint16_t eighths[8] = {256, 279, 304, 332, 362, 395, 431, 470};
  const int more = exposure - AUTOMATIC + 64; /* not negative */
  for (size_t i = 0; i < count; i++) {
    const uint64_t light = ((uint64_t)gray[i] * eighths[more % 8] << more / 8) >> 16;
    gray[i] = (uint8_t)(light < 255 ? light : 255);
  }
}

camera_error camera_begin(void) {
  stopped = false;
  semihosting_arguments(arguments, sizeof arguments);
  rest = arguments;
  next_argument(); /* the program's name */
  if (used.magic != USED_MAGIC) used.count = 0;
  used.magic = USED_MAGIC;
  for (uint32_t i = 0; i < used.count; i++) next_argument();
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
  if (stopped) return CAMERA_STOPPED;
  const char *const argument = next_argument();
  if (*argument == '\0') {
    used.magic = 0;
    return CAMERA_END;
  }
  used.count++;
  if (strcmp(argument, "!stop") == 0) {
    stopped = true;
    detail = 0;
    return CAMERA_STOPPED;
  }
  if (strcmp(argument, "!fault") == 0) __asm__ volatile("udf #0");
  if (strcmp(argument, "!stuck") == 0) {
    for (;;) {
    }
  }
  image->timestamp_us = clock_us();
  const size_t prefix = size_prefix(argument, &image->width, &image->height);
  detail = 0;
  const int file = semihosting_open(argument + prefix);
  if (file < 0) return CAMERA_DAMAGED;
  const camera_error error = load(file, image, prefix > 0);
  semihosting_close(file);
  if (error == CAMERA_OK && image->format == SCRIBE_GRAY8 && exposure != AUTOMATIC) {
    expose(image->bytes, image->length);
  }
  return error;
}
