/* An OV7670 at the PIO of an RP2040, wired as README.md says. */
#include "camera.h"

#include "capture_pio.h"
#include "clock.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/i2c.h"
#include "hardware/pio.h"
#include "hardware/pwm.h"
#include "pico/stdlib.h"
#include "sccb.h"
#include "sensor.h"

enum { PIN_DATA = 0, PIN_VSYNC = CAPTURE_VSYNC, PIN_XCLK = 11, PIN_SIOD = 12, PIN_SIOC = 13,
       PIN_RESET = 14, PIN_PWDN = 15 };

#define WIDTH 320u
#define HEIGHT 240u
#define XCLK_HZ 16000000u /* as ov7670.c is set up for: 10 pictures a second */
#define I2C_HZ 100000u
#define I2C_PATIENCE_US 5000u
#define PATIENCE_MS 2000u

static const PIO pio = pio0;
static const uint machine = 0;
static uint offset;
static int channel = -1;
static uint8_t buffer[WIDTH * HEIGHT];
static uint32_t detail;

const char *const camera_name = "OV7670";
const bool camera_gives_gray = true;

uint32_t camera_detail(void) { return detail; }
uint8_t camera_exposure(void) { return sensor_exposure(); }
bool camera_expose(bool by_hand, uint8_t exposure) { return sensor_expose(by_hand, exposure); }

/* The functions that board/ov7670.c asks for. */
uint32_t clock_ms(void) { return to_ms_since_boot(get_absolute_time()); }
void clock_wait_ms(uint32_t ms) { sleep_ms(ms); }

void sccb_start(void) {
  i2c_init(i2c0, I2C_HZ);
  gpio_set_function(PIN_SIOD, GPIO_FUNC_I2C);
  gpio_set_function(PIN_SIOC, GPIO_FUNC_I2C);
  gpio_pull_up(PIN_SIOD);
  gpio_pull_up(PIN_SIOC);
}

bool sccb_write(uint8_t device, uint8_t reg, uint8_t value) {
  const uint8_t bytes[] = {reg, value};
  return i2c_write_timeout_us(i2c0, device >> 1, bytes, 2, false, I2C_PATIENCE_US) == 2;
}

/* SCCB knows no repeated start: a stop stands between register and value. */
bool sccb_read(uint8_t device, uint8_t reg, uint8_t *value) {
  return i2c_write_timeout_us(i2c0, device >> 1, &reg, 1, false, I2C_PATIENCE_US) == 1 &&
         i2c_read_timeout_us(i2c0, device >> 1, value, 1, false, I2C_PATIENCE_US) == 1;
}

bool sccb_write_all(uint8_t device, const sccb_setting *settings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!sccb_write(device, settings[i].reg, settings[i].value)) return false;
  }
  return true;
}

static void start_clock(void) {
  gpio_set_function(PIN_XCLK, GPIO_FUNC_PWM);
  const uint slice = pwm_gpio_to_slice_num(PIN_XCLK);
  const uint32_t cycles = (clock_get_hz(clk_sys) + XCLK_HZ / 2) / XCLK_HZ;
  pwm_set_wrap(slice, (uint16_t)(cycles - 1));
  pwm_set_gpio_level(PIN_XCLK, (uint16_t)(cycles / 2));
  pwm_set_enabled(slice, true);
}

/* Off and on again, which brings back a camera that stopped. */
static void power_cycle(void) {
  gpio_init(PIN_PWDN);
  gpio_init(PIN_RESET);
  gpio_set_dir(PIN_PWDN, GPIO_OUT);
  gpio_set_dir(PIN_RESET, GPIO_OUT);
  gpio_put(PIN_PWDN, 1);
  gpio_put(PIN_RESET, 0);
  sleep_ms(10);
  gpio_put(PIN_PWDN, 0);
  sleep_ms(10);
  gpio_put(PIN_RESET, 1);
  sleep_ms(20);
}

static void start_machine(void) {
  for (uint pin = PIN_DATA; pin <= CAPTURE_PCLK; pin++) {
    gpio_init(pin);
    gpio_set_dir(pin, GPIO_IN);
  }
  const pio_program_t program = {
      .instructions = capture_instructions, .length = CAPTURE_LENGTH, .origin = -1};
  offset = (uint)pio_add_program(pio, &program);
  channel = dma_claim_unused_channel(true);
}

camera_error camera_begin(void) {
  if (channel < 0) start_machine();
  start_clock();
  power_cycle();
  sccb_start();
  uint16_t id;
  const camera_error error = sensor_begin(&id);
  detail = id;
  return error;
}

static void start_capture(void) {
  pio_sm_config config = pio_get_default_sm_config();
  sm_config_set_in_pins(&config, PIN_DATA);
  sm_config_set_in_shift(&config, false, true, 8); /* to the left, handed on each 8 bits */
  sm_config_set_fifo_join(&config, PIO_FIFO_JOIN_RX);
  sm_config_set_wrap(&config, offset + CAPTURE_WRAP_TARGET, offset + CAPTURE_WRAP);
  pio_sm_init(pio, machine, offset, &config); /* which empties the FIFO, too */

  dma_channel_config dma = dma_channel_get_default_config((uint)channel);
  channel_config_set_transfer_data_size(&dma, DMA_SIZE_8);
  channel_config_set_read_increment(&dma, false);
  channel_config_set_write_increment(&dma, true);
  channel_config_set_dreq(&dma, pio_get_dreq(pio, machine, false));
  dma_channel_configure((uint)channel, &dma, buffer, &pio->rxf[machine], sizeof buffer, true);
  pio_sm_set_enabled(pio, machine, true);
}

camera_error camera_capture(camera_image *image) {
  image->timestamp_us = time_us_64();
  image->bytes = buffer;
  image->length = sizeof buffer;
  image->format = SCRIBE_GRAY8;
  image->width = WIDTH;
  image->height = HEIGHT;
  start_capture();
  const uint32_t start = clock_ms();
  uint32_t quiet_since = start, begun = 0;
  bool was_high = gpio_get(PIN_VSYNC);
  camera_error error = CAMERA_OK;
  while (dma_channel_is_busy((uint)channel) && error == CAMERA_OK) {
    const uint32_t now = clock_ms();
    const bool is_high = gpio_get(PIN_VSYNC);
    if (is_high != was_high) {
      quiet_since = now;
      begun += is_high;
    }
    was_high = is_high;
    if (now - start > PATIENCE_MS) error = CAMERA_NO_IMAGE;
    if (now - quiet_since > CAMERA_STOPPED_FRAMES * sensor.frame_ms) error = CAMERA_STOPPED;
  }
  pio_sm_set_enabled(pio, machine, false);
  detail = begun;
  if (error != CAMERA_OK) dma_channel_abort((uint)channel);
  return error;
}
