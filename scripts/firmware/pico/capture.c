/* Runs the PIO program of firmware-proto/examples/RP2040_OV7670 on the pins of a picture, as an
 * OV7670 gives it, and prints what it took wrongly. As much of the PIO as it uses: WAIT on pins, IN
 * from pins, autopush each 8 bits, wrapping. */
#include <stdbool.h>
#include <stdio.h>

#include "capture_pio.h"

enum { WIDTH = 12, HEIGHT = 5 };

static uint8_t taken[1000];
static int count;
static unsigned at;
static bool failed;

/* An instruction a cycle; WAIT stays where it is until its pin has the level. */
static void cycle(uint32_t pins) {
  const uint16_t instruction = capture_instructions[at];
  const unsigned kind = instruction >> 13;
  if ((instruction >> 8 & 31u) != 0) failed = true; /* neither delay nor side-set */
  if (kind == 1 && (instruction >> 5 & 3u) == 1) {
    if ((pins >> (instruction & 31u) & 1u) != (instruction >> 7 & 1u)) return;
  } else if (kind == 2 && (instruction >> 5 & 7u) == 0 && (instruction & 31u) == 8) {
    if (count < (int)sizeof taken) taken[count++] = (uint8_t)pins;
  } else {
    failed = true;
  }
  at = at == CAPTURE_WRAP ? CAPTURE_WRAP_TARGET : at + 1;
}

static void hold(uint32_t pins, int cycles) {
  while (cycles-- > 0) cycle(pins);
}

static void clocks(uint32_t pins, int turns, int half) {
  while (turns-- > 0) {
    hold(pins, half);
    hold(pins | 1u << CAPTURE_PCLK, half);
  }
}

/* `half` is half a clock of pixels in cycles: 125 MHz and 8 MHz make 7. */
static void picture(int half, unsigned seed) {
  clocks(1u << CAPTURE_VSYNC, 20, half);
  clocks(0xA5, 30, half);
  for (unsigned y = 0; y < HEIGHT; y++) {
    for (unsigned x = 0; x < 2 * WIDTH; x++) {
      const uint32_t data = x % 2 == 0 ? (seed + 31 * y + 7 * x) & 255u : 0xEEu;
      /* Data change as PCLK falls. */
      clocks(data | 1u << CAPTURE_HREF, 1, half);
    }
    clocks(0x5A, 10, half);
  }
}

int main(void) {
  for (int half = 3; half < 12; half++) {
    at = 0;
    count = 0;
    /* Started in the middle of a picture, it waits for the next. */
    clocks(0x77u | 1u << CAPTURE_HREF, 9, half);
    picture(half, (unsigned)half);
    picture(half, 99);
    bool right = count == 2 * WIDTH * HEIGHT;
    for (int i = 0; i < count && right; i++) {
      const unsigned place = (unsigned)i % (WIDTH * HEIGHT);
      const unsigned seed = i < WIDTH * HEIGHT ? (unsigned)half : 99u;
      right = taken[i] == ((seed + 31 * (place / WIDTH) + 14 * (place % WIDTH)) & 255u);
    }
    if (!right || failed) {
      printf("half a clock of %d cycles: %d bytes, wrong\n", half, count);
      return 1;
    }
  }
  printf("sound\n");
  return 0;
}
