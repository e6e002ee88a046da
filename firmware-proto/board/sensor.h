/* The facts that camera_dcmi.c needs about a sensor; ov2640.c and ov7670.c each hold one set. */
#ifndef SENSOR_H
#define SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "camera.h"

typedef struct {
  const char *name;
  uint16_t width, height;
  bool is_jpeg;      /* else YUYV, of which the gray is taken */
  bool vsync_high;   /* the pin's level between images */
  bool href_high;    /* and between rows */
  bool pclk_rising;  /* which edge to sample at */
} sensor_signals;

/* Finds the chip and sets it up. `id` is what it says it is. */
camera_error sensor_begin(uint16_t *id);

extern const sensor_signals sensor;

#endif
