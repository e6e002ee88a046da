// As much of the ESP32's BluetoothSerial.h as the example sketch uses; nobody ever connects.
#pragma once
#include <Arduino.h>

class BluetoothSerial : public Print {
 public:
  bool begin(const char *) { return true; }
  bool hasClient() { return false; }
  int available() { return 0; }
  int read() { return -1; }
  size_t write(const uint8_t *, size_t) override { return 0; }
};
