#include "expose.h"

static scribe_exposure exposure;

void expose_start(void) { scribe_exposure_init(&exposure, 0, CAMERA_MOST_EXPOSURE); }

static void set(void) { camera_expose(exposure.by_hand, exposure.step); }

scribe_answer expose_ask(uint8_t way, int8_t more) {
  /* Who sees no gray doesn't see what is read either. */
  if (way == SCRIBE_EXPOSE_TEXT && !camera_gives_gray) return SCRIBE_REFUSED;
  const bool was_by_hand = exposure.by_hand;
  if (!scribe_exposure_set(&exposure, way, more)) return SCRIBE_REFUSED;
  if (was_by_hand) set();
  return SCRIBE_DONE;
}

void expose_look(const camera_image *image, const scribe_box *box) {
  if (exposure.way == SCRIBE_EXPOSE_TEXT) {
    scribe_exposure_look(&exposure, image->bytes, image->width, box);
  }
}

void expose_next(void) {
  if (exposure.way == SCRIBE_EXPOSE_CAMERA) return;
  const uint8_t automatic = exposure.by_hand ? exposure.step : camera_exposure();
  if (scribe_exposure_next(&exposure, automatic)) set();
}

void expose_again(void) {
  if (exposure.by_hand) set();
}
