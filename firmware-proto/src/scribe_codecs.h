#include "../include/scribe_codecs.h" /* Arduino looks for headers in src only. */
