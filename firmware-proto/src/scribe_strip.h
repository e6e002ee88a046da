#include "../include/scribe_strip.h" /* Arduino looks for headers in src only. */
