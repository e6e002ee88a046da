// As much of esp32-camera as the example sketch uses; main.cpp has what stands in
// for the camera.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef int esp_err_t;
#define ESP_OK 0

typedef enum { LEDC_CHANNEL_0 } ledc_channel_t;
typedef enum { LEDC_TIMER_0 } ledc_timer_t;
typedef enum { PIXFORMAT_GRAYSCALE, PIXFORMAT_JPEG } pixformat_t;
typedef enum { FRAMESIZE_QVGA, FRAMESIZE_VGA } framesize_t;

typedef struct {
  int pin_pwdn, pin_reset, pin_xclk, pin_sccb_sda, pin_sccb_scl;
  int pin_d7, pin_d6, pin_d5, pin_d4, pin_d3, pin_d2, pin_d1, pin_d0;
  int pin_vsync, pin_href, pin_pclk;
  int xclk_freq_hz;
  ledc_timer_t ledc_timer;
  ledc_channel_t ledc_channel;
  pixformat_t pixel_format;
  framesize_t frame_size;
  int jpeg_quality;
  size_t fb_count;
} camera_config_t;

typedef struct {
  uint8_t *buf;
  size_t len, width, height;
  pixformat_t format;
} camera_fb_t;

typedef struct _sensor sensor_t;
struct _sensor {
  int (*set_exposure_ctrl)(sensor_t *sensor, int enable);
  int (*set_gain_ctrl)(sensor_t *sensor, int enable);
  int (*set_aec_value)(sensor_t *sensor, int value);
  int (*get_reg)(sensor_t *sensor, int reg, int mask);
};

esp_err_t esp_camera_init(const camera_config_t *config);
esp_err_t esp_camera_deinit();
sensor_t *esp_camera_sensor_get();
camera_fb_t *esp_camera_fb_get();
void esp_camera_fb_return(camera_fb_t *frame);
