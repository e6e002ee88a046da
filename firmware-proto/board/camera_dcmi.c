/* A camera with eight data lines at the DCMI of an STM32F407, wired as README.md says.
 *
 * JPEG goes straight into the buffer. YUV is twice as large as the memory for it, so the DMA
 * fills two blocks of rows in turn, and of the one that is full the gray is taken. */
#include <stdbool.h>

#include "camera.h"
#include "clock.h"
#include "pixels.h"
#include "sccb.h"
#include "sensor.h"
#include "stm32f4.h"

#if defined BOARD_F405
#error "The STM32F405 has no camera interface (DCMI): take an F407, or write a camera of your own"
#endif

#define WIDTH 320u
#define HEIGHT 240u
#define BLOCK_ROWS 8u
#define BLOCK_BYTES (2u * WIDTH * BLOCK_ROWS)
#define PATIENCE_MS 2000u

/* In SRAM, not in the core-coupled memory, which the DMA cannot reach. */
static uint32_t buffer[WIDTH * HEIGHT / 4];
static uint32_t blocks[2][BLOCK_BYTES / 4];
static uint32_t detail;

const char *const camera_name =
#if CAMERA_OV7670
    "OV7670";
#else
    "OV2640";
#endif

const bool camera_gives_gray =
#if CAMERA_OV7670 || CAMERA_GRAY
    true;
#else
    false;
#endif

uint8_t camera_exposure(void) { return sensor_exposure(); }
bool camera_expose(bool by_hand, uint8_t exposure) { return sensor_expose(by_hand, exposure); }

uint32_t camera_detail(void) { return detail; }

static void alternate(gpio_registers *port, uint32_t pin, uint32_t function) {
  const uint32_t at = 4 * (pin % 8);
  port->AFR[pin / 8] = (port->AFR[pin / 8] & ~(15u << at)) | function << at;
  port->OSPEEDR |= 2u << 2 * pin;
  port->MODER = (port->MODER & ~(3u << 2 * pin)) | 2u << 2 * pin;
}

static void start_pins(void) {
  RCC->AHB1ENR |= RCC_AHB1ENR_GPIOA | RCC_AHB1ENR_GPIOB | RCC_AHB1ENR_GPIOC | RCC_AHB1ENR_GPIOE |
                  RCC_AHB1ENR_DMA2;
  RCC->AHB2ENR |= RCC_AHB2ENR_DCMI;
  (void)RCC->AHB2ENR;
  static const uint8_t a[] = {4, 6}, b[] = {6, 7}, c[] = {6, 7, 8, 9, 11}, e[] = {5, 6};
  for (uint32_t i = 0; i < sizeof a; i++) alternate(GPIOA, a[i], 13);
  for (uint32_t i = 0; i < sizeof b; i++) alternate(GPIOB, b[i], 13);
  for (uint32_t i = 0; i < sizeof c; i++) alternate(GPIOC, c[i], 13);
  for (uint32_t i = 0; i < sizeof e; i++) alternate(GPIOE, e[i], 13);
  /* XCLK on PA8: the internal oscillator, undivided, whatever the core runs from. */
  RCC->CR |= RCC_CR_HSION;
  RCC->CFGR &= ~(3u << 21 | 7u << 24);
  alternate(GPIOA, 8, 0);
}

camera_error camera_begin(void) {
  start_pins();
  sccb_start();
  clock_wait_ms(20); /* the camera after its first clocks */
  uint16_t id;
  const camera_error error = sensor_begin(&id);
  detail = id;
  return error;
}

/* The DMA between the camera interface and memory; with a second address it goes in turns. */
static void start_capture(uint32_t *first, uint32_t *second, uint32_t words) {
  dma_stream *const stream = &DMA2->streams[1];
  DCMI->CR = 0;
  stream->CR &= ~(uint32_t)DMA_CR_EN;
  for (uint32_t i = 0; i < 100000u && (stream->CR & DMA_CR_EN) != 0; i++) {
  }
  DMA2->LIFCR = DMA_STREAM1_FLAGS;
  stream->PAR = (uint32_t)&DCMI->DR;
  stream->M0AR = (uint32_t)first;
  stream->M1AR = (uint32_t)second;
  stream->NDTR = words;
  stream->FCR = 1u << 2 | 3u; /* through the FIFO, handed on when full */
  stream->CR = DMA_CR_CHANNEL_1 | DMA_CR_PRIORITY_HIGH | DMA_CR_MSIZE_WORD | DMA_CR_PSIZE_WORD |
               DMA_CR_MINC | (second != first ? DMA_CR_DBM | DMA_CR_CIRC : 0);
  stream->CR |= DMA_CR_EN;
  DCMI->ICR = DCMI_ICR_ALL;
  DCMI->CR = DCMI_CR_SNAPSHOT | (sensor.is_jpeg ? DCMI_CR_JPEG : 0) |
             (sensor.pclk_rising ? DCMI_CR_PCK_RISING : 0) |
             (sensor.href_high ? DCMI_CR_HSYNC_HIGH : 0) |
             (sensor.vsync_high ? DCMI_CR_VSYNC_HIGH : 0);
  DCMI->CR |= DCMI_CR_ENABLE;
  DCMI->CR |= DCMI_CR_CAPTURE;
}

