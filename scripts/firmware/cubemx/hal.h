/* As much of the STM32 HAL as CUBEMX.md uses, with its names and types, and no hardware. */
#ifndef HAL_H
#define HAL_H

#include <stdint.h>

typedef enum { HAL_OK, HAL_ERROR, HAL_BUSY, HAL_TIMEOUT } HAL_StatusTypeDef;
typedef enum { HAL_UART_STATE_RESET, HAL_UART_STATE_READY = 0x20 } HAL_UART_StateTypeDef;
typedef struct {
  volatile HAL_UART_StateTypeDef gState;
} UART_HandleTypeDef;
typedef struct {
  uint32_t count;
} DMA_HandleTypeDef;
typedef struct {
  uint32_t flags;
  DMA_HandleTypeDef *DMA_Handle;
} DCMI_HandleTypeDef;
typedef struct {
  int unused;
} I2C_HandleTypeDef;

extern UART_HandleTypeDef huart2;
extern DCMI_HandleTypeDef hdcmi;
extern I2C_HandleTypeDef hi2c2;

#define DCMI_MODE_SNAPSHOT 2u
#define DCMI_FLAG_FRAMERI 1u
#define __HAL_DCMI_CLEAR_FLAG(handle, flag) ((handle)->flags &= ~(flag))
#define __HAL_DCMI_GET_FLAG(handle, flag) ((handle)->flags & (flag))
#define __HAL_DMA_GET_COUNTER(handle) ((handle)->count)

uint32_t HAL_GetTick(void);
HAL_StatusTypeDef HAL_UART_Transmit_DMA(UART_HandleTypeDef *, const uint8_t *, uint16_t);
HAL_StatusTypeDef HAL_DCMI_Start_DMA(DCMI_HandleTypeDef *, uint32_t, uint32_t, uint32_t);
HAL_StatusTypeDef HAL_DCMI_Stop(DCMI_HandleTypeDef *);
HAL_StatusTypeDef HAL_I2C_Mem_Write(I2C_HandleTypeDef *, uint16_t, uint16_t, uint16_t, uint8_t *,
                                    uint16_t, uint32_t);

#endif
