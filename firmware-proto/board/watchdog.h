/* Two watchdogs over the main loop. The first counts milliseconds in an interrupt; it notes where
 * the program got stuck and starts it anew. The second is the chip's own (IWDG), which also ends a
 * program that lets no interrupt in, or lost its clock. Both are content with progress alone. */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stdint.h>

/* The longest that the program may do nothing: more than the longest wait between two signs of
 * progress, that of a packet: 1 s for credit (host.c) and 5 s for the line (uart.c). Reading tells
 * progress between its parts (deliver_text.c). */
#define WATCHDOG_STUCK_MS 7000u

/* The chip's own: the low-speed oscillator divided by 128, so many times. RM0090 (IWDG) gives
 * divider and count, ST's data sheet of the STM32F405/F407 an oscillator of 17 to 47 kHz, 32 as a
 * rule: 12 s as a rule, 8.2 to 22.6 s. */
#define WATCHDOG_DIVIDER 128u
#define WATCHDOG_COUNT 3000u
#define WATCHDOG_LSI_MOST_HZ 47000u

/* Starts both. The chip's own can't be stopped after that; in a debugger's halt it stands still. */
void watchdog_start(void);

/* Tells that the main loop got on. */
void watchdog_progress(void);

/* Each millisecond, from the interrupt; `at` is the address that it interrupted. */
void watchdog_tick(uint32_t at);

#endif
