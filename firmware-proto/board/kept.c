#include "kept.h"

#include "faults.h"
#include "stm32f4.h"

void pvd_handler(void);

scribe_life kept;

/* A stand-in for the backup SRAM: outside .bss, so that the start leaves it alone. */
__attribute__((section(".noinit"))) static scribe_life_memory spare;

static volatile scribe_life_memory *find_memory(void) {
  RCC->APB1ENR |= RCC_APB1ENR_PWR;
  (void)RCC->APB1ENR;
  PWR_CR |= PWR_CR_DBP;
  RCC->AHB1ENR |= RCC_AHB1ENR_BKPSRAM;
  (void)RCC->AHB1ENR;
  PWR_CSR |= PWR_CSR_BRE; /* kept by the battery too */
  /* A word of it tells whether there is one. */
  volatile uint32_t *const probe = (volatile uint32_t *)(BKPSRAM_BASE + sizeof spare);
  *probe = 0x5A5AA5A5u;
  if (*probe != 0x5A5AA5A5u) return &spare;
  return (volatile scribe_life_memory *)BKPSRAM_BASE;
}

/* RCC_CSR: several flags may be set, that of the pin with every reset, and that of brown-out with
 * power-on. */
static scribe_start cause(void) {
  if (last_fault.magic == FAULT_MAGIC) {
    return last_fault.kind == FAULT_STUCK ? SCRIBE_START_WATCHDOG : SCRIBE_START_FAULT;
  }
  const uint32_t flags = RCC_CSR;
  if (flags & (RCC_CSR_IWDG | RCC_CSR_WWDG)) return SCRIBE_START_WATCHDOG;
  if (flags & RCC_CSR_SOFTWARE) return SCRIBE_START_SOFTWARE;
  if (flags & RCC_CSR_POWER) return SCRIBE_START_POWER;
  if (flags & RCC_CSR_BROWN_OUT) return SCRIBE_START_BROWN_OUT;
  if (flags & RCC_CSR_PIN) return SCRIBE_START_PIN;
  return SCRIBE_START_UNKNOWN;
}

void kept_start(void) {
  const scribe_start start = cause();
  RCC_CSR |= RCC_CSR_CLEAR;
  scribe_life_start(&kept, find_memory(), start);
  /* The detector of a low supply, through EXTI line 16 both ways. */
  PWR_CR = (PWR_CR & ~(uint32_t)PWR_CR_PLS) | PWR_CR_PLS_2V8 | PWR_CR_PVDE;
  EXTI_RTSR |= EXTI_PVD;
  EXTI_FTSR |= EXTI_PVD;
  EXTI_IMR |= EXTI_PVD;
  NVIC_ISER[IRQ_PVD / 32] = 1u << IRQ_PVD % 32;
}

bool kept_supply_is_low(void) { return (PWR_CSR & PWR_CSR_PVDO) != 0; }

/* Written at once: there may be a millisecond left. */
void pvd_handler(void) {
  EXTI_PR = EXTI_PVD;
  scribe_life_supply(&kept, kept_supply_is_low());
}

void kept_save(void) {
  __asm__ volatile("cpsid i" ::: "memory");
  scribe_life_keep(&kept);
  __asm__ volatile("cpsie i" ::: "memory");
}
