#include "host.h"

#include "inbox.h"
#include "report.h"
#include "uart.h"

static inbox box;

void host_serve(scribe_encoder *scribe) {
  int byte;
  while ((byte = uart_read()) >= 0) {
    inbox_packet packet;
    if (!inbox_take(&box, (uint8_t)byte, &packet)) continue;
    if (packet.type == PACKET_PING && packet.length >= 4) {
      const uint8_t *const at = packet.body;
      scribe_pong(scribe, at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
                              (uint32_t)at[3] << 24);
    } else if (packet.type == PACKET_HELLO) {
      scribe_hello(scribe);
    } else if (packet.type == PACKET_COMMAND) {
      report(scribe, "no command is known to this firmware", "", 0);
    }
  }
}
