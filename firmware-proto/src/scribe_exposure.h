#include "../include/scribe_exposure.h" /* Arduino looks for headers in src only. */
