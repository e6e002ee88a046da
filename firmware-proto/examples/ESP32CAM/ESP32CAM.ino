// An ESP32-CAM (AI Thinker) sends JPEG images over Wi-Fi, or over its serial port.
// On the PC: scribe live --port tcp:ADDRESS:3333, the address being the one printed at start-up,
// or, with useWiFi false: scribe live --port /dev/ttyUSB0 --baud 921600
#include <WiFi.h>
#include <esp_camera.h>
#include <serialscribe.h>

const bool useWiFi = true;
const char *const network = "your network";
const char *const password = "its password";

static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_MAXIMUM_MTU)];
static scribe_encoder scribe;
static WiFiServer server(3333);
static WiFiClient client;

static bool writeOut(void *, const uint8_t *bytes, size_t length) {
  if (useWiFi) return client.connected() && client.write(bytes, length) == length;
  return Serial.write(bytes, length) == length;
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
}

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
  config.pixel_format = PIXFORMAT_JPEG;
  config.frame_size = FRAMESIZE_VGA;
  config.jpeg_quality = 10;
  config.fb_count = 1;
  return esp_camera_init(&config) == ESP_OK;
}

void setup() {
  Serial.begin(921600);
  if (useWiFi) {
    WiFi.begin(network, password);
    while (WiFi.status() != WL_CONNECTED) delay(100);
    Serial.print("scribe live --port tcp:");
    Serial.print(WiFi.localIP());
    Serial.println(":3333");
    server.begin();
  }
  startEncoder();
  while (!startCamera()) {
    Serial.println("the camera does not start");
    delay(1000);
  }
}

void loop() {
  if (useWiFi && !client.connected()) {
    client = server.available();
    if (!client) {
      delay(10);
      return;
    }
    startEncoder(); // a new host gets a HELLO first
  }
  camera_fb_t *const frame = esp_camera_fb_get();
  if (frame == NULL) {
    scribe_log(&scribe, "the camera gave no image");
    return;
  }
  scribe_image image = {};
  image.width = (uint16_t)frame->width;
  image.height = (uint16_t)frame->height;
  image.format = SCRIBE_JPEG;
  image.timestamp_us = 1000ULL * millis();
  image.payload_length = (uint32_t)frame->len;
  scribe_begin_image(&scribe, &image);
  scribe_bytes(&scribe, frame->buf, frame->len);
  scribe_end_image(&scribe);
  esp_camera_fb_return(frame);
}
