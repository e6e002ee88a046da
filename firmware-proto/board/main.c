/* The board: captures images and sends them, or what it reads in them. Options come from the
 * Makefile. */
#include <string.h>

#include "camera.h"
#include "clock.h"
#include "deliver.h"
#include "expose.h"
#include "faults.h"
#include "host.h"
#include "kept.h"
#include "report.h"
#include "semihosting.h"
#include "serialscribe.h"
#include "uart.h"
#include "watchdog.h"

#ifndef BOARD_BAUD
#define BOARD_BAUD 921600u
#endif
/* Bytes a second to a host that grants no credit; 18000 for an HC-05, 0 for a cable. */
#ifndef BOARD_PACE
#define BOARD_PACE 0u
#endif

#if defined BOARD_F405
#define BOARD_NAME "STM32F405"
#else
#define BOARD_NAME "STM32F407"
#endif

#define STATS_PERIOD_MS 5000u
#define SUPPLY_PATIENCE_MS 10000u

/* Larger than the default: most coded slices then are one packet. */
#define PACKET_SIZE 512u

static uint8_t packet[SCRIBE_BUFFER_SIZE(PACKET_SIZE)];
static scribe_encoder scribe;

/* Reports what the host's user should know about the board's start. */
static void report_start(clock_source source) {
  static const char *const kinds[] = {"?", "hard", "memory", "bus", "usage", "interrupt", ""};
  if (last_fault.magic == FAULT_MAGIC) {
    const uint32_t kind = last_fault.kind <= FAULT_STUCK ? last_fault.kind : 0;
    if (kind == FAULT_STUCK) {
      report_address(&scribe, "restarted: the program was stuck at address", last_fault.status);
    } else {
      report(&scribe, "restarted after a fault: ", kinds[kind], last_fault.status);
    }
    last_fault.magic = 0;
  }
  report(&scribe, "started by ", scribe_start_text(kept.start), 0);
  report(&scribe, "starts, this one included:", "", kept.counts.starts);
  if (source == CLOCK_INTERNAL) report(&scribe, "the crystal is dead: 168 MHz within 1 %", "", 0);
  if (source == CLOCK_UNSCALED) report(&scribe, "the PLL does not lock: 16 MHz", "", 0);
  if (!uart_has_dma()) report(&scribe, "no DMA: bytes are sent one by one", "", 0);
  report(&scribe, deliver_what, ", core at Hz", clock_core_hz());
}

static void report_camera(camera_error error) {
  char what[64];
  strcpy(what, camera_name);
  strcat(what, " ");
  report(&scribe, what, camera_error_text(error), camera_detail());
}

/* Does not come back before the camera is there. */
static void start_camera(void) {
  camera_error error;
  while ((error = camera_begin()) != CAMERA_OK) {
    report_camera(error);
    for (int i = 0; i < 100; i++) {
      host_serve();
      uart_poll();
      watchdog_progress();
      clock_wait_ms(10);
    }
  }
  expose_again();
}

/* Sets the camera up anew, which it needs where it lost power or stopped. */
static void restart_camera(void) {
  scribe_life_count(&kept.counts.camera_restarts);
  kept_save();
  start_camera();
  report(&scribe, "the camera was set up anew, times:", "", kept.counts.camera_restarts);
}

/* Nothing new is begun while the supply is low: the radio and the camera take most of it. A board
 * whose supply stays so sends an image now and then all the same. */
static void wait_for_supply(void) {
  if (!kept_supply_is_low()) return;
  report(&scribe, "the supply is below 2.8 V", "", 0);
  const uint32_t start = clock_ms();
  while (kept_supply_is_low() && clock_ms() - start < SUPPLY_PATIENCE_MS) {
    host_serve();
    uart_poll();
    watchdog_progress();
  }
  if (!kept_supply_is_low()) report(&scribe, "the supply is good again", "", 0);
}

/* The files are used up: an emulator ends, as a real camera never does. */
static void finish(void) {
  scribe_life_stats(&kept, &scribe, clock_ms());
  report(&scribe, "stack used", "", stack_used());
  uart_flush();
#if BOARD_SEMIHOSTING
  semihosting_exit(0);
#endif
}

int main(void) {
  kept_start();
  const clock_source source = clock_start();
  watchdog_start();
  uart_start(BOARD_BAUD);
  const scribe_config config = {.write = host_write,
                                .buffer = packet,
                                .buffer_size = sizeof packet,
                                .mtu = PACKET_SIZE,
                                .board = BOARD_NAME,
                                .sensor = camera_name,
                                .firmware = "serialscribe " SCRIBE_VERSION};
  scribe_init(&scribe, &config);
  host_start(&scribe, BOARD_PACE);
  scribe_hello(&scribe);
  report_start(source);
  while (!deliver_begin(&scribe)) {
    uart_poll();
    watchdog_progress();
    clock_wait_ms(1000); /* and say so again, for a host that connects later */
  }
  start_camera();

  uint32_t stats_at = clock_ms(), captured_at = stats_at - 1000000u;
  for (;;) {
    watchdog_progress();
    host_serve();
    if (clock_ms() - captured_at < wish.period_ms) {
      uart_poll();
      continue;
    }
    wait_for_supply();
    captured_at = clock_ms();
    camera_image image;
    const camera_error error = camera_capture(&image);
    if (error == CAMERA_END) finish();
    if (error == CAMERA_OK) {
      deliver(&scribe, &image);
      kept.counts.images++;
      kept_save();
    } else {
      scribe_skip_image(&scribe);
      report_camera(error);
      if (error == CAMERA_NO_IMAGE || error == CAMERA_STOPPED) restart_camera();
    }
    if (clock_ms() - stats_at >= STATS_PERIOD_MS) {
      stats_at = clock_ms();
      scribe_life_stats(&kept, &scribe, stats_at);
    }
  }
}
