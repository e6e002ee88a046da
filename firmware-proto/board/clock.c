#include "clock.h"

#include "stm32f4.h"
#include "watchdog.h"

void systick_handler(void);
void systick_at(const uint32_t *frame);

#define HSI_HZ 16000000u
#define CORE_HZ 168000000u
/* Polls until an oscillator or the PLL counts as dead: over 100 ms at 16 MHz. A crystal takes 2 ms,
 * the PLL 0.3 ms. */
#define PATIENCE 400000u

#if BOARD_HSE_HZ % 1000000u != 0 || BOARD_HSE_HZ < 4000000u || BOARD_HSE_HZ > 26000000u
#error "BOARD_HSE_HZ: whole megahertz, 4 to 26"
#endif

static uint32_t core_hz = HSI_HZ;
static uint32_t apb1_hz = HSI_HZ;
static volatile uint32_t milliseconds;
static volatile uint32_t wraps; /* of `milliseconds`, every 49 days */

/* The core stored eight words on the stack; the seventh is the address that was interrupted. */
__attribute__((naked)) void systick_handler(void) {
  __asm__ volatile("mov r0, sp\n\tb systick_at");
}

__attribute__((used)) void systick_at(const uint32_t *frame) {
  if (++milliseconds == 0) wraps++;
  watchdog_tick(frame[6]);
}

static bool becomes(reg32 *address, uint32_t mask, uint32_t value) {
  for (uint32_t i = 0; i < PATIENCE; i++) {
    if ((*address & mask) == value) return true;
  }
  return false;
}

/* The PLL at 336 MHz from 1 MHz, halved for the core and by 7 to 48 MHz. */
static bool start_pll(uint32_t megahertz, uint32_t source) {
  RCC->CR &= ~(uint32_t)RCC_CR_PLLON;
  if (!becomes(&RCC->CR, RCC_CR_PLLRDY, 0)) return false;
  RCC->PLLCFGR = megahertz | 336u << 6 | 0u << 16 | source | 7u << 24;
  RCC->CR |= RCC_CR_PLLON;
  return becomes(&RCC->CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
}

static clock_source start_tree(void) {
  if (RCC->CR == 0) return CLOCK_NONE; /* HSION is set after every reset */
  RCC->APB1ENR |= RCC_APB1ENR_PWR;
  PWR_CR |= 1u << 14; /* VOS: 168 MHz need scale 1 */

  clock_source source = CLOCK_CRYSTAL;
  RCC->CR |= RCC_CR_HSEON;
  if (!becomes(&RCC->CR, RCC_CR_HSERDY, RCC_CR_HSERDY) ||
      !start_pll(BOARD_HSE_HZ / 1000000u, RCC_PLLCFGR_SRC_HSE)) {
    source = CLOCK_INTERNAL;
    RCC->CR &= ~(uint32_t)(RCC_CR_HSEON | RCC_CR_PLLON);
    if (!start_pll(HSI_HZ / 1000000u, 0)) return CLOCK_UNSCALED;
  }
  /* Before the core speeds up: 5 wait states (2.7 to 3.6 V), prefetch, both caches. */
  FLASH_ACR = 5u | 7u << 8;
  if ((FLASH_ACR & 7u) != 5u) return CLOCK_UNSCALED;
  RCC->CFGR = (RCC->CFGR & ~0x0000FCF3u) | RCC_CFGR_PPRE1_4 | RCC_CFGR_PPRE2_2;
  RCC->CFGR |= RCC_CFGR_SW_PLL;
  if (!becomes(&RCC->CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL)) {
    RCC->CFGR &= ~3u;
    return CLOCK_UNSCALED;
  }
  core_hz = CORE_HZ;
  apb1_hz = CORE_HZ / 4;
  return source;
}

clock_source clock_start(void) {
  const clock_source source = start_tree();
  if (source == CLOCK_UNSCALED) {
    /* The bus dividers may have been set on the way. */
    RCC->CFGR &= ~0x0000FCF0u;
  } else if (source == CLOCK_NONE) {
    core_hz = CORE_HZ; /* what the emulator counts SysTick by */
    apb1_hz = CORE_HZ / 4;
  }
  SYSTICK_RVR = core_hz / 1000u - 1u;
  SYSTICK_CVR = 0;
  SYSTICK_CSR = 7u; /* core clock, interrupt, on */
  return source;
}

uint32_t clock_core_hz(void) { return core_hz; }
uint32_t clock_apb1_hz(void) { return apb1_hz; }
uint32_t clock_ms(void) { return milliseconds; }

uint64_t clock_us(void) {
  uint32_t high, low, ticks;
  /* Again if the interrupt came in between. */
  do {
    high = wraps;
    low = milliseconds;
    ticks = SYSTICK_CVR;
  } while (low != milliseconds || high != wraps);
  const uint32_t within = (core_hz / 1000u - 1u - ticks) / (core_hz / 1000000u);
  return (((uint64_t)high << 32) | low) * 1000u + within;
}

void clock_wait_ms(uint32_t ms) {
  const uint32_t start = clock_ms();
  /* One more: the first millisecond has begun already. */
  while (clock_ms() - start <= ms) {
  }
}

void clock_wait_us(uint32_t us) {
  /* Three cycles or more a turn. */
  for (uint32_t turns = core_hz / 3000000u * us + 1; turns > 0; turns--) __asm__ volatile("");
}
