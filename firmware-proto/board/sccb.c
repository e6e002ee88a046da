#include "sccb.h"

#include "clock.h"
#include "stm32f4.h"

#define SIOC (1u << 10)
#define SIOD (1u << 11)
#define HALF_BIT_US 5u /* about 100 kHz, which every module takes */

/* Open drain: high is let go, and the pull-up makes it so. */
static void set(uint32_t pin, bool high) {
  GPIOB->BSRR = high ? pin : pin << 16;
  clock_wait_us(HALF_BIT_US);
}

void sccb_start(void) {
  RCC->AHB1ENR |= RCC_AHB1ENR_GPIOB;
  (void)RCC->AHB1ENR;
  GPIOB->BSRR = SIOC | SIOD;
  GPIOB->OTYPER |= SIOC | SIOD;
  GPIOB->PUPDR = (GPIOB->PUPDR & ~0xF00000u) | 0x500000u;
  GPIOB->MODER = (GPIOB->MODER & ~0xF00000u) | 0x500000u;
  /* A camera that was reset in the middle of a read may hold the data line until it is clocked. */
  for (int i = 0; i < 9; i++) {
    set(SIOC, false);
    set(SIOC, true);
  }
}

static void begin(void) {
  set(SIOD, true);
  set(SIOC, true);
  set(SIOD, false);
  set(SIOC, false);
}

static void end(void) {
  set(SIOD, false);
  set(SIOC, true);
  set(SIOD, true);
}

static bool put_bit(bool bit) {
  set(SIOD, bit);
  set(SIOC, true);
  const bool level = (GPIOB->IDR & SIOD) != 0;
  set(SIOC, false);
  return level;
}

/* True if acknowledged. */
static bool put_byte(uint8_t byte) {
  for (int i = 7; i >= 0; i--) put_bit((byte >> i & 1) != 0);
  return !put_bit(true);
}

static uint8_t get_byte(void) {
  uint8_t byte = 0;
  for (int i = 0; i < 8; i++) byte = (uint8_t)(byte << 1 | put_bit(true));
  put_bit(true); /* no further byte wanted */
  return byte;
}

bool sccb_write(uint8_t device, uint8_t reg, uint8_t value) {
  begin();
  const bool done = put_byte(device) && put_byte(reg) && put_byte(value);
  end();
  return done;
}

bool sccb_read(uint8_t device, uint8_t reg, uint8_t *value) {
  begin();
  bool done = put_byte(device) && put_byte(reg);
  end(); /* SCCB knows no repeated start */
  if (!done) return false;
  begin();
  done = put_byte(device | 1u);
  if (done) *value = get_byte();
  end();
  return done;
}

bool sccb_write_all(uint8_t device, const sccb_setting *settings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!sccb_write(device, settings[i].reg, settings[i].value)) return false;
  }
  return true;
}
