/* Finds and reads lines with the headers finder.h, aligner.h and line_quick.h of the folder that the
 * Makefile names: NETWORKS; what lines look like, if there is a pattern.h. */
#include "aligner.h"
#include "finder.h"
#include "line_quick.h"
#ifdef BOARD_PATTERN
#include "pattern.h"
#endif
#include "memory.h"
#include "read.h"
#include "report.h"
#include "scribe_recognizer.h"

/* All of the core-coupled memory, which the DMA cannot reach, and the rest beside the image. */
enum { FIRST_WORDS = 16384, SECOND_WORDS = SCRIBE_RECOGNIZER_ARENA_WORDS + 600 - FIRST_WORDS };
static uint32_t first[FIRST_WORDS] IN_CCM, second[SECOND_WORDS];
static scribe_recognizer recognizer;

bool read_begin(scribe_encoder *scribe) {
  const scribe_recognizer_config config = {.finder = &scribe_finder,
                                           .aligner = &scribe_aligner,
                                           .reader = &scribe_line_quick,
                                           .memory = {first, FIRST_WORDS, second, SECOND_WORDS},
                                           .keep_on = read_keep_on,
#ifdef BOARD_PATTERN
                                           .pattern = &line_pattern
#endif
  };
  if (scribe_recognizer_init(&recognizer, &config) != SCRIBE_OK) {
    report(scribe, "the networks don't find, align and read lines", "", 0);
    return false;
  }
  scribe_model_failure failure;
  if (scribe_recognizer_selftest(&recognizer, &failure)) return true;
  read_report(scribe, &failure);
  return false;
}

const scribe_text *read_image(const scribe_reader_image *image) {
  return scribe_recognizer_read(&recognizer, image);
}
