#include "../include/serialscribe.h" /* Arduino looks for headers in src only. */
