/* Sends gray pictures of an OV7670 over USB or to an HC-05, as the host wishes. */
#include <string.h>

#include "camera.h"
#include "clock.h"
#include "hardware/uart.h"
#include "hardware/watchdog.h"
#include "pico/stdlib.h"
#include "scribe_codecs.h"
#include "scribe_exposure.h"
#include "scribe_host.h"
#include "scribe_life.h"
#include "serialscribe.h"

/* 1: UART0 to an HC-05, which was set to this baud. It carries 20 kB/s whatever that is. */
#ifndef LINK_UART
#define LINK_UART 0
#endif
#define BAUD 921600u
#define RATE (LINK_UART ? 18000u : 0u)
enum { PIN_TX = 16, PIN_RX = 17 };

#define CREDIT_PATIENCE_MS 1000u
#define STATS_PERIOD_MS 5000u
/* The most that the chip counts; longer than a packet can be waited for, or a picture. */
#define WATCHDOG_MS 8300u

static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_MAXIMUM_MTU)];
static scribe_encoder scribe;
static scribe_host host;
static scribe_lossless lossless;
static scribe_exposure exposure;
static scribe_life life;
/* Kept over the watchdog's resets; without power, or with the RUN pin, it may be noise. */
static scribe_life_memory __uninitialized_ram(life_memory);

static struct {
  bool lossless;
  uint16_t x, y, width, height; /* width 0: all of the picture */
  uint32_t period_ms;
} wish;

/* ---- The link. ---- */

static void start_link(void) {
#if LINK_UART
  uart_init(uart0, BAUD);
  gpio_set_function(PIN_TX, GPIO_FUNC_UART);
  gpio_set_function(PIN_RX, GPIO_FUNC_UART);
#else
  stdio_init_all();
#endif
}

static int read_byte(void) {
#if LINK_UART
  return uart_is_readable(uart0) ? uart_getc(uart0) : -1;
#else
  const int byte = getchar_timeout_us(0);
  return byte >= 0 ? byte : -1;
#endif
}

static void write_bytes(const uint8_t *bytes, size_t length) {
#if LINK_UART
  uart_write_blocking(uart0, bytes, length);
#else
  /* Raw: nothing is made of line ends. What nobody takes is dropped after half a second. */
  for (size_t i = 0; i < length; i++) putchar_raw(bytes[i]);
#endif
}

static void hear(void) {
  int byte;
  while ((byte = read_byte()) >= 0) scribe_host_hear(&host, (uint8_t)byte, clock_ms());
}

static bool write_packet(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  const uint32_t start = clock_ms();
  watchdog_update();
  while (!scribe_host_may_send(&host, length, clock_ms())) {
    if (clock_ms() - start > CREDIT_PATIENCE_MS) return false;
    hear();
  }
  write_bytes(bytes, length);
  scribe_host_sent(&host, length, clock_ms());
  return true;
}

/* ---- The host's wishes. ---- */

static void expose(void) { camera_expose(exposure.by_hand, exposure.step); }

static scribe_answer on_request(void *context, const scribe_request *request) {
  (void)context;
  switch (request->kind) {
    case SCRIBE_ASK_FORMAT:
      if (request->format != SCRIBE_GRAY8) return SCRIBE_REFUSED;
      wish.lossless = request->coded;
      return SCRIBE_DONE;
    case SCRIBE_ASK_REGION:
      if (request->x + request->width > 320 || request->y + request->height > 240) {
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
      const bool was_by_hand = exposure.by_hand;
      scribe_exposure_set(&exposure, request->exposure, request->more);
      if (was_by_hand) expose();
      return SCRIBE_DONE;
    }
    default: return SCRIBE_UNKNOWN;
  }
}

/* ---- Pictures. ---- */

static void send(const camera_image *picture) {
  scribe_image image = {.width = picture->width,
                        .height = picture->height,
                        .format = SCRIBE_GRAY8,
                        .timestamp_us = picture->timestamp_us,
                        .coder = wish.lossless ? &lossless.coder : NULL};
  scribe_box box = {.width = picture->width, .height = picture->height};
  if (wish.width > 0 && wish.height > 0) {
    box = (scribe_box){wish.x, wish.y, wish.width, wish.height};
    image.region = (scribe_region){wish.x, wish.y, picture->width, picture->height};
    image.width = wish.width;
    image.height = wish.height;
    scribe_exposure_look(&exposure, picture->bytes, picture->width, &box);
  }
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
  camera_error error;
  while ((error = camera_begin()) != CAMERA_OK) {
    say(error);
    hear();
    scribe_host_answer(&host);
    watchdog_update();
    sleep_ms(1000);
  }
  if (exposure.by_hand) expose();
}

int main(void) {
  const scribe_start cause = watchdog_caused_reboot() ? SCRIBE_START_WATCHDOG : SCRIBE_START_UNKNOWN;
  start_link();
  scribe_life_start(&life, &life_memory, cause);
  const scribe_config config = {.write = write_packet,
                                .buffer = packet,
                                .buffer_size = sizeof packet,
                                .mtu = 512,
                                .board = "RP2040",
                                .sensor = camera_name,
                                .firmware = "RP2040_OV7670 " SCRIBE_VERSION};
  scribe_init(&scribe, &config);
  const scribe_host_config heard = {.encoder = &scribe, .rate = RATE, .request = on_request};
  scribe_host_init(&host, &heard);
  scribe_lossless_init(&lossless);
  scribe_exposure_init(&exposure, 0, CAMERA_MOST_EXPOSURE);
  watchdog_enable(WATCHDOG_MS, true); /* it stands still in a debugger's halt */
  scribe_hello(&scribe);
  start_camera();

  uint32_t captured_at = 0, stats_at = 0;
  for (;;) {
    watchdog_update();
    hear();
    scribe_host_answer(&host);
    if (clock_ms() - captured_at < wish.period_ms) continue;
    captured_at = clock_ms();
    camera_image picture;
    const camera_error error = camera_capture(&picture);
    if (error == CAMERA_OK) {
      send(&picture);
      life.counts.images++;
      if (exposure.way != SCRIBE_EXPOSE_CAMERA) {
        const uint8_t automatic = exposure.by_hand ? exposure.step : camera_exposure();
        if (scribe_exposure_next(&exposure, automatic)) expose();
      }
    } else {
      scribe_skip_image(&scribe);
      say(error);
      scribe_life_count(&life.counts.camera_restarts);
      start_camera();
      scribe_log(&scribe, "the camera was set up anew");
    }
    scribe_life_keep(&life);
    if (clock_ms() - stats_at >= STATS_PERIOD_MS) {
      stats_at = clock_ms();
      scribe_life_stats(&life, &scribe, stats_at);
    }
  }
}
