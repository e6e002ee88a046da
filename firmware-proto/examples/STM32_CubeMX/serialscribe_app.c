/* An OV2640 or OV7670 at DCMI, and a host at USART2, with ST's HAL: see ../../CUBEMX.md. The camera's
 * registers are those of ../../board, which need no more than the functions below.
 *
 * One file, though a long one: a project then takes one. */
#include "serialscribe_app.h"

#include <string.h>

#include "camera.h"
#include "clock.h"
#include "main.h"
#include "outbox.h"
#include "pixels.h"
#include "sccb.h"
#include "scribe_codecs.h"
#include "scribe_exposure.h"
#include "scribe_host.h"
#include "scribe_life.h"
#include "sensor.h"
#include "serialscribe.h"

extern UART_HandleTypeDef huart2;
extern DCMI_HandleTypeDef hdcmi;
extern I2C_HandleTypeDef hi2c2;
extern IWDG_HandleTypeDef hiwdg;

#ifndef SERIALSCRIBE_BOARD
#define SERIALSCRIBE_BOARD "STM32F407"
#endif
/* Bytes a second to a host that grants no credit: 0 is no limit, 18000 suits an HC-05. */
#ifndef SERIALSCRIBE_RATE
#define SERIALSCRIBE_RATE 0u
#endif

#define WIDTH 320u
#define HEIGHT 240u
#define BLOCK_ROWS 8u
#define BLOCK_BYTES (2u * WIDTH * BLOCK_ROWS)
#define PATIENCE_MS 2000u
#define LINE_PATIENCE_MS 5000u
#define CREDIT_PATIENCE_MS 1000u
#define STATS_PERIOD_MS 5000u
#define I2C_PATIENCE_MS 100u
#define HALF 2048u
#define RING 1024u /* a power of two */

static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_MAXIMUM_MTU)];
static scribe_encoder scribe;
static scribe_host host;
static scribe_lossless lossless;
static scribe_exposure exposure;
static scribe_life life;

static struct {
  bool lossless;
  uint16_t x, y, width, height; /* width 0: all of the picture */
  uint32_t period_ms;
} wish;

static uint32_t captured_at, stats_at;

/* ---- Time and the camera's registers, as board/sccb.h and board/clock.h want them. ---- */

uint32_t clock_ms(void) { return HAL_GetTick(); }
void clock_wait_ms(uint32_t ms) { HAL_Delay(ms); }

void sccb_start(void) {}

bool sccb_write(uint8_t device, uint8_t reg, uint8_t value) {
  return HAL_I2C_Mem_Write(&hi2c2, device, reg, I2C_MEMADD_SIZE_8BIT, &value, 1,
                           I2C_PATIENCE_MS) == HAL_OK;
}

/* SCCB knows no repeated start: two transfers. */
bool sccb_read(uint8_t device, uint8_t reg, uint8_t *value) {
  return HAL_I2C_Master_Transmit(&hi2c2, device, &reg, 1, I2C_PATIENCE_MS) == HAL_OK &&
         HAL_I2C_Master_Receive(&hi2c2, device, value, 1, I2C_PATIENCE_MS) == HAL_OK;
}

bool sccb_write_all(uint8_t device, const sccb_setting *settings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!sccb_write(device, settings[i].reg, settings[i].value)) return false;
  }
  return true;
}

/* ---- The line: one half goes out by DMA while the other fills; bytes come in one by one. ---- */

static uint8_t halves[2 * HALF];
static outbox box;
static uint8_t ring[RING];
static volatile uint32_t ring_in;
static uint32_t ring_out;
static uint8_t received;

void HAL_UART_TxCpltCallback(UART_HandleTypeDef *uart) {
  if (uart == &huart2) outbox_sent(&box);
}

void HAL_UART_RxCpltCallback(UART_HandleTypeDef *uart) {
  if (uart != &huart2) return;
  if (ring_in - ring_out < RING) {
    ring[ring_in % RING] = received;
    ring_in++;
  }
  HAL_UART_Receive_IT(&huart2, &received, 1);
}

/* Noise and overruns end the receiving, and errors of the DMA the sending. */
void HAL_UART_ErrorCallback(UART_HandleTypeDef *uart) {
  if (uart != &huart2) return;
  HAL_UART_Receive_IT(&huart2, &received, 1);
  if (huart2.gState == HAL_UART_STATE_READY) outbox_sent(&box);
}

