/* Counters that outlive a reset, in two copies. */
#include "scribe_life.h"

#include <string.h>

#include "scribe_packet.h"

enum { GENERATION, IMAGES, STARTS, WATCHDOGS, CAMERA, KIND, CHECK };

/* Changes with the meaning of the words. */
#define KIND_AND_VERSION 0x5C1BE001u
#define SUPPLY_LOW 0x10000u

static uint32_t check(const uint32_t *words) {
  uint8_t bytes[4 * CHECK];
  uint8_t *at = bytes;
  for (int i = 0; i < CHECK; i++) at = scribe_put_u32(at, words[i]);
  return scribe_crc32(0, bytes, sizeof bytes);
}

static bool load(const volatile scribe_life_memory *memory, int copy, uint32_t *words) {
  for (int i = 0; i < SCRIBE_LIFE_WORDS; i++) words[i] = memory->copies[copy][i];
  return words[KIND] == KIND_AND_VERSION && words[CHECK] == check(words);
}

static uint16_t low_half(uint32_t word) { return (uint16_t)(word & 0xFFFFu); }
static uint16_t high_half(uint32_t word) { return (uint16_t)(word >> 16); }
static uint32_t halves(uint16_t low, uint16_t high) { return low | (uint32_t)high << 16; }

void scribe_life_count(uint16_t *counter) {
  if (*counter < UINT16_MAX) (*counter)++;
}

bool scribe_life_start(scribe_life *life, volatile scribe_life_memory *memory,
                       scribe_start start) {
  memset(life, 0, sizeof *life);
  life->memory = memory;
  uint32_t copies[2][SCRIBE_LIFE_WORDS];
  const bool sound[2] = {load(memory, 0, copies[0]), load(memory, 1, copies[1])};
  const bool found = sound[0] || sound[1];
  if (found) {
    /* Generations may wrap, so the later one is less than half the numbers ahead. */
    const uint32_t ahead = copies[1][GENERATION] - copies[0][GENERATION];
    const uint32_t *const words = copies[!sound[0] || (sound[1] && ahead < UINT32_MAX / 2)];
    life->generation = words[GENERATION];
    life->low = (words[CAMERA] & SUPPLY_LOW) != 0;
    life->counts = (scribe_life_counts){.images = words[IMAGES],
                                        .starts = low_half(words[STARTS]),
                                        .brown_outs = high_half(words[STARTS]),
                                        .watchdogs = low_half(words[WATCHDOGS]),
                                        .faults = high_half(words[WATCHDOGS]),
                                        .camera_restarts = low_half(words[CAMERA])};
  }
  if (start == SCRIBE_START_POWER && life->low) start = SCRIBE_START_BROWN_OUT;
  life->start = start;
  scribe_life_count(&life->counts.starts);
  /* One that the program saw coming is counted already. */
  if (start == SCRIBE_START_BROWN_OUT && !life->low) scribe_life_count(&life->counts.brown_outs);
  if (start == SCRIBE_START_WATCHDOG) scribe_life_count(&life->counts.watchdogs);
  if (start == SCRIBE_START_FAULT) scribe_life_count(&life->counts.faults);
  life->low = false;
  scribe_life_keep(life);
  return found;
}

void scribe_life_keep(scribe_life *life) {
  const scribe_life_counts *const counts = &life->counts;
  uint32_t words[SCRIBE_LIFE_WORDS];
  words[GENERATION] = ++life->generation;
  words[IMAGES] = counts->images;
  words[STARTS] = halves(counts->starts, counts->brown_outs);
  words[WATCHDOGS] = halves(counts->watchdogs, counts->faults);
  words[CAMERA] = counts->camera_restarts | (life->low ? SUPPLY_LOW : 0);
  words[KIND] = KIND_AND_VERSION;
  words[CHECK] = check(words);
  /* Over the older copy; its CRC comes last. */
  volatile uint32_t *const to = life->memory->copies[life->generation & 1u];
  for (int i = 0; i < SCRIBE_LIFE_WORDS; i++) to[i] = words[i];
}

void scribe_life_supply(scribe_life *life, bool low) {
  if (low == life->low) return;
  if (low) scribe_life_count(&life->counts.brown_outs);
  life->low = low;
  scribe_life_keep(life);
}

const char *scribe_start_text(scribe_start start) {
  switch (start) {
    case SCRIBE_START_POWER: return "power";
    case SCRIBE_START_PIN: return "the reset pin";
    case SCRIBE_START_BROWN_OUT: return "a brown-out";
    case SCRIBE_START_WATCHDOG: return "the watchdog";
    case SCRIBE_START_FAULT: return "a fault";
    case SCRIBE_START_SOFTWARE: return "the program";
    case SCRIBE_START_UNKNOWN: break;
  }
  return "an unknown cause";
}

scribe_status scribe_life_stats(const scribe_life *life, scribe_encoder *encoder,
                                uint32_t uptime_ms) {
  const scribe_life_counts *const counts = &life->counts;
  uint8_t body[SCRIBE_STATS_LIFE_SIZE];
  uint8_t *at = body;
  *at++ = (uint8_t)life->start;
  at = scribe_put_u32(at, counts->images);
  at = scribe_put_u16(at, counts->starts);
  at = scribe_put_u16(at, counts->brown_outs);
  at = scribe_put_u16(at, counts->watchdogs);
  at = scribe_put_u16(at, counts->faults);
  scribe_put_u16(at, counts->camera_restarts);
  return scribe_send_stats(encoder, uptime_ms, body);
}
