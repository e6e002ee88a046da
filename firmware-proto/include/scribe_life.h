/* scribe_life.h: counters of a board that is left alone, kept over resets and told in STATS.
 *
 * The memory is any that a reset leaves as it is: the backup SRAM of an STM32, RTC memory of an
 * ESP32, a section that the start-up code doesn't clear. What lies there after power-on is told
 * from counters by a CRC; two copies are written in turn, so that a reset in the middle of writing
 * costs one count, not all.
 *
 *     static scribe_life life;
 *
 *     scribe_life_start(&life, (scribe_life_memory *)0x40024000, SCRIBE_START_WATCHDOG);
 *     ...
 *     life.counts.images++;
 *     scribe_life_keep(&life);                     // after each image, say
 *     scribe_life_stats(&life, &scribe, millis()); // in place of scribe_stats()
 */
#ifndef SCRIBE_LIFE_H
#define SCRIBE_LIFE_H

#include "serialscribe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The cause of a start, as the reset flags of the chip tell it. */
typedef enum {
  SCRIBE_START_UNKNOWN = 0,
  SCRIBE_START_POWER,     /* power came */
  SCRIBE_START_PIN,       /* reset by its pin */
  SCRIBE_START_BROWN_OUT, /* the supply fell too low, and came back */
  SCRIBE_START_WATCHDOG,  /* the program got stuck */
  SCRIBE_START_FAULT,     /* the program failed */
  SCRIBE_START_SOFTWARE   /* the program wished it */
} scribe_start;

/* Since the counters began. Those of 16 bits stay at 65535. */
typedef struct {
  uint32_t images;          /* sent or read */
  uint16_t starts;          /* this one included */
  uint16_t brown_outs;      /* times the supply fell too low, with a reset or without */
  uint16_t watchdogs;       /* starts after the program got stuck */
  uint16_t faults;          /* starts after a fault */
  uint16_t camera_restarts; /* times the camera was set up anew because it had stopped */
} scribe_life_counts;

#define SCRIBE_LIFE_WORDS 7

/* Written in whole words. */
typedef struct {
  uint32_t copies[2][SCRIBE_LIFE_WORDS];
} scribe_life_memory;

/* Owned by the caller. `counts` may be read and counted up at any time. */
typedef struct {
  scribe_life_counts counts;
  scribe_start start; /* the cause of this start */
  /* The rest is private. */
  volatile scribe_life_memory *memory;
  uint32_t generation;
  bool low;
} scribe_life;

/* Takes up the counters in `memory`, or begins new ones, counts this start and keeps that. A start
 * by power whose memory says that the supply was low is a brown-out: short, as the memory lived on.
 * True if there were counters. */
bool scribe_life_start(scribe_life *life, volatile scribe_life_memory *memory, scribe_start start);

/* Writes the counters. Not from an interrupt that may come in the middle of it. */
void scribe_life_keep(scribe_life *life);

/* Notes that the supply fell too low, which is counted, or is good again; and keeps it. */
void scribe_life_supply(scribe_life *life, bool low);

/* Counts one up, 65535 at most. */
void scribe_life_count(uint16_t *counter);

/* The cause of a start in words, for a LOG packet. */
const char *scribe_start_text(scribe_start start);

/* Sends STATS with these counters behind the encoder's. */
scribe_status scribe_life_stats(const scribe_life *life, scribe_encoder *encoder,
                                uint32_t uptime_ms);

#ifdef __cplusplus
}
#endif

#endif
