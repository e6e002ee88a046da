/* The facts that camera_dcmi.c needs about a sensor; ov2640.c and ov7670.c each hold one set. */
#ifndef SENSOR_H
#define SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "camera.h"

typedef struct {
  const char *name;
  uint16_t width, height;
  uint16_t frame_ms; /* from one image to the next, in good light */
  bool is_jpeg;      /* else YUYV, of which the gray is taken */
  bool vsync_high;   /* the pin's level between images */
  bool href_high;    /* and between rows */
  bool pclk_rising;  /* which edge to sample at */
} sensor_signals;

/* Finds the chip and sets it up. `id` is what it says it is. */
camera_error sensor_begin(uint16_t *id);

extern const sensor_signals sensor;

/* As camera_exposure() and camera_expose(). */
uint8_t sensor_exposure(void);
bool sensor_expose(bool by_hand, uint8_t exposure);

/* The exposure by lines and gain that the registers hold, and the registers for an exposure:
 * sensor_exposure.c, for both chips. `most_lines` is what the chip exposes without a longer frame. */
typedef struct {
  uint16_t lines;
  uint8_t gain; /* as the register GAIN has it */
} sensor_exposing;

sensor_exposing sensor_lines(uint8_t exposure, uint16_t most_lines);
uint8_t sensor_eighths(sensor_exposing exposing);

#endif
