/* Exposures of OmniVision's cameras: rows of time, then gain. Both chips have the same register for
 * gain: (1 + bit 7) (1 + bit 6) (1 + bit 5) (1 + bit 4) (1 + bits 3...0 / 16). */
#include "sensor.h"

/* 2^(k / 8) in 256ths. */
static const uint16_t eighths[8] = {256, 279, 304, 332, 362, 395, 431, 470};

#define MOST_GAIN 16u

sensor_exposing sensor_lines(uint8_t exposure, uint16_t most_lines) {
  const uint32_t step = exposure < CAMERA_MOST_EXPOSURE ? exposure : CAMERA_MOST_EXPOSURE;
  const uint32_t light = ((uint32_t)eighths[step % 8] << step / 8) / 16; /* in sixteenths of a row */
  sensor_exposing exposing = {.lines = (uint16_t)((light + 8) / 16), .gain = 0};
  if (light <= 16u * most_lines) return exposing;
  exposing.lines = most_lines;
  /* Sixteenths of the gain: halved until they are 16 to 31, with a bit for each half. */
  uint32_t gain = light / most_lines;
  if (gain > 16 * MOST_GAIN - 1) gain = 16 * MOST_GAIN - 1;
  uint32_t bits = 0;
  while (gain > 31) {
    gain /= 2;
    bits = bits << 1 | 1u;
  }
  exposing.gain = (uint8_t)(bits << 4 | (gain - 16));
  return exposing;
}

uint8_t sensor_eighths(sensor_exposing exposing) {
  uint32_t light = exposing.lines > 0 ? exposing.lines : 1u;
  for (int bit = 4; bit < 8; bit++) light <<= exposing.gain >> bit & 1;
  light = light * (16u + (exposing.gain & 15u)) * 16u; /* in 256ths of a row */
  uint32_t step = 0;
  while (step < CAMERA_MOST_EXPOSURE &&
         (uint32_t)eighths[(step + 1) % 8] << (step + 1) / 8 <= light) {
    step++;
  }
  return (uint8_t)step;
}
