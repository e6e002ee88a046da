/* The reading of an image on the board. The Makefile takes one way: read_lines.c, three networks
 * that find, align and read lines (scribe_recognizer.h); or read_glyphs.c, one that reads characters
 * (scribe_reader.h), for chips with less memory. */
#ifndef READ_H
#define READ_H

#include <stdbool.h>

#include "scribe_model.h"
#include "scribe_strip.h"
#include "serialscribe.h"

/* False if the models are unsound; which went out as a LOG packet. */
bool read_begin(scribe_encoder *scribe);

/* The text, valid until the next call, or NULL if the image is too large or too small. The pixels
 * may be spent. */
const scribe_text *read_image(const scribe_reader_image *image);

/* Packets leave and enter between the parts of the work. */
bool read_keep_on(void *context);

/* Tells of a model that fails its self-test. */
void read_report(scribe_encoder *scribe, const scribe_model_failure *failure);

#endif
