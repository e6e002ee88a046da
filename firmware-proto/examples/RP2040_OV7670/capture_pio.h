/* The PIO program that takes the gray of a picture: of each pair of bytes the first, at the rising
 * edge of PCLK, while HREF is high. Pins count from the base of IN: 0 to 7 are data. */
#ifndef CAPTURE_PIO_H
#define CAPTURE_PIO_H

#include <stdint.h>

enum { CAPTURE_VSYNC = 8, CAPTURE_HREF = 9, CAPTURE_PCLK = 10 };

/* By the RP2040's data sheet, "PIO Instruction Set": WAIT is 001, the level in bit 7, source 01 (a
 * pin from the base) in bits 6-5, the pin in bits 4-0; IN is 010, source 000 (pins) in bits 7-5, the
 * count in bits 4-0. */
#define PIO_WAIT(level, pin) (uint16_t)(0x2000u | (level) << 7 | 1u << 5 | (pin))
#define PIO_IN_PINS(count) (uint16_t)(0x4000u | (count))

static const uint16_t capture_instructions[] = {
    PIO_WAIT(1u, CAPTURE_VSYNC), /* between pictures */
    PIO_WAIT(0u, CAPTURE_VSYNC), /* and the picture begins */
    PIO_WAIT(1u, CAPTURE_HREF),  /* for each pixel: in a row, */
    PIO_WAIT(1u, CAPTURE_PCLK),  /* Y */
    PIO_IN_PINS(8u),
    PIO_WAIT(0u, CAPTURE_PCLK),
    PIO_WAIT(1u, CAPTURE_PCLK),  /* U or V, which is left */
    PIO_WAIT(0u, CAPTURE_PCLK),
};

enum {
  CAPTURE_LENGTH = sizeof capture_instructions / sizeof capture_instructions[0],
  CAPTURE_WRAP_TARGET = 2,
  CAPTURE_WRAP = CAPTURE_LENGTH - 1
};

#endif
