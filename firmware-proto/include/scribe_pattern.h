/* scribe_pattern.h: what a line looks like, for scribe_recognizer.h.
 *
 * `scribe export-firmware --pattern` writes one from a regular expression: a table of states, so
 * that the board compiles nothing and a character costs one look-up.
 */
#ifndef SCRIBE_PATTERN_H
#define SCRIBE_PATTERN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Characters that patterns tell apart: printable ASCII from the space on, then signs. */
enum { SCRIBE_PATTERN_CHARACTERS = 104 };
/* No text that begins so matches. */
#define SCRIBE_PATTERN_NOWHERE 0xFFFFu

typedef struct {
  const char *source; /* the regular expression, as it was written */
  uint16_t character_count; /* SCRIBE_PATTERN_CHARACTERS as it was exported */
  uint16_t state_count;     /* state 0 is the start; a match can be reached from each */
  uint16_t kind_count;
  const uint8_t *kinds;     /* of the characters: those of one kind lead to the same states */
  const uint16_t *next;     /* a row of `kind_count` states for each state */
  const uint8_t *accepting; /* of each state: 1 if a line may end here */
} scribe_pattern;

#ifdef __cplusplus
}
#endif

#endif
