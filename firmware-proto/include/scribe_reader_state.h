/* scribe_reader_state.h: the inside of a scribe_reader, here only so that its size is known. */
#ifndef SCRIBE_READER_STATE_H
#define SCRIBE_READER_STATE_H

#ifndef SCRIBE_READER_H
#error "include scribe_reader.h"
#endif

struct scribe_reader {
  scribe_reader_config config;
  scribe_reader_image image;
  scribe_reader_counters counters;
  scribe_text text;
  scribe_text_line lines[SCRIBE_READER_MAX_LINES];
  scribe_character characters[SCRIBE_READER_MAX_CHARACTERS];
  uint32_t work[13 * 1024]; /* not final */
};

#endif
