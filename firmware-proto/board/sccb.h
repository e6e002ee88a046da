/* The control bus of OmniVision's cameras, on PB10 (SIOC) and PB11 (SIOD), bit by bit: SCCB is I2C
 * in all but the acknowledge after a read, where hardware I2C stumbles with some modules. */
#ifndef SCCB_H
#define SCCB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void sccb_start(void);

/* `device` is the address for writing, as 0x60 or 0x42. False if nothing acknowledges. */
bool sccb_write(uint8_t device, uint8_t reg, uint8_t value);
bool sccb_read(uint8_t device, uint8_t reg, uint8_t *value);

typedef struct {
  uint8_t reg, value;
} sccb_setting;

bool sccb_write_all(uint8_t device, const sccb_setting *settings, size_t count);

#endif
