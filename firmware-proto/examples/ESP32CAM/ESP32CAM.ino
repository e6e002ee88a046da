// An ESP32-CAM (AI Thinker) sends images over its serial port, Bluetooth or Wi-Fi, and does what the
// host asks for: format, region, rate, exposure. Compiled, and run on a PC, against stand-ins for the
// Arduino core and esp32-camera; never on a board.
//
//   LINK            | on the PC                                        | Tools, Partition Scheme
//   ----------------|--------------------------------------------------|------------------------
//   LINK_USB        | scribe live --port /dev/ttyUSB0 --baud 921600    | any
//   LINK_BLUETOOTH  | pair ESP32-CAM, then                             | Huge APP
//                   | scribe live --port bluetooth:98:D3:31:XX:XX:XX   |
//   LINK_WIFI       | scribe live --port tcp:ADDRESS:3333, the address | any
//                   | is printed at start-up                           |
//
//   ESP32  | goes to                      | ESP32  | goes to
//   -------|------------------------------|--------|------------------------------
//   GPIO1  | RXD of the USB adapter       | GPIO35 | camera D7
//   GPIO3  | TXD of the USB adapter       | GPIO34 | camera D6
//   GPIO0  | XCLK; GND while flashing     | GPIO39 | camera D5
//   5V     | 5 V, 500 mA or more: less    | GPIO36 | camera D4
//          | and it browns out            | GPIO21 | camera D3
//   GND    | GND of the USB adapter       | GPIO19 | camera D2
//   GPIO26 | camera SIOD                  | GPIO18 | camera D1
//   GPIO27 | camera SIOC                  | GPIO5  | camera D0
//   GPIO25 | camera VSYNC                 | GPIO22 | camera PCLK
//   GPIO23 | camera HREF                  | GPIO32 | camera PWDN
//
// The camera's pins are wired on the board, with its RESET to that of the chip.
#include <esp_camera.h>
#include <esp_system.h>
#include <scribe_codecs.h>
#include <scribe_exposure.h>
#include <scribe_host.h>
#include <scribe_life.h>
#include <serialscribe.h>

#define LINK_USB 1
#define LINK_BLUETOOTH 2
#define LINK_WIFI 3
#ifndef LINK
#define LINK LINK_USB
#endif

#if LINK == LINK_BLUETOOTH
#include <BluetoothSerial.h>
static BluetoothSerial line;
const uint32_t rate = 60000; // bytes a second, to a host that grants no credit
#elif LINK == LINK_WIFI
#include <WiFi.h>
const char *const network = "your network";
const char *const password = "its password";
static WiFiServer server(3333);
static WiFiClient line;
const uint32_t rate = 0; // no limit
#else
static auto &line = Serial;
const uint32_t rate = 0;
#endif

const uint32_t patience = 1000; // milliseconds without credit until an image is given up
const uint32_t statsPeriod = 5000;
const int failuresUntilRestart = 3; // of a camera that waits for 4 s each

static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_MAXIMUM_MTU)];
static scribe_encoder scribe;
static scribe_host host;
static scribe_lossless lossless;
static scribe_life life;
RTC_NOINIT_ATTR static scribe_life_memory lifeMemory; // kept over resets, not without power

// The host's wishes.
static bool isGray, isLossless;
static uint16_t left, top, width, height; // width 0: all of the picture
static uint32_t period;

static int failures;
static uint32_t capturedAt, statsAt;

static void hear() {
  while (line.available() > 0) scribe_host_hear(&host, (uint8_t)line.read(), millis());
}

static bool writeOut(void *, const uint8_t *bytes, size_t length) {
  const uint32_t start = millis();
  while (!scribe_host_may_send(&host, length, millis())) {
    hear();
    if (millis() - start > patience) return false;
    delay(1);
  }
  if (line.write(bytes, length) != length) return false;
  scribe_host_sent(&host, length, millis());
  return true;
}

