/* The whole of SerialScribe in a CubeMX project: ../../CUBEMX.md says which peripherals, which pins
 * and which lines of main.c. */
#ifndef SERIALSCRIBE_APP_H
#define SERIALSCRIBE_APP_H

/* Once, after the peripherals' MX_..._Init(). */
void serialscribe_start(void);

/* Again and again: an image, and what the host said. */
void serialscribe_turn(void);

#endif
