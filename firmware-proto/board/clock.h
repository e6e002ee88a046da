/* The clock tree, milliseconds and waiting. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The crystal on the board: 8 MHz (Discovery) or 25 MHz (many black boards). */
#ifndef BOARD_HSE_HZ
#define BOARD_HSE_HZ 8000000u
#endif

typedef enum {
  CLOCK_CRYSTAL,    /* 168 MHz from the crystal */
  CLOCK_INTERNAL,   /* 168 MHz from the internal oscillator, 1 %: the crystal did not start */
  CLOCK_UNSCALED,   /* 16 MHz: the PLL did not lock */
  CLOCK_NONE        /* no clock tree at all, as in an emulator */
} clock_source;

/* Brings the core to 168 MHz, APB1 to 42 and APB2 to 84, as far as the hardware answers, and starts
 * the milliseconds. No wait is without end. */
clock_source clock_start(void);

uint32_t clock_core_hz(void);
uint32_t clock_apb1_hz(void);

/* Since clock_start(). */
uint32_t clock_ms(void);
uint64_t clock_us(void);

void clock_wait_ms(uint32_t ms);
/* At least so long; for the short pauses of a bit-banged bus. */
void clock_wait_us(uint32_t us);

#endif
