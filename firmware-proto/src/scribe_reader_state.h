#include "../include/scribe_reader_state.h" /* Arduino looks for headers in src only. */
