// As much of the Arduino core as the example sketches use, for a host: they compile, what they write
// to Serial goes to standard output, and the file that SKETCH_INPUT names comes in. No Arduino core stands behind this.
#pragma once
#include <stddef.h>
#include <stdint.h>

unsigned long millis();
void delay(unsigned long ms);

// Of the ESP32's core.
#define RTC_NOINIT_ATTR
inline void enableLoopWDT() {}

class IPAddress {};

class Print {
 public:
  virtual ~Print() {}
  virtual size_t write(const uint8_t *bytes, size_t length) = 0;
  size_t print(const char *text);
  size_t print(const IPAddress &address);
  size_t println(const char *text);
};

class HardwareSerial : public Print {
 public:
  void begin(unsigned long baud) { (void)baud; }
  size_t write(const uint8_t *bytes, size_t length) override;
  int available();
  int read();
};

extern HardwareSerial Serial;

void setup();
void loop();
