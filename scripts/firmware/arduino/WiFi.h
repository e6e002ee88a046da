// As much of the ESP32's WiFi.h as the example sketch uses; a network that is never there.
#pragma once
#include <Arduino.h>

enum wl_status_t { WL_DISCONNECTED, WL_CONNECTED };

class WiFiClass {
 public:
  void begin(const char *, const char *) {}
  wl_status_t status() { return WL_CONNECTED; }
  IPAddress localIP() { return IPAddress(); }
};
extern WiFiClass WiFi;

class WiFiClient : public Print {
 public:
  size_t write(const uint8_t *, size_t) override { return 0; }
  int available() { return 0; }
  int read() { return -1; }
  uint8_t connected() { return 0; }
  explicit operator bool() { return false; }
};

class WiFiServer {
 public:
  explicit WiFiServer(uint16_t) {}
  void begin() {}
  WiFiClient available() { return WiFiClient(); }
};