static void stop_capture(void) {
  DCMI->CR &= ~(uint32_t)DCMI_CR_CAPTURE;
  DMA2->streams[1].CR &= ~(uint32_t)DMA_CR_EN;
  for (uint32_t i = 0; i < 100000u && (DMA2->streams[1].CR & DMA_CR_EN) != 0; i++) {
  }
  DCMI->CR = 0;
}

/* The time since which no image began, and the number that did in this capture. */
static uint32_t quiet_since, begun;

static void start_waiting(void) {
  quiet_since = clock_ms();
  begun = 0;
}

/* The error of an image that is waited for since `start`, if any. VSYNC tells that the
 * camera lives; a frame that never ends all the same is given up later. */
static camera_error waited(uint32_t start) {
  const uint32_t now = clock_ms();
  if (DCMI->RIS & DCMI_RIS_VSYNC) {
    DCMI->ICR = DCMI_RIS_VSYNC;
    quiet_since = now;
    begun++;
  }
  if (now - quiet_since > CAMERA_STOPPED_FRAMES * sensor.frame_ms) {
    detail = begun;
    return CAMERA_STOPPED;
  }
  return now - start > PATIENCE_MS ? CAMERA_NO_IMAGE : CAMERA_OK;
}

static camera_error capture_jpeg(camera_image *image) {
  start_capture(buffer, buffer, sizeof buffer / 4);
  start_waiting();
  const uint32_t start = clock_ms();
  camera_error error = CAMERA_OK;
  while (!(DCMI->RIS & DCMI_RIS_FRAME) && error == CAMERA_OK) {
    error = waited(start);
    if (DCMI->RIS & DCMI_RIS_OVERRUN) error = CAMERA_OVERRUN;
    if (DMA2->LISR & DMA_STREAM1_TC) error = CAMERA_TOO_LARGE;
  }
  stop_capture(); /* which empties the FIFO, and only then the count is final */
  const size_t length = sizeof buffer - 4u * DMA2->streams[1].NDTR;
  if (error != CAMERA_STOPPED) detail = length;
  if (error != CAMERA_OK) return error;
  size_t skip;
  image->length = jpeg_trim((const uint8_t *)buffer, length, &skip);
  if (image->length == 0) return CAMERA_DAMAGED;
  image->bytes = (uint8_t *)buffer + skip;
  image->format = SCRIBE_JPEG;
  return CAMERA_OK;
}

static camera_error capture_gray(camera_image *image) {
  start_capture(blocks[0], blocks[1], BLOCK_BYTES / 4);
  start_waiting();
  const uint32_t start = clock_ms();
  camera_error error = CAMERA_OK;
  uint32_t rows = 0, block = 0;
  while (rows < HEIGHT) {
    if (DMA2->LISR & DMA_STREAM1_TC) {
      DMA2->LIFCR = DMA_STREAM1_FLAGS;
      yuyv_to_gray((uint8_t *)buffer + rows * WIDTH, (const uint8_t *)blocks[block],
                   WIDTH * BLOCK_ROWS);
      rows += BLOCK_ROWS;
      block ^= 1;
      /* Had another block become full meanwhile, the one taken was being overwritten. */
      if (rows < HEIGHT && (DMA2->LISR & DMA_STREAM1_TC)) error = CAMERA_OVERRUN;
    } else if (DCMI->RIS & DCMI_RIS_OVERRUN) {
      error = CAMERA_OVERRUN;
    } else if (DCMI->RIS & DCMI_RIS_FRAME && !(DMA2->LISR & DMA_STREAM1_TC)) {
      error = CAMERA_DAMAGED; /* ended with rows missing */
    } else {
      error = waited(start);
    }
    if (error != CAMERA_OK) break;
  }
  stop_capture();
  if (error != CAMERA_STOPPED) detail = rows * WIDTH;
  image->bytes = (uint8_t *)buffer;
  image->length = WIDTH * HEIGHT;
  image->format = SCRIBE_GRAY8;
  return error;
}

camera_error camera_capture(camera_image *image) {
  image->timestamp_us = clock_us();
  image->width = sensor.width;
  image->height = sensor.height;
  return sensor.is_jpeg ? capture_jpeg(image) : capture_gray(image);
}
