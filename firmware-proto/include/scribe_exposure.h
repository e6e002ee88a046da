/* scribe_exposure.h: exposes for what is read, not for the wall behind it.
 *
 * A camera's automatics hold the mean of the whole picture, so that a dark display on a white wall
 * comes out black, and lit digits in the dark burnt out. This looks at the gray within the lines
 * that were read. Where that is light but not burnt out, the automatics stay; else it tells how
 * much longer or shorter to expose by hand:
 *
 *     static scribe_exposure exposure;
 *
 *     scribe_exposure_init(&exposure, 0, 104);              // what the camera can
 *     scribe_exposure_set(&exposure, SCRIBE_EXPOSE_TEXT, 0);
 *     for (;;) {
 *       ... an image, and its text ...
 *       for (int i = 0; i < text->line_count; i++) {
 *         scribe_exposure_look(&exposure, gray, 320, &text->lines[i].box);
 *       }
 *       if (scribe_exposure_next(&exposure, camera_exposure())) {
 *         camera_expose(exposure.by_hand, exposure.step);
 *       }
 *     }
 *
 * Exposures are numbers in eighths of a stop: 8 more is twice the light. Where nothing is read for
 * some images, much longer and shorter ones are tried by turns, since what is too dark or burnt out
 * is not found either. It knows no camera and no clock, and counts in images.
 */
#ifndef SCRIBE_EXPOSURE_H
#define SCRIBE_EXPOSURE_H

#include "scribe_text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Images until a camera has another exposure, about; they are not judged. Its automatics take
 * longer than an exposure that is set by hand. */
#define SCRIBE_EXPOSURE_SETTLES 2u
#define SCRIBE_EXPOSURE_AUTOMATICS_SETTLE 8u
/* Images without text until another exposure is tried. */
#define SCRIBE_EXPOSURE_PATIENCE 3u

typedef enum {
  SCRIBE_EXPOSE_CAMERA = 0, /* by the camera's automatics */
  SCRIBE_EXPOSE_TEXT,       /* for what is read */
  SCRIBE_EXPOSE_HOLD        /* what the automatics have now, and so many eighths of a stop more */
} scribe_exposure_way;

/* Gray of what was looked at: a tenth of it is darker than `low`, a tenth lighter than `high`, to 4
 * levels. */
typedef struct {
  uint32_t pixels;
  uint8_t low, mean, high;
} scribe_light;

/* Owned by the caller, written by the functions below. */
typedef struct {
  scribe_exposure_way way;
  bool by_hand;       /* whether the automatics should be off */
  uint8_t step;       /* with `by_hand`, the exposure to set */
  scribe_light light; /* of the last image that was judged */
  /* The rest is private. */
  uint32_t histogram[32];
  uint32_t sum;
  int8_t more;
  uint8_t least, most, automatic;
  uint8_t settling, blank, tries;
} scribe_exposure;

/* Starts with the automatics; the camera takes exposures from `least` to `most`. */
void scribe_exposure_init(scribe_exposure *exposure, uint8_t least, uint8_t most);

/* Chooses a way, from the next image on and with the automatics at first; `more` is for
 * SCRIBE_EXPOSE_HOLD. False for a way that there is none of, and nothing changes. */
bool scribe_exposure_set(scribe_exposure *exposure, uint8_t way, int8_t more);

/* Takes the pixels of a box in a gray image with rows of `stride` bytes. The box must lie in it. */
void scribe_exposure_look(scribe_exposure *exposure, const uint8_t *gray, size_t stride,
                          const scribe_box *box);

/* Ends an image; `automatic` is the exposure that the camera's automatics have now, if they are on.
 * True if `by_hand` or `step` are others now. */
bool scribe_exposure_next(scribe_exposure *exposure, uint8_t automatic);

#ifdef __cplusplus
}
#endif

#endif
