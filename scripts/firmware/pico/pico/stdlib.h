/* As much of the Pico SDK as firmware-proto/examples/RP2040_OV7670 uses: declarations with its names
 * and types, and no chip behind them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned int uint;
typedef uint64_t absolute_time_t;

#define __uninitialized_ram(group) __attribute__((section(".uninitialized_data." #group))) group

absolute_time_t get_absolute_time(void);
uint32_t to_ms_since_boot(absolute_time_t time);
uint64_t time_us_64(void);
void sleep_ms(uint32_t ms);

bool stdio_init_all(void);
int putchar_raw(int character);
int getchar_timeout_us(uint32_t timeout_us);

typedef enum gpio_function {
  GPIO_FUNC_UART = 2, GPIO_FUNC_I2C = 3, GPIO_FUNC_PWM = 4, GPIO_FUNC_SIO = 5, GPIO_FUNC_PIO0 = 6
} gpio_function_t;
#define GPIO_OUT true
#define GPIO_IN false
void gpio_init(uint gpio);
void gpio_set_dir(uint gpio, bool out);
void gpio_put(uint gpio, bool value);
bool gpio_get(uint gpio);
void gpio_pull_up(uint gpio);
void gpio_set_function(uint gpio, gpio_function_t function);
