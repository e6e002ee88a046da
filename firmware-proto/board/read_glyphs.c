/* Reads characters with the model that the Makefile names: MODEL_HEADER, MODEL, MODEL_ARENA. */
#include MODEL_HEADER

#include "memory.h"
#include "read.h"
#include "report.h"
#include "scribe_reader.h"

/* Only the core works with these, so they lie where the DMA cannot reach. */
static scribe_reader reader IN_CCM;
static uint32_t arena[MODEL_ARENA];

bool read_begin(scribe_encoder *scribe) {
  scribe_model_failure failure;
  if (!scribe_model_selftest(&MODEL, arena, &failure)) {
    read_report(scribe, &failure);
    return false;
  }
  const scribe_reader_config config = {.model = &MODEL, .arena = arena, .keep_on = read_keep_on};
  if (scribe_reader_init(&reader, &config) == SCRIBE_OK) return true;
  report(scribe, "the reader can't use model ", MODEL.name, 0);
  return false;
}

const scribe_text *read_image(const scribe_reader_image *image) {
  return scribe_reader_read(&reader, image);
}
