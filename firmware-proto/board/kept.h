/* Counters that survive a reset, and the supply, whose loss is most often what causes one. */
#ifndef KEPT_H
#define KEPT_H

#include <stdbool.h>

#include "scribe_life.h"

extern scribe_life kept;

/* Finds the cause of the start, takes up the counters and begins to watch the supply. In the backup
 * SRAM, which a battery at VBAT keeps too; without any, as in QEMU, in SRAM. */
void kept_start(void);

/* Writes the counters, against an interrupt of the supply. */
void kept_save(void);

/* Whether the supply is below 2.8 V (PVD). The flash needs 2.7 at full speed. */
bool kept_supply_is_low(void);

#endif