static void poll_line(void) {
  const uint8_t *bytes;
  size_t length;
  if (!outbox_take(&box, &bytes, &length)) return;
  if (HAL_UART_Transmit_DMA(&huart2, (uint8_t *)bytes, (uint16_t)length) != HAL_OK) {
    outbox_sent(&box); /* lost: the host sees that */
  }
}

static void hear(void) {
  while (ring_out != ring_in) {
    scribe_host_hear(&host, ring[ring_out % RING], clock_ms());
    ring_out++;
  }
  poll_line();
}

/* A scribe_write: takes a whole packet once the host and the line have room for it, or none. */
static bool write_packet(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  HAL_IWDG_Refresh(&hiwdg);
  uint32_t start = clock_ms();
  while (!scribe_host_may_send(&host, length, clock_ms())) {
    if (clock_ms() - start > CREDIT_PATIENCE_MS) return false;
    hear();
  }
  start = clock_ms();
  while (!outbox_put(&box, bytes, length)) {
    if (clock_ms() - start > LINE_PATIENCE_MS) return false;
    poll_line();
  }
  poll_line();
  scribe_host_sent(&host, length, clock_ms());
  return true;
}

/* ---- The camera. JPEG goes straight into memory. YUV is twice as large as what there is, so the
 * DMA fills two blocks of rows in turn, and its interrupts take the gray of the full one. ---- */

/* In SRAM: the DMA doesn't reach the core-coupled memory. */
static uint32_t buffer[WIDTH * HEIGHT / 4];
static uint32_t blocks[2][BLOCK_BYTES / 4];
static volatile uint32_t rows;
static volatile bool failed;

#if CAMERA_OV7670
const char *const camera_name = "OV7670";
const bool camera_gives_gray = true;
#else
const char *const camera_name = "OV2640";
const bool camera_gives_gray = CAMERA_GRAY;
#endif

static void take_block(uint32_t block) {
  if (rows >= HEIGHT) return;
  yuyv_to_gray((uint8_t *)buffer + rows * WIDTH, (const uint8_t *)blocks[block],
               WIDTH * BLOCK_ROWS);
  rows += BLOCK_ROWS;
}

static void on_first(DMA_HandleTypeDef *dma) {
  (void)dma;
  take_block(0);
}

static void on_second(DMA_HandleTypeDef *dma) {
  (void)dma;
  take_block(1);
}

static void on_error(DMA_HandleTypeDef *dma) {
  (void)dma;
  failed = true;
}

static HAL_StatusTypeDef start_gray(void) {
  DMA_HandleTypeDef *const dma = hdcmi.DMA_Handle;
  rows = 0;
  failed = false;
  dma->XferCpltCallback = on_first;
  dma->XferM1CpltCallback = on_second;
  dma->XferErrorCallback = on_error;
  const HAL_StatusTypeDef status =
      HAL_DMAEx_MultiBufferStart_IT(dma, (uint32_t)&hdcmi.Instance->DR, (uint32_t)blocks[0],
                                    (uint32_t)blocks[1], BLOCK_BYTES / 4);
  if (status != HAL_OK) return status;
  __HAL_DCMI_ENABLE(&hdcmi);
  hdcmi.Instance->CR |= DCMI_CR_CM | DCMI_CR_CAPTURE; /* one picture */
  return HAL_OK;
}

static void stop_gray(void) {
  hdcmi.Instance->CR &= ~(uint32_t)DCMI_CR_CAPTURE;
  HAL_DMA_Abort(hdcmi.DMA_Handle);
  __HAL_DCMI_DISABLE(&hdcmi);
}

/* The error of a picture that is waited for since `start`, if any. */
static camera_error waited(uint32_t start, uint32_t *quiet_since) {
  const uint32_t now = clock_ms();
  if (__HAL_DCMI_GET_FLAG(&hdcmi, DCMI_FLAG_VSYNCRI)) {
    __HAL_DCMI_CLEAR_FLAG(&hdcmi, DCMI_FLAG_VSYNCRI);
    *quiet_since = now;
  }
  if (now - *quiet_since > CAMERA_STOPPED_FRAMES * sensor.frame_ms) return CAMERA_STOPPED;
  return now - start > PATIENCE_MS ? CAMERA_NO_IMAGE : CAMERA_OK;
}

