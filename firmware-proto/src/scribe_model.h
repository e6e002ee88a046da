#include "../include/scribe_model.h" /* Arduino looks for headers in src only. */
