#pragma once
#include "pico/stdlib.h"

typedef struct i2c_inst i2c_inst_t;
extern i2c_inst_t i2c0_inst;
#define i2c0 (&i2c0_inst)
uint i2c_init(i2c_inst_t *i2c, uint baudrate);
int i2c_write_timeout_us(i2c_inst_t *i2c, uint8_t address, const uint8_t *from, size_t length,
                         bool nostop, uint timeout_us);
int i2c_read_timeout_us(i2c_inst_t *i2c, uint8_t address, uint8_t *to, size_t length, bool nostop,
                        uint timeout_us);
struct i2c_inst {
  int unused;
};
