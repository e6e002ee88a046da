#include "../include/scribe_net.h" /* Arduino looks for headers in src only. */
