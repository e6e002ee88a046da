/* Longer or shorter, by the light of what is read. */
#include "scribe_exposure.h"

#include <string.h>

#define BINS 32u
#define BIN 8u

/* The light of paper, or of a lit segment: light enough for contrast, with room above for what is
 * lighter yet. In between nothing is changed. */
#define WANTED 200u
#define TOO_DARK 152u
#define TOO_LIGHT 240u
/* Less is no print, or none that its light could be judged by. */
#define LEAST_CONTRAST 16u
#define LEAST_PIXELS 64u
#define STOP 8

/* Exposures to try where nothing is read, from that of the automatics; 0 are these themselves. */
static const int8_t trials[] = {2 * STOP, -2 * STOP, 4 * STOP, -4 * STOP, 6 * STOP, -6 * STOP, 0};

static void forget(scribe_exposure *exposure) {
  memset(exposure->histogram, 0, sizeof exposure->histogram);
  exposure->sum = 0;
}

static void automatics(scribe_exposure *exposure) {
  exposure->by_hand = false;
  exposure->settling = SCRIBE_EXPOSURE_AUTOMATICS_SETTLE;
}

static void by_hand(scribe_exposure *exposure, int step) {
  exposure->by_hand = true;
  exposure->step = (uint8_t)(step < exposure->least ? exposure->least
                             : step > exposure->most ? exposure->most : step);
  exposure->settling = SCRIBE_EXPOSURE_SETTLES;
}

void scribe_exposure_init(scribe_exposure *exposure, uint8_t least, uint8_t most) {
  memset(exposure, 0, sizeof *exposure);
  exposure->least = least;
  exposure->most = most;
}

bool scribe_exposure_set(scribe_exposure *exposure, uint8_t way, int8_t more) {
  if (way > SCRIBE_EXPOSE_HOLD) return false;
  exposure->way = (scribe_exposure_way)way;
  exposure->more = more;
  exposure->blank = exposure->tries = 0;
  forget(exposure);
  if (exposure->by_hand) automatics(exposure);
  return true;
}

void scribe_exposure_look(scribe_exposure *exposure, const uint8_t *gray, size_t stride,
                          const scribe_box *box) {
  for (uint32_t y = box->y; y < (uint32_t)box->y + box->height; y++) {
    const uint8_t *const row = gray + y * stride + box->x;
    for (uint32_t x = 0; x < box->width; x++) {
      exposure->histogram[row[x] / BIN]++;
      exposure->sum += row[x];
    }
  }
}

/* The middle of the bin that the pixel of this rank is in. */
static uint8_t ranked(const scribe_exposure *exposure, uint32_t rank) {
  uint32_t bin = 0;
  for (uint32_t below = exposure->histogram[0]; below <= rank && bin + 1 < BINS;) {
    below += exposure->histogram[++bin];
  }
  return (uint8_t)(bin * BIN + BIN / 2);
}

static scribe_light measured(const scribe_exposure *exposure) {
  scribe_light light = {0, 0, 0, 0};
  for (uint32_t i = 0; i < BINS; i++) light.pixels += exposure->histogram[i];
  if (light.pixels == 0) return light;
  light.low = ranked(exposure, light.pixels / 10);
  light.high = ranked(exposure, light.pixels - 1 - light.pixels / 10);
  light.mean = (uint8_t)(exposure->sum / light.pixels);
  return light;
}

/* Eighths of a stop until the light is as wanted, two stops at most. A camera's gamma makes gray
 * grow more slowly than light, so this comes near from one side, in some images. */
static int missing(uint32_t high) {
  static const uint16_t eighths[STOP] = {256, 279, 304, 332, 362, 395, 431, 470};
  if (high >= TOO_DARK && high <= TOO_LIGHT) return 0;
  if (high > TOO_LIGHT) return -STOP; /* burnt out: how far, nothing tells */
  int more = 1;
  while (more < 2 * STOP && (high << more / STOP) * eighths[more % STOP] / 256 < WANTED) more++;
  return more;
}

static void expose_for_text(scribe_exposure *exposure) {
  const scribe_light *const light = &exposure->light;
  const int now = exposure->by_hand ? exposure->step : exposure->automatic;
  if (light->pixels >= LEAST_PIXELS && light->high >= light->low + LEAST_CONTRAST) {
    exposure->blank = exposure->tries = 0;
    const int more = missing(light->high);
    if (more != 0) by_hand(exposure, now + more);
    return;
  }
  if (++exposure->blank < SCRIBE_EXPOSURE_PATIENCE) return;
  exposure->blank = 0;
  const int trial = trials[exposure->tries];
  exposure->tries = (uint8_t)((exposure->tries + 1u) % sizeof trials);
  if (trial == 0) {
    automatics(exposure);
  } else {
    by_hand(exposure, exposure->automatic + trial);
  }
}

bool scribe_exposure_next(scribe_exposure *exposure, uint8_t automatic) {
  const bool was_by_hand = exposure->by_hand;
  const uint8_t before = exposure->step;
  if (!exposure->by_hand) exposure->automatic = automatic;
  if (exposure->settling > 0) {
    exposure->settling--;
  } else if (exposure->way == SCRIBE_EXPOSE_TEXT) {
    exposure->light = measured(exposure);
    expose_for_text(exposure);
  } else if (exposure->way == SCRIBE_EXPOSE_HOLD && !exposure->by_hand) {
    by_hand(exposure, exposure->automatic + exposure->more);
  }
  forget(exposure);
  return exposure->by_hand != was_by_hand || (exposure->by_hand && exposure->step != before);
}
