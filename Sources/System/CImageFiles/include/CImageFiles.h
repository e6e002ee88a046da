// The parts of libpng and libtiff that can't be called from Swift: errors by longjmp, messages by
// va_list.

#ifndef C_IMAGE_FILES_H
#define C_IMAGE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Takes the pixels of a file, in any order of rows.
typedef struct {
  void *context;
  // Takes the size, before the first pixel and before memory is allocated; returns whether to go
  // on.
  bool (*begin)(void *context, uint32_t width, uint32_t height, bool has_alpha);
  // Takes `count` pixels of row `y`, at columns `first`, `first + step` and so on: a byte of gray
  // each, or with alpha two bytes, gray times alpha, and alpha.
  void (*pixels)(void *context, uint32_t y, uint32_t first, uint32_t step, uint32_t count,
                 const uint8_t *pixels);
} ScribeImageSink;

typedef enum {
  SCRIBE_IMAGE_READ,
  // `begin` returned false.
  SCRIBE_IMAGE_REFUSED,
  // The library gave up; `message` holds its words.
  SCRIBE_IMAGE_DAMAGED
} ScribeImageResult;

typedef struct {
  char text[256];
} ScribeImageMessage;

ScribeImageResult scribe_png_read(const uint8_t *file, size_t size, const ScribeImageSink *sink,
                                  ScribeImageMessage *message);

// Reads the first picture that is no preview. `orientation` is the file's, 1 to 8. Strips or tiles
// that take more than `workspace` bytes are refused: libtiff holds one whole.
ScribeImageResult scribe_tiff_read(const uint8_t *file, size_t size, size_t workspace,
                                   const ScribeImageSink *sink, int *orientation,
                                   ScribeImageMessage *message);

#endif
