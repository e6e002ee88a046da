/* Nothing to call: see without_icu.c. */
