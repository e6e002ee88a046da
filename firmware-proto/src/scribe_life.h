#include "../include/scribe_life.h" /* Arduino looks for headers in src only. */
