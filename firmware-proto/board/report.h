/* Words to the host's console, as LOG packets. */
#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>

#include "serialscribe.h"

/* Sends `what` and `whom`, and the number unless it is 0. */
void report(scribe_encoder *scribe, const char *what, const char *whom, uint32_t number);

/* Likewise with the number as eight hexadecimal digits. */
void report_address(scribe_encoder *scribe, const char *what, uint32_t address);

#endif
