#include "../include/scribe_reader.h" /* Arduino looks for headers in src only. */