static camera_error capture_gray(camera_image *image) {
  const uint32_t start = clock_ms();
  uint32_t quiet_since = start;
  camera_error error = start_gray() == HAL_OK ? CAMERA_OK : CAMERA_NO_IMAGE;
  while (error == CAMERA_OK && rows < HEIGHT) {
    error = failed ? CAMERA_OVERRUN : waited(start, &quiet_since);
    if (__HAL_DCMI_GET_FLAG(&hdcmi, DCMI_FLAG_OVRRI)) error = CAMERA_OVERRUN;
    hear();
  }
  stop_gray();
  __HAL_DCMI_CLEAR_FLAG(&hdcmi, DCMI_FLAG_OVRRI);
  image->bytes = (uint8_t *)buffer;
  image->length = WIDTH * HEIGHT;
  image->format = SCRIBE_GRAY8;
  return error;
}

static camera_error capture_jpeg(camera_image *image) {
  const uint32_t start = clock_ms();
  uint32_t quiet_since = start;
  __HAL_DCMI_CLEAR_FLAG(&hdcmi, DCMI_FLAG_FRAMERI);
  if (HAL_DCMI_Start_DMA(&hdcmi, DCMI_MODE_SNAPSHOT, (uint32_t)buffer, sizeof buffer / 4) !=
      HAL_OK) {
    return CAMERA_NO_IMAGE;
  }
  camera_error error = CAMERA_OK;
  /* A JPEG is shorter than the buffer, so it is the frame that ends, not the DMA. */
  while (error == CAMERA_OK && !__HAL_DCMI_GET_FLAG(&hdcmi, DCMI_FLAG_FRAMERI)) {
    error = waited(start, &quiet_since);
    hear();
  }
  HAL_DCMI_Stop(&hdcmi);
  if (error != CAMERA_OK) return error;
  const size_t length = sizeof buffer - 4u * __HAL_DMA_GET_COUNTER(hdcmi.DMA_Handle);
  size_t skip = 0;
  image->length = jpeg_trim((const uint8_t *)buffer, length, &skip);
  image->bytes = (uint8_t *)buffer + skip;
  image->format = SCRIBE_JPEG;
  return image->length > 0 ? CAMERA_OK : CAMERA_DAMAGED;
}

static camera_error capture(camera_image *image) {
  image->timestamp_us = 1000ull * clock_ms();
  image->width = sensor.width;
  image->height = sensor.height;
  return sensor.is_jpeg ? capture_jpeg(image) : capture_gray(image);
}

/* ---- The host's wishes. ---- */

static void expose(void) { sensor_expose(exposure.by_hand, exposure.step); }

static scribe_answer on_request(void *context, const scribe_request *request) {
  (void)context;
  switch (request->kind) {
    case SCRIBE_ASK_FORMAT:
      if (request->format != (sensor.is_jpeg ? SCRIBE_JPEG : SCRIBE_GRAY8)) return SCRIBE_REFUSED;
      wish.lossless = request->coded;
      return SCRIBE_DONE;
    case SCRIBE_ASK_REGION:
      if (request->width > 0 && (sensor.is_jpeg || request->x + request->width > WIDTH ||
                                 request->y + request->height > HEIGHT)) {
        return SCRIBE_REFUSED;
      }
      wish.x = request->x;
      wish.y = request->y;
      wish.width = request->width;
      wish.height = request->height;
      return SCRIBE_DONE;
    case SCRIBE_ASK_RATE:
      wish.period_ms = request->rate == 0 ? 0 : (1000000u + request->rate - 1) / request->rate;
      return SCRIBE_DONE;
    case SCRIBE_ASK_DELIVERY: return request->text ? SCRIBE_REFUSED : SCRIBE_DONE;
    case SCRIBE_ASK_EXPOSURE: {
      if (request->exposure == SCRIBE_EXPOSE_TEXT && !camera_gives_gray) return SCRIBE_REFUSED;
      const bool was_by_hand = exposure.by_hand;
      scribe_exposure_set(&exposure, request->exposure, request->more);
      if (was_by_hand) expose();
      return SCRIBE_DONE;
    }
    default: return SCRIBE_UNKNOWN;
  }
}

/* ---- Sending. ---- */

static void send(const camera_image *picture) {
  scribe_image image = {.width = picture->width,
                        .height = picture->height,
                        .format = picture->format,
                        .timestamp_us = picture->timestamp_us};
  if (picture->format == SCRIBE_JPEG) {
    image.payload_length = (uint32_t)picture->length;
    scribe_begin_image(&scribe, &image);
    scribe_bytes(&scribe, picture->bytes, picture->length);
    scribe_end_image(&scribe);
    return;
  }
  scribe_box box = {.width = picture->width, .height = picture->height};
  if (wish.width > 0 && wish.height > 0) {
    box = (scribe_box){wish.x, wish.y, wish.width, wish.height};
    image.region = (scribe_region){wish.x, wish.y, picture->width, picture->height};
    image.width = wish.width;
    image.height = wish.height;
    scribe_exposure_look(&exposure, picture->bytes, picture->width, &box);
  }
  if (wish.lossless) image.coder = &lossless.coder;
  if (scribe_begin_image(&scribe, &image) == SCRIBE_BAD_ARGUMENT) return;
  for (uint32_t row = 0; row < box.height; row++) {
    const uint8_t *const at = picture->bytes + (box.y + row) * picture->width + box.x;
    if (scribe_lines(&scribe, at, 1) != SCRIBE_OK) break;
    hear();
  }
  scribe_end_image(&scribe);
}

