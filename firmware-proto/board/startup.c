/* From reset to main: vectors, memory, the FPU. Faults are reported by the program after the
 * reset that follows them; see faults.h. */
#include <stdint.h>

#include "faults.h"
#include "semihosting.h"
#include "stm32f4.h"

extern uint32_t data_start, data_end, data_image, bss_start, bss_end, ccm_start, ccm_end,
    stack_bottom, stack_top;

int main(void);
void reset(void);
void systick_handler(void);
void dma1_stream6_handler(void);
void usart2_handler(void);
void pvd_handler(void);

static void hard_fault(void);
static void memory_fault(void);
static void bus_fault(void);
static void usage_fault(void);
static void unexpected(void);

/* Kept over a reset: outside .bss. */
__attribute__((section(".noinit"))) fault_record last_fault;

typedef union {
  void (*handler)(void);
  const void *stack;
} vector;

/* 16 of the core, 82 of the chip. What is not used stops the program where a debugger sees it. */
__attribute__((section(".vectors"), used)) static const vector vectors[16 + IRQ_COUNT] = {
    {.stack = &stack_top},
    {reset},
    {unexpected}, /* NMI */
    {hard_fault},
    {memory_fault},
    {bus_fault},
    {usage_fault},
    {0}, {0}, {0}, {0},
    {unexpected}, /* SVCall */
    {unexpected}, /* debug monitor */
    {0},
    {unexpected}, /* PendSV */
    {systick_handler},
    {unexpected}, /* WWDG */
    {pvd_handler},
    /* TAMP_STAMP, RTC_WKUP, FLASH, RCC, EXTI0...4, DMA1 streams 0...5 */
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected},
    {dma1_stream6_handler}, /* 17 */
    /* ADC, CAN1 (4), EXTI9_5, TIM1 (4), TIM2...4, I2C1 and 2 (4), SPI1 and 2, USART1 */
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected},
    {usart2_handler}, /* 38 */
    /* USART3, EXTI15_10, RTC_Alarm, OTG_FS_WKUP, TIM8 (4), DMA1 stream 7, FSMC, SDIO, TIM5, SPI3,
     * UART4 and 5, TIM6 and 7, DMA2 streams 0...4, ETH (2), CAN2 (4), OTG_FS, DMA2 streams 5...7,
     * USART6, I2C3 (2), OTG_HS (4), DCMI, CRYP, HASH_RNG, FPU */
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected}, {unexpected},
    {unexpected}};

void reset(void) {
  SCB_CPACR |= 0xFu << 20;
  __asm__ volatile("dsb\n\tisb" ::: "memory");
  const uint32_t *from = &data_image;
  for (uint32_t *to = &data_start; to < &data_end; to++) *to = *from++;
  for (uint32_t *to = &bss_start; to < &bss_end; to++) *to = 0;
  for (uint32_t *to = &ccm_start; to < &ccm_end; to++) *to = 0;
  for (uint32_t *to = &stack_bottom; to < (uint32_t *)__builtin_frame_address(0) - 16; to++) {
    *to = STACK_PAINT;
  }
  main();
  for (;;) {
  }
}

uint32_t stack_used(void) {
  const uint32_t *at = &stack_bottom;
  while (at < &stack_top && *at == STACK_PAINT) at++;
  return (uint32_t)((uintptr_t)&stack_top - (uintptr_t)at);
}

uint32_t stack_size(void) { return (uint32_t)((uintptr_t)&stack_top - (uintptr_t)&stack_bottom); }

/* Leaves word of the fault and starts anew, as a board without a debugger should. */
void fault_stop(fault_kind kind, uint32_t status) {
  last_fault.magic = FAULT_MAGIC;
  last_fault.kind = (uint32_t)kind;
  last_fault.status = status;
  __asm__ volatile("dsb" ::: "memory");
  SCB_AIRCR = 0x05FA0004u;
  for (;;) {
  }
}

static void stop(fault_kind kind) {
#if BOARD_SEMIHOSTING
  semihosting_print("fault\n");
  semihosting_exit(70);
#endif
  fault_stop(kind, SCB_CFSR);
}

static void hard_fault(void) { stop(FAULT_HARD); }
static void memory_fault(void) { stop(FAULT_MEMORY); }
static void bus_fault(void) { stop(FAULT_BUS); }
static void usage_fault(void) { stop(FAULT_USAGE); }
static void unexpected(void) { stop(FAULT_INTERRUPT); }
