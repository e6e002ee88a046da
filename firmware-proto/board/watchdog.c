#include "watchdog.h"

#include <stdbool.h>

#include "faults.h"
#include "stm32f4.h"

/* The first comes before the second, which doesn't know where. */
#if WATCHDOG_COUNT * WATCHDOG_DIVIDER / (WATCHDOG_LSI_MOST_HZ / 1000u) <= WATCHDOG_STUCK_MS + 1000u
#error "the chip's watchdog is too short"
#endif
#if WATCHDOG_COUNT > 0xFFFu || WATCHDOG_DIVIDER != 128u
#error "the chip's watchdog counts twelve bits, divided by 128 below"
#endif

static volatile uint32_t idle_ms;
static bool started;

void watchdog_start(void) {
  DBGMCU_APB1_FZ |= DBGMCU_IWDG_STOP;
  IWDG->KR = IWDG_START;
  IWDG->KR = IWDG_UNLOCK;
  IWDG->PR = IWDG_PR_128;
  IWDG->RLR = WATCHDOG_COUNT;
  started = true;
  watchdog_progress();
}

void watchdog_progress(void) {
  idle_ms = 0;
  IWDG->KR = IWDG_FEED;
}

void watchdog_tick(uint32_t at) {
  if (started && ++idle_ms > WATCHDOG_STUCK_MS) fault_stop(FAULT_STUCK, at);
}
