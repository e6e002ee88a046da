#include "../include/scribe_host.h" /* Arduino looks for headers in src only. */
