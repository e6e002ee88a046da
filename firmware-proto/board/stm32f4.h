/* The registers of the STM32F405/F407 that this program uses, by their names in RM0090. */
#ifndef STM32F4_H
#define STM32F4_H

#include <stdint.h>

typedef volatile uint32_t reg32;

/* Core. */
#define SCB_CPACR (*(reg32 *)0xE000ED88u)
#define SCB_CFSR (*(reg32 *)0xE000ED28u)
#define SCB_AIRCR (*(reg32 *)0xE000ED0Cu)
#define SYSTICK_CSR (*(reg32 *)0xE000E010u)
#define SYSTICK_RVR (*(reg32 *)0xE000E014u)
#define SYSTICK_CVR (*(reg32 *)0xE000E018u)
#define NVIC_ISER ((reg32 *)0xE000E100u)

enum { IRQ_PVD = 1, IRQ_DMA1_STREAM6 = 17, IRQ_USART2 = 38, IRQ_COUNT = 82 };

/* Clocks. */
typedef struct {
  reg32 CR, PLLCFGR, CFGR, CIR, AHB1RSTR, AHB2RSTR, AHB3RSTR, reserved0, APB1RSTR, APB2RSTR,
      reserved1[2], AHB1ENR, AHB2ENR, AHB3ENR, reserved2, APB1ENR, APB2ENR;
} rcc_registers;
#define RCC ((rcc_registers *)0x40023800u)
#define FLASH_ACR (*(reg32 *)0x40023C00u)
#define RCC_CSR (*(reg32 *)0x40023874u)
#define PWR_CR (*(reg32 *)0x40007000u)
#define PWR_CSR (*(reg32 *)0x40007004u)
#define BKPSRAM_BASE 0x40024000u /* 4 KB */

enum {
  RCC_CR_HSION = 1u << 0, RCC_CR_HSIRDY = 1u << 1, RCC_CR_HSEON = 1u << 16,
  RCC_CR_HSERDY = 1u << 17, RCC_CR_PLLON = 1u << 24, RCC_CR_PLLRDY = 1u << 25,
  RCC_PLLCFGR_SRC_HSE = 1u << 22,
  RCC_CFGR_SW_PLL = 2u, RCC_CFGR_SWS = 3u << 2, RCC_CFGR_SWS_PLL = 2u << 2,
  RCC_CFGR_PPRE1_4 = 5u << 10, RCC_CFGR_PPRE2_2 = 4u << 13,
  RCC_AHB1ENR_GPIOA = 1u << 0, RCC_AHB1ENR_GPIOB = 1u << 1, RCC_AHB1ENR_GPIOC = 1u << 2,
  RCC_AHB1ENR_GPIOE = 1u << 4, RCC_AHB1ENR_BKPSRAM = 1u << 18,
  RCC_AHB1ENR_DMA1 = 1u << 21, RCC_AHB1ENR_DMA2 = 1u << 22,
  RCC_AHB2ENR_DCMI = 1u << 0,
  RCC_APB1ENR_USART2 = 1u << 17, RCC_APB1ENR_PWR = 1u << 28,
  RCC_CSR_CLEAR = 1u << 24, RCC_CSR_BROWN_OUT = 1u << 25, RCC_CSR_PIN = 1u << 26,
  RCC_CSR_POWER = 1u << 27, RCC_CSR_SOFTWARE = 1u << 28, RCC_CSR_IWDG = 1u << 29,
  RCC_CSR_WWDG = 1u << 30,
  PWR_CR_PVDE = 1u << 4, PWR_CR_PLS = 7u << 5, PWR_CR_PLS_2V8 = 6u << 5, PWR_CR_DBP = 1u << 8,
  PWR_CSR_PVDO = 1u << 2, PWR_CSR_BRE = 1u << 9
};

/* The interrupt of the supply, line 16. */
#define EXTI_IMR (*(reg32 *)0x40013C00u)
#define EXTI_RTSR (*(reg32 *)0x40013C08u)
#define EXTI_FTSR (*(reg32 *)0x40013C0Cu)
#define EXTI_PR (*(reg32 *)0x40013C14u)
enum { EXTI_PVD = 1u << 16 };

