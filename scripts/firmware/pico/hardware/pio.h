#pragma once
#include "pico/stdlib.h"

typedef struct {
  volatile uint32_t rxf[4];
} pio_hw_t;
typedef pio_hw_t *PIO;
#define pio0 ((pio_hw_t *)0x50200000u)

typedef struct {
  uint32_t clkdiv, execctrl, shiftctrl, pinctrl;
} pio_sm_config;
typedef struct pio_program {
  const uint16_t *instructions;
  uint8_t length;
  int8_t origin;
} pio_program_t;
enum pio_fifo_join { PIO_FIFO_JOIN_NONE = 0, PIO_FIFO_JOIN_TX = 1, PIO_FIFO_JOIN_RX = 2 };

int pio_add_program(PIO pio, const pio_program_t *program);
pio_sm_config pio_get_default_sm_config(void);
void sm_config_set_in_pins(pio_sm_config *config, uint base);
void sm_config_set_in_shift(pio_sm_config *config, bool right, bool autopush, uint threshold);
void sm_config_set_fifo_join(pio_sm_config *config, enum pio_fifo_join join);
void sm_config_set_wrap(pio_sm_config *config, uint target, uint wrap);
int pio_sm_init(PIO pio, uint machine, uint first, const pio_sm_config *config);
void pio_sm_set_enabled(PIO pio, uint machine, bool enabled);
uint pio_get_dreq(PIO pio, uint machine, bool is_tx);