// JPEG in VGA, gray in QVGA, which takes 77 KB as it is.
static bool startCamera() {
  camera_config_t config = {};
  config.ledc_channel = LEDC_CHANNEL_0;
  config.ledc_timer = LEDC_TIMER_0;
  config.pin_d0 = 5;
  config.pin_d1 = 18;
  config.pin_d2 = 19;
  config.pin_d3 = 21;
  config.pin_d4 = 36;
  config.pin_d5 = 39;
  config.pin_d6 = 34;
  config.pin_d7 = 35;
  config.pin_xclk = 0;
  config.pin_pclk = 22;
  config.pin_vsync = 25;
  config.pin_href = 23;
  config.pin_sccb_sda = 26;
  config.pin_sccb_scl = 27;
  config.pin_pwdn = 32;
  config.pin_reset = -1;
  config.xclk_freq_hz = 20000000;
  config.pixel_format = isGray ? PIXFORMAT_GRAYSCALE : PIXFORMAT_JPEG;
  config.frame_size = isGray ? FRAMESIZE_QVGA : FRAMESIZE_VGA;
  config.jpeg_quality = 10;
  config.fb_count = 1;
  failures = 0;
  return esp_camera_init(&config) == ESP_OK;
}

static bool restartCamera() {
  esp_camera_deinit();
  return startCamera();
}

// Registers of the OV2640's sensor bank: the rows that its automatics expose for.
static int exposedRows(sensor_t *sensor) {
  return (sensor->get_reg(sensor, 0x145, 0x3F) << 10) | (sensor->get_reg(sensor, 0x110, 0xFF) << 2) |
         sensor->get_reg(sensor, 0x104, 0x03);
}

static scribe_answer expose(uint8_t way, int8_t more) {
  sensor_t *const sensor = esp_camera_sensor_get();
  if (sensor == NULL) return SCRIBE_FAILED;
  if (way == SCRIBE_EXPOSE_TEXT) return SCRIBE_REFUSED; // this sketch reads nothing
  const bool byHand = way == SCRIBE_EXPOSE_HOLD;
  float rows = (float)exposedRows(sensor);
  for (; more > 0; more--) rows *= 1.0905F; // an eighth of a stop
  for (; more < 0; more++) rows /= 1.0905F;
  if (sensor->set_exposure_ctrl(sensor, byHand ? 0 : 1) != 0) return SCRIBE_FAILED;
  if (sensor->set_gain_ctrl(sensor, byHand ? 0 : 1) != 0) return SCRIBE_FAILED;
  if (byHand && sensor->set_aec_value(sensor, rows < 1200 ? (int)rows : 1200) != 0) {
    return SCRIBE_FAILED;
  }
  return SCRIBE_DONE;
}

static scribe_answer onRequest(void *, const scribe_request *request) {
  switch (request->kind) {
    case SCRIBE_ASK_FORMAT: {
      if (request->format != SCRIBE_GRAY8 && request->format != SCRIBE_JPEG) return SCRIBE_REFUSED;
      const bool wasGray = isGray;
      isGray = request->format == SCRIBE_GRAY8;
      isLossless = isGray && request->coded;
      return isGray == wasGray || restartCamera() ? SCRIBE_DONE : SCRIBE_FAILED;
    }
    case SCRIBE_ASK_REGION:
      if (request->width > 0 &&
          (!isGray || request->x + request->width > 320 || request->y + request->height > 240)) {
        return SCRIBE_REFUSED;
      }
      left = request->x;
      top = request->y;
      width = request->width;
      height = request->height;
      return SCRIBE_DONE;
    case SCRIBE_ASK_RATE:
      period = request->rate == 0 ? 0 : (1000000 + request->rate - 1) / request->rate;
      return SCRIBE_DONE;
    case SCRIBE_ASK_DELIVERY: return request->text ? SCRIBE_REFUSED : SCRIBE_DONE;
    case SCRIBE_ASK_EXPOSURE: return expose(request->exposure, request->more);
    default: return SCRIBE_UNKNOWN;
  }
}

static scribe_start startCause() {
  switch (esp_reset_reason()) {
    case ESP_RST_POWERON: return SCRIBE_START_POWER;
    case ESP_RST_EXT: return SCRIBE_START_PIN;
    case ESP_RST_SW: return SCRIBE_START_SOFTWARE;
    case ESP_RST_PANIC: return SCRIBE_START_FAULT;
    case ESP_RST_INT_WDT:
    case ESP_RST_TASK_WDT:
    case ESP_RST_WDT: return SCRIBE_START_WATCHDOG;
    case ESP_RST_BROWNOUT: return SCRIBE_START_BROWN_OUT;
    default: return SCRIBE_START_UNKNOWN;
  }
}