/* The independent watchdog. */
typedef struct {
  reg32 KR, PR, RLR, SR;
} iwdg_registers;
#define IWDG ((iwdg_registers *)0x40003000u)
#define DBGMCU_APB1_FZ (*(reg32 *)0xE0042008u)
enum { IWDG_START = 0xCCCCu, IWDG_UNLOCK = 0x5555u, IWDG_FEED = 0xAAAAu, IWDG_PR_128 = 5u,
       DBGMCU_IWDG_STOP = 1u << 12 };

/* Pins. */
typedef struct {
  reg32 MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFR[2];
} gpio_registers;
#define GPIOA ((gpio_registers *)0x40020000u)
#define GPIOB ((gpio_registers *)0x40020400u)
#define GPIOC ((gpio_registers *)0x40020800u)
#define GPIOE ((gpio_registers *)0x40021000u)

/* Serial port. */
typedef struct {
  reg32 SR, DR, BRR, CR1, CR2, CR3;
} usart_registers;
#define USART2 ((usart_registers *)0x40004400u)

enum {
  USART_SR_ERRORS = 0xFu, /* parity, framing, noise, overrun */
  USART_SR_RXNE = 1u << 5, USART_SR_TC = 1u << 6, USART_SR_TXE = 1u << 7,
  USART_CR1_RE = 1u << 2, USART_CR1_TE = 1u << 3, USART_CR1_RXNEIE = 1u << 5,
  USART_CR1_UE = 1u << 13, USART_CR3_DMAT = 1u << 7
};

/* DMA. */
typedef struct {
  reg32 CR, NDTR, PAR, M0AR, M1AR, FCR;
} dma_stream;
typedef struct {
  reg32 LISR, HISR, LIFCR, HIFCR;
  dma_stream streams[8];
} dma_registers;
#define DMA1 ((dma_registers *)0x40026000u)
#define DMA2 ((dma_registers *)0x40026400u)

enum {
  DMA_CR_EN = 1u << 0, DMA_CR_TEIE = 1u << 2, DMA_CR_TCIE = 1u << 4, DMA_CR_TO_PERIPHERAL = 1u << 6,
  DMA_CR_CIRC = 1u << 8, DMA_CR_MINC = 1u << 10, DMA_CR_PSIZE_WORD = 2u << 11,
  DMA_CR_MSIZE_WORD = 2u << 13, DMA_CR_PRIORITY_HIGH = 2u << 16, DMA_CR_DBM = 1u << 18,
  DMA_CR_CHANNEL_1 = 1u << 25, DMA_CR_CHANNEL_4 = 4u << 25,
  /* The six flags of stream 1 in LISR, of stream 6 in HISR. */
  DMA_STREAM1_FLAGS = 0x3Du << 6, DMA_STREAM1_TC = 1u << 11, DMA_STREAM1_TE = 1u << 9,
  DMA_STREAM6_FLAGS = 0x3Du << 16, DMA_STREAM6_TC = 1u << 21, DMA_STREAM6_TE = 1u << 19
};

/* Camera interface; the F405 has none. */
typedef struct {
  reg32 CR, SR, RIS, IER, MIS, ICR, ESCR, ESUR, CWSTRT, CWSIZE, DR;
} dcmi_registers;
#define DCMI ((dcmi_registers *)0x50050000u)

enum {
  DCMI_CR_CAPTURE = 1u << 0, DCMI_CR_SNAPSHOT = 1u << 1, DCMI_CR_JPEG = 1u << 3,
  DCMI_CR_PCK_RISING = 1u << 5, DCMI_CR_HSYNC_HIGH = 1u << 6, DCMI_CR_VSYNC_HIGH = 1u << 7,
  DCMI_CR_ENABLE = 1u << 14,
  DCMI_RIS_FRAME = 1u << 0, DCMI_RIS_OVERRUN = 1u << 1, DCMI_RIS_VSYNC = 1u << 3, DCMI_ICR_ALL = 0x1Fu
};

#endif
