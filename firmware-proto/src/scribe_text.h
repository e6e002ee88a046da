#include "../include/scribe_text.h" /* Arduino looks for headers in src only. */
