#pragma once
#include "pico/stdlib.h"

uint pwm_gpio_to_slice_num(uint gpio);
void pwm_set_wrap(uint slice, uint16_t wrap);
void pwm_set_gpio_level(uint gpio, uint16_t level);
void pwm_set_enabled(uint slice, bool enabled);
