/* Weights of a line's features for it being print, as PrintWeights on the host.
 *
 * Written by `scripts/python measure.tune.confidence`: not to be changed by hand. */
#ifndef SCRIBE_RECOGNIZER_WEIGHTS_H
#define SCRIBE_RECOGNIZER_WEIGHTS_H

#include <stdint.h>

enum { SCRIBE_RECOGNIZER_FEATURES = 13 };

/* The logarithm of the least odds of print. */
enum { SCRIBE_RECOGNIZER_LEAST_ODDS_Q12 = 328 };

static const int32_t scribe_recognizer_weights_q12[SCRIBE_RECOGNIZER_FEATURES] = {
    -13678, 6361, 2160, -564, -5062, 6191, -1044, -704, 851, -2123, -6355, 1091, -2629};

#endif
