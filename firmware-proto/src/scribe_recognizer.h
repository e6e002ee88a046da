#include "../include/scribe_recognizer.h" /* Arduino looks for headers in src only. */
