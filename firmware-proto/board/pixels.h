/* Bytes of cameras, made fit for the line. Uses no register, so it runs on any machine. */
#ifndef PIXELS_H
#define PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of the JPEG file that a camera left in `bytes`: it starts after `*skip` bytes and ends
 * with FF D9, without the zeros that an OV2640 pads with. 0 if there is no start in the first 64
 * bytes, or no end. */
size_t jpeg_trim(const uint8_t *bytes, size_t length, size_t *skip);

/* Takes Y out of `pixels` pixels Y U Y V. May work in place. */
void yuyv_to_gray(uint8_t *gray, const uint8_t *yuyv, size_t pixels);

/* The header of a binary PGM of 8 bits: its size in bytes, or 0 if it is none. */
size_t pgm_header(const uint8_t *bytes, size_t length, uint16_t *width, uint16_t *height);

/* Reads "320x240:name": where the name starts, or 0 if there is no size. */
size_t size_prefix(const char *text, uint16_t *width, uint16_t *height);

#endif
