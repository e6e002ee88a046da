#include "../include/scribe_pattern.h" /* Arduino looks for headers in src only. */
