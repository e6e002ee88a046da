// Runs a sketch: setup, then loop as often as the argument says. Time passes only in delay().
#include <Arduino.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef SKETCH_USES_WIFI
#include <WiFi.h>
WiFiClass WiFi;
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

int main(int count, char **arguments) {
  setup();
  for (int turns = count > 1 ? atoi(arguments[1]) : 0; turns > 0; turns--) loop();
  return 0;
}
