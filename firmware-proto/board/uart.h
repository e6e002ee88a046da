/* USART2 on PA2 and PA3: packets out through two halves of memory that the DMA sends, bytes in
 * through a ring. Where there is no DMA, as in an emulator, bytes are sent one by one. */
#ifndef UART_H
#define UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets the line up: 8 data bits, no parity, one stop bit. */
void uart_start(uint32_t baud);

/* A scribe_write: takes a whole packet, waiting until there is room. False if the line took
 * nothing for five seconds. */
bool uart_write(void *context, const uint8_t *bytes, size_t length);

/* Starts sending what waits if the line is free; call it where the program waits for something
 * else. */
void uart_poll(void);

/* Waits until the last byte has left. False after five seconds. */
bool uart_flush(void);

/* The next received byte, or -1. */
int uart_read(void);

/* Received bytes lost since the start: the ring was full, or the line was too noisy. */
uint32_t uart_lost(void);

bool uart_has_dma(void);

#endif
