#include "uart.h"

#include "clock.h"
#include "outbox.h"
#include "stm32f4.h"

void usart2_handler(void);
void dma1_stream6_handler(void);

/* A half takes several packets; at 921600 baud it lasts 20 ms. */
#define HALF 2048u
#define RING 1024u /* a power of two */
#define PATIENCE_MS 5000u /* a half takes two seconds at 9600 baud */

static uint8_t memory[2 * HALF];
static outbox box;
static bool has_dma;

static uint8_t ring[RING];
static volatile uint32_t ring_in;
static uint32_t ring_out;
static volatile uint32_t lost;

void usart2_handler(void) {
  /* Reading the data register after the status clears errors too. */
  const uint32_t status = USART2->SR;
  const uint8_t byte = (uint8_t)USART2->DR;
  if (status & USART_SR_ERRORS) lost++;
  if (!(status & USART_SR_RXNE)) return;
  if (ring_in - ring_out == RING) {
    lost++;
    return;
  }
  ring[ring_in % RING] = byte;
  ring_in++;
}

void dma1_stream6_handler(void) {
  /* Done, or failed: then the half is lost, the host sees that, and the next one is tried. */
  DMA1->HIFCR = DMA_STREAM6_FLAGS;
  outbox_sent(&box);
}

int uart_read(void) {
  if (ring_out == ring_in) return -1;
  const uint8_t byte = ring[ring_out % RING];
  ring_out++;
  return byte;
}

uint32_t uart_lost(void) { return lost; }
bool uart_has_dma(void) { return has_dma; }

/* Whether the stream keeps an address that is written to it. */
static bool finds_dma(void) {
  dma_stream *const stream = &DMA1->streams[6];
  stream->CR = 0;
  stream->M0AR = (uint32_t)memory;
  return stream->M0AR == (uint32_t)memory;
}

void uart_start(uint32_t baud) {
  outbox_init(&box, memory, HALF);
  RCC->AHB1ENR |= RCC_AHB1ENR_GPIOA | RCC_AHB1ENR_DMA1;
  RCC->APB1ENR |= RCC_APB1ENR_USART2;
  (void)RCC->APB1ENR; /* the clock needs two cycles */

  /* PA2, PA3: alternate function 7; the input pulled up, so that an open pin is silent. */
  GPIOA->AFR[0] = (GPIOA->AFR[0] & ~0xFF00u) | 0x7700u;
  GPIOA->PUPDR = (GPIOA->PUPDR & ~0xF0u) | 0x40u;
  GPIOA->MODER = (GPIOA->MODER & ~0xF0u) | 0xA0u;

  USART2->CR1 = 0;
  USART2->BRR = (clock_apb1_hz() + baud / 2) / baud;
  USART2->CR3 = 0;
  USART2->CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
  NVIC_ISER[IRQ_USART2 / 32] = 1u << IRQ_USART2 % 32;

  has_dma = finds_dma();
  if (!has_dma) return;
  DMA1->streams[6].PAR = (uint32_t)&USART2->DR;
  DMA1->HIFCR = DMA_STREAM6_FLAGS;
  USART2->CR3 = USART_CR3_DMAT;
  NVIC_ISER[IRQ_DMA1_STREAM6 / 32] = 1u << IRQ_DMA1_STREAM6 % 32;
}

/* False if the line is stuck. */
static bool send_polled(const uint8_t *bytes, size_t length) {
  const uint32_t start = clock_ms();
  for (size_t i = 0; i < length; i++) {
    while (!(USART2->SR & USART_SR_TXE)) {
      if (clock_ms() - start > PATIENCE_MS) return false;
    }
    USART2->DR = bytes[i];
  }
  return true;
}

void uart_poll(void) {
  const uint8_t *bytes;
  size_t length;
  if (!outbox_take(&box, &bytes, &length)) return;
  if (!has_dma) {
    send_polled(bytes, length);
    outbox_sent(&box);
    return;
  }
  dma_stream *const stream = &DMA1->streams[6];
  stream->M0AR = (uint32_t)bytes;
  stream->NDTR = (uint32_t)length;
  USART2->SR = ~(uint32_t)USART_SR_TC;
  __asm__ volatile("dsb" ::: "memory");
  stream->CR = DMA_CR_CHANNEL_4 | DMA_CR_MINC | DMA_CR_TO_PERIPHERAL | DMA_CR_TEIE | DMA_CR_TCIE |
               DMA_CR_EN;
}

bool uart_write(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  const uint32_t start = clock_ms();
  while (!outbox_put(&box, bytes, length)) {
    if (length > HALF || clock_ms() - start > PATIENCE_MS) return false;
    uart_poll();
  }
  uart_poll();
  return true;
}

bool uart_flush(void) {
  const uint32_t start = clock_ms();
  while (box.fill > 0 || box.sending || (has_dma && !(USART2->SR & USART_SR_TC))) {
    if (clock_ms() - start > PATIENCE_MS) return false;
    uart_poll();
  }
  return true;
}