static void say(camera_error error) {
  char text[84];
  strcpy(text, camera_name);
  strcat(text, " ");
  strcat(text, camera_error_text(error));
  scribe_log(&scribe, text);
}

static void start_camera(void) {
  uint16_t id;
  camera_error error;
  while ((error = sensor_begin(&id)) != CAMERA_OK) {
    say(error);
    for (int i = 0; i < 100; i++) {
      hear();
      scribe_host_answer(&host);
      HAL_IWDG_Refresh(&hiwdg);
      HAL_Delay(10);
    }
  }
  if (exposure.by_hand) expose();
}

/* The counters lie in the backup SRAM, which a reset leaves alone. */
static void start_life(void) {
  scribe_start start = SCRIBE_START_UNKNOWN;
  if (__HAL_RCC_GET_FLAG(RCC_FLAG_IWDGRST)) {
    start = SCRIBE_START_WATCHDOG;
  } else if (__HAL_RCC_GET_FLAG(RCC_FLAG_SFTRST)) {
    start = SCRIBE_START_SOFTWARE;
  } else if (__HAL_RCC_GET_FLAG(RCC_FLAG_PORRST)) {
    start = SCRIBE_START_POWER;
  } else if (__HAL_RCC_GET_FLAG(RCC_FLAG_BORRST)) {
    start = SCRIBE_START_BROWN_OUT;
  } else if (__HAL_RCC_GET_FLAG(RCC_FLAG_PINRST)) {
    start = SCRIBE_START_PIN;
  }
  __HAL_RCC_CLEAR_RESET_FLAGS();
  __HAL_RCC_PWR_CLK_ENABLE();
  HAL_PWR_EnableBkUpAccess();
  __HAL_RCC_BKPSRAM_CLK_ENABLE();
  scribe_life_start(&life, (volatile scribe_life_memory *)BKPSRAM_BASE, start);
}

void serialscribe_start(void) {
  start_life();
  outbox_init(&box, halves, HALF);
  const scribe_config config = {.write = write_packet,
                                .buffer = packet,
                                .buffer_size = sizeof packet,
                                .mtu = 512,
                                .board = SERIALSCRIBE_BOARD,
                                .sensor = camera_name,
                                .firmware = "CubeMX " SCRIBE_VERSION};
  scribe_init(&scribe, &config);
  const scribe_host_config heard = {
      .encoder = &scribe, .rate = SERIALSCRIBE_RATE, .request = on_request};
  scribe_host_init(&host, &heard);
  scribe_lossless_init(&lossless);
  scribe_exposure_init(&exposure, 0, CAMERA_MOST_EXPOSURE);
  HAL_UART_Receive_IT(&huart2, &received, 1);
  scribe_hello(&scribe);
  scribe_log(&scribe, scribe_start_text(life.start));
  start_camera();
}

void serialscribe_turn(void) {
  HAL_IWDG_Refresh(&hiwdg);
  hear();
  scribe_host_answer(&host);
  if (clock_ms() - captured_at < wish.period_ms) return;
  captured_at = clock_ms();
  camera_image picture;
  const camera_error error = capture(&picture);
  if (error == CAMERA_OK) {
    send(&picture);
    life.counts.images++;
    if (exposure.way != SCRIBE_EXPOSE_CAMERA) {
      const uint8_t automatic = exposure.by_hand ? exposure.step : sensor_exposure();
      if (scribe_exposure_next(&exposure, automatic)) expose();
    }
  } else {
    scribe_skip_image(&scribe);
    say(error);
    if (error == CAMERA_STOPPED || error == CAMERA_NO_IMAGE) {
      scribe_life_count(&life.counts.camera_restarts);
      start_camera();
      scribe_log(&scribe, "the camera was set up anew");
    }
  }
  scribe_life_keep(&life);
  if (clock_ms() - stats_at >= STATS_PERIOD_MS) {
    stats_at = clock_ms();
    scribe_life_stats(&life, &scribe, stats_at);
  }
}
