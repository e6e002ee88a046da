#include "../include/scribe_ink.h" /* Arduino looks for headers in src only. */
