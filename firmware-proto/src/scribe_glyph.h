#include "../include/scribe_glyph.h" /* Arduino looks for headers in src only. */
