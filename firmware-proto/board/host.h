/* What the host says: PING is answered, HELLO too; COMMAND is reserved and so is only counted. */
#ifndef HOST_H
#define HOST_H

#include "serialscribe.h"

/* Takes what came in since the last call. */
void host_serve(scribe_encoder *scribe);

#endif
