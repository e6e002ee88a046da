/* As much of the STM32 HAL as examples/STM32_CubeMX uses, with its names and types: declarations,
 * and no hardware. */
#ifndef HAL_H
#define HAL_H

#include <stdint.h>

typedef enum { HAL_OK, HAL_ERROR, HAL_BUSY, HAL_TIMEOUT } HAL_StatusTypeDef;
typedef enum { HAL_UART_STATE_RESET, HAL_UART_STATE_READY = 0x20 } HAL_UART_StateTypeDef;
typedef struct {
  volatile HAL_UART_StateTypeDef gState;
} UART_HandleTypeDef;
typedef struct __DMA_HandleTypeDef {
  uint32_t count;
  void (*XferCpltCallback)(struct __DMA_HandleTypeDef *dma);
  void (*XferM1CpltCallback)(struct __DMA_HandleTypeDef *dma);
  void (*XferErrorCallback)(struct __DMA_HandleTypeDef *dma);
} DMA_HandleTypeDef;
typedef struct {
  volatile uint32_t CR, SR, RISR, IER, MISR, ICR, ESCR, ESUR, CWSTRTR, CWSIZER, DR;
} DCMI_TypeDef;
typedef struct {
  DCMI_TypeDef *Instance;
  DMA_HandleTypeDef *DMA_Handle;
} DCMI_HandleTypeDef;
typedef struct {
  int unused;
} I2C_HandleTypeDef;
typedef struct {
  int unused;
} IWDG_HandleTypeDef;

#define DCMI_MODE_SNAPSHOT 2u
#define DCMI_CR_CAPTURE 1u
#define DCMI_CR_CM 2u
#define DCMI_FLAG_FRAMERI 1u
#define DCMI_FLAG_OVRRI 2u
#define DCMI_FLAG_VSYNCRI 8u
#define __HAL_DCMI_CLEAR_FLAG(handle, flag) ((handle)->Instance->ICR = (flag))
#define __HAL_DCMI_GET_FLAG(handle, flag) ((handle)->Instance->RISR & (flag))
#define __HAL_DCMI_ENABLE(handle) ((handle)->Instance->CR |= 1u << 14)
#define __HAL_DCMI_DISABLE(handle) ((handle)->Instance->CR &= ~(1u << 14))
#define __HAL_DMA_GET_COUNTER(handle) ((handle)->count)

#define RCC_FLAG_BORRST 0x79u
#define RCC_FLAG_PINRST 0x7Au
#define RCC_FLAG_PORRST 0x7Bu
#define RCC_FLAG_SFTRST 0x7Cu
#define RCC_FLAG_IWDGRST 0x7Du
uint32_t HAL_stub_flag(uint32_t flag);
void HAL_stub_clock(void);
#define __HAL_RCC_GET_FLAG(flag) HAL_stub_flag(flag)
#define __HAL_RCC_CLEAR_RESET_FLAGS() HAL_stub_clock()
#define __HAL_RCC_PWR_CLK_ENABLE() HAL_stub_clock()
#define __HAL_RCC_BKPSRAM_CLK_ENABLE() HAL_stub_clock()
#define BKPSRAM_BASE 0x40024000u
#define I2C_MEMADD_SIZE_8BIT 1u

uint32_t HAL_GetTick(void);
void HAL_Delay(uint32_t ms);
void HAL_PWR_EnableBkUpAccess(void);
HAL_StatusTypeDef HAL_IWDG_Refresh(IWDG_HandleTypeDef *);
HAL_StatusTypeDef HAL_UART_Transmit_DMA(UART_HandleTypeDef *, const uint8_t *, uint16_t);
HAL_StatusTypeDef HAL_UART_Receive_IT(UART_HandleTypeDef *, uint8_t *, uint16_t);
void HAL_UART_TxCpltCallback(UART_HandleTypeDef *);
void HAL_UART_RxCpltCallback(UART_HandleTypeDef *);
void HAL_UART_ErrorCallback(UART_HandleTypeDef *);
HAL_StatusTypeDef HAL_DMAEx_MultiBufferStart_IT(DMA_HandleTypeDef *, uint32_t, uint32_t, uint32_t,
                                                uint32_t);
HAL_StatusTypeDef HAL_DMA_Abort(DMA_HandleTypeDef *);
HAL_StatusTypeDef HAL_DCMI_Start_DMA(DCMI_HandleTypeDef *, uint32_t, uint32_t, uint32_t);
HAL_StatusTypeDef HAL_DCMI_Stop(DCMI_HandleTypeDef *);
HAL_StatusTypeDef HAL_I2C_Mem_Write(I2C_HandleTypeDef *, uint16_t, uint16_t, uint16_t, uint8_t *,
                                    uint16_t, uint32_t);
HAL_StatusTypeDef HAL_I2C_Master_Transmit(I2C_HandleTypeDef *, uint16_t, uint8_t *, uint16_t,
                                          uint32_t);
HAL_StatusTypeDef HAL_I2C_Master_Receive(I2C_HandleTypeDef *, uint16_t, uint8_t *, uint16_t,
                                         uint32_t);

#endif
