#include "../include/scribe_flow.h" /* Arduino looks for headers in src only. */