static void startEncoder() {
  scribe_config config = {};
  config.write = writeOut;
  config.buffer = packet;
  config.buffer_size = sizeof packet;
  config.mtu = SCRIBE_MAXIMUM_MTU;
  config.board = "ESP32-CAM";
  config.sensor = "OV2640";
  config.firmware = "ESP32CAM " SCRIBE_VERSION;
  scribe_init(&scribe, &config);
  scribe_host_config heard = {};
  heard.encoder = &scribe;
  heard.rate = rate;
  heard.request = onRequest;
  scribe_host_init(&host, &heard);
}

void setup() {
  Serial.begin(921600);
#if LINK == LINK_BLUETOOTH
  line.begin("ESP32-CAM");
#elif LINK == LINK_WIFI
  WiFi.begin(network, password);
  while (WiFi.status() != WL_CONNECTED) delay(100);
  Serial.print("scribe live --port tcp:");
  Serial.print(WiFi.localIP());
  Serial.println(":3333");
  server.begin();
#endif
  scribe_life_start(&life, &lifeMemory, startCause());
  scribe_lossless_init(&lossless);
  startEncoder();
  while (!startCamera()) {
    scribe_log(&scribe, "the camera does not start");
    delay(1000);
  }
  enableLoopWDT(); // loop() must come back within 5 s
}

// Whether somebody is there; a new host gets a HELLO first.
static bool isConnected() {
#if LINK == LINK_BLUETOOTH
  static bool wasConnected;
  const bool connected = line.hasClient();
  if (connected && !wasConnected) startEncoder();
  wasConnected = connected;
  return connected;
#elif LINK == LINK_WIFI
  if (line.connected()) return true;
  line = server.available();
  if (!line) return false;
  startEncoder();
  return true;
#else
  return true;
#endif
}

static void send(const camera_fb_t *frame) {
  scribe_image image = {};
  image.width = (uint16_t)frame->width;
  image.height = (uint16_t)frame->height;
  image.format = frame->format == PIXFORMAT_JPEG ? SCRIBE_JPEG : SCRIBE_GRAY8;
  image.timestamp_us = 1000ULL * millis();
  if (image.format == SCRIBE_JPEG) {
    image.payload_length = (uint32_t)frame->len;
    scribe_begin_image(&scribe, &image);
    scribe_bytes(&scribe, frame->buf, frame->len);
    scribe_end_image(&scribe);
    return;
  }
  size_t first = 0;
  if (width > 0) {
    image.region = {left, top, image.width, image.height};
    image.width = width;
    image.height = height;
    first = (size_t)top * frame->width + left;
  }
  if (isLossless) image.coder = &lossless.coder;
  scribe_begin_image(&scribe, &image);
  for (size_t row = 0; row < image.height; row++) {
    scribe_lines(&scribe, frame->buf + first + row * frame->width, 1);
  }
  scribe_end_image(&scribe);
}

// A frame for each image that went out, so that the picture is never an old one.
void loop() {
  if (!isConnected()) {
    delay(10);
    return;
  }
  hear();
  scribe_host_answer(&host);
  if (millis() - capturedAt < period) {
    delay(1);
    return;
  }
  capturedAt = millis();
  camera_fb_t *const frame = esp_camera_fb_get();
  if (frame == NULL) {
    scribe_skip_image(&scribe);
    scribe_log(&scribe, "the camera gave no image");
    if (++failures >= failuresUntilRestart) {
      scribe_life_count(&life.counts.camera_restarts);
      scribe_log(&scribe, restartCamera() ? "the camera was set up anew"
                                          : "the camera does not start anew");
    }
  } else {
    failures = 0;
    send(frame);
    esp_camera_fb_return(frame);
    life.counts.images++;
  }
  scribe_life_keep(&life);
  if (millis() - statsAt >= statsPeriod) {
    statsAt = millis();
    scribe_life_stats(&life, &scribe, statsAt);
  }
}
