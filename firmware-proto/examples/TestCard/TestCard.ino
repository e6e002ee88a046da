// Sends pictures of a counter, without a camera: the first thing to try with a new board and link.
// On the PC: scribe live --port /dev/ttyUSB0 --alphabet digits
//
// Any board: a row of pixels is drawn at a time, so an Uno is enough.
#include <serialscribe.h>

const long baud = 115200;
const uint16_t width = 160;
const uint16_t height = 64;

// 5 x 7 pixels a digit, the leftmost in bit 4.
const uint8_t digits[10][7] = {
    {14, 17, 19, 21, 25, 17, 14}, {4, 12, 4, 4, 4, 4, 14},      {14, 17, 1, 2, 4, 8, 31},
    {31, 2, 4, 2, 1, 17, 14},     {2, 6, 10, 18, 31, 2, 2},     {31, 16, 30, 1, 1, 17, 14},
    {6, 8, 16, 30, 17, 17, 14},   {31, 1, 2, 4, 8, 8, 8},       {14, 17, 17, 14, 17, 17, 14},
    {14, 17, 17, 15, 1, 2, 12},
};

const int scale = 4;
const int digitCount = 5;
const int left = (160 - digitCount * 6 * scale) / 2;
const int top = (64 - 7 * scale) / 2;

static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_DEFAULT_MTU)];
static uint8_t row[width];
static scribe_encoder scribe;
static uint32_t counter = 47110;

// Waits until the port has taken everything, so the answer is always yes.
static bool writeSerial(void *, const uint8_t *bytes, size_t length) {
  return Serial.write(bytes, length) == length;
}

static void drawRow(int y) {
  for (int x = 0; x < (int)width; x++) row[x] = 230;
  const int line = y < top ? 7 : (y - top) / scale;
  if (line >= 7) return;
  uint32_t rest = counter;
  for (int place = digitCount - 1; place >= 0; place--) {
    const uint8_t bits = digits[rest % 10][line];
    rest /= 10;
    for (int x = 0; x < 5 * scale; x++) {
      if (bits >> (4 - x / scale) & 1) row[left + place * 6 * scale + x] = 20;
    }
  }
}

void setup() {
  Serial.begin(baud);
  scribe_config config = {};
  config.write = writeSerial;
  config.buffer = packet;
  config.buffer_size = sizeof packet;
  config.board = "Arduino";
  config.sensor = "test card";
  config.firmware = "TestCard " SCRIBE_VERSION;
  scribe_init(&scribe, &config);
}

void loop() {
  scribe_image image = {};
  image.width = width;
  image.height = height;
  image.format = SCRIBE_GRAY8;
  image.timestamp_us = 1000ULL * millis();
  scribe_begin_image(&scribe, &image);
  for (int y = 0; y < (int)height; y++) {
    drawRow(y);
    scribe_lines(&scribe, row, 1);
  }
  scribe_end_image(&scribe);
  counter++;
  delay(1000);
}
