// Runs a sketch: setup, then loop as often as the argument says. Time passes only in delay().
#include <Arduino.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef SKETCH_USES_WIFI
#include <WiFi.h>
WiFiClass WiFi;
#endif

#ifdef SKETCH_USES_CAMERA
#include <esp_camera.h>

// One sensor, which keeps what it is told, and one frame: the file that SKETCH_IMAGE names, a JPEG,
// or as gray what is bright in the middle.
static int rows_exposed = 100;
static int set(sensor_t *, int) { return 0; }
static int set_rows(sensor_t *, int rows) {
  rows_exposed = rows;
  return 0;
}
static int get(sensor_t *, int reg, int mask) {
  const int part = reg == 0x145 ? rows_exposed >> 10 : reg == 0x110 ? rows_exposed >> 2 : rows_exposed;
  return part & mask;
}
static sensor_t sensor = {set, set, set_rows, get};
static camera_fb_t frame;
static uint8_t bytes[320 * 240];
static bool started;

esp_err_t esp_camera_init(const camera_config_t *config) {
  if (started) return -1;
  frame.buf = bytes;
  frame.format = config->pixel_format;
  frame.width = config->frame_size == FRAMESIZE_VGA ? 640 : 320;
  frame.height = config->frame_size == FRAMESIZE_VGA ? 480 : 240;
  if (config->pixel_format == PIXFORMAT_JPEG) {
    const char *const name = getenv("SKETCH_IMAGE");
    FILE *const file = name == NULL ? NULL : fopen(name, "rb");
    frame.len = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
    if (file != NULL) fclose(file);
  } else {
    frame.len = sizeof bytes;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i / 320 > 60 && i / 320 < 180 ? 200 : 20);
  }
  started = true;
  return ESP_OK;
}
esp_err_t esp_camera_deinit() {
  started = false;
  return ESP_OK;
}
sensor_t *esp_camera_sensor_get() { return started ? &sensor : NULL; }
// Every fifth doesn't come.
camera_fb_t *esp_camera_fb_get() {
  static int count;
  return !started || frame.len == 0 || ++count % 5 == 0 ? NULL : &frame;
}
void esp_camera_fb_return(camera_fb_t *) {}
#endif

HardwareSerial Serial;
static unsigned long now;

unsigned long millis() { return now; }
void delay(unsigned long ms) { now += ms; }

size_t Print::print(const char *text) { return write((const uint8_t *)text, strlen(text)); }
size_t Print::print(const IPAddress &) { return print("0.0.0.0"); }
size_t Print::println(const char *text) { return print(text) + print("\r\n"); }
size_t HardwareSerial::write(const uint8_t *bytes, size_t length) {
  return fwrite(bytes, 1, length, stdout);
}

static FILE *input() {
  static FILE *file;
  const char *const name = getenv("SKETCH_INPUT");
  if (file == NULL && name != NULL) file = fopen(name, "rb");
  return file;
}
int HardwareSerial::available() {
  if (input() == NULL) return 0;
  const int byte = getc(input());
  if (byte == EOF) return 0;
  ungetc(byte, input());
  return 1;
}
int HardwareSerial::read() { return input() == NULL ? -1 : getc(input()); }

int main(int count, char **arguments) {
  setup();
  for (int turns = count > 1 ? atoi(arguments[1]) : 0; turns > 0; turns--) loop();
  return 0;
}
