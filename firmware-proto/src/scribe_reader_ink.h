#include "../include/scribe_reader_ink.h" /* Arduino looks for headers in src only. */
