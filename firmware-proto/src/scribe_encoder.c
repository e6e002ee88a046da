#include "serialscribe.h"

typedef int scribe_translation_unit_not_empty;
