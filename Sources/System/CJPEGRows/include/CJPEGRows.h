#ifndef CJPEGROWS_H
#define CJPEGROWS_H

#include <stddef.h>
#include <stdint.h>

/// The signs of damage in a JPEG.
typedef struct {
  /// Pixels that are decoded together: a row of MCUs is so high, one MCU so wide.
  uint32_t mcu_width, mcu_height;
  /// MCUs between restart markers; 0 if there are none.
  uint32_t restart_interval;
  /// Rows of pixels that were decoded before decoding had to end.
  uint32_t rows_decoded;
  /// Bytes that stood behind the compressed data without being part of it.
  uint32_t extraneous_bytes;
  /// The data ended before the picture did.
  uint8_t is_short;
} scribe_jpeg_damage;

/// Decodes the luma of a JPEG as far as it goes.
///
/// `gray` has width x height bytes, which are those of the header. `warned` has a byte for each row
/// of MCUs, at least (height + 7) / 8: not 0 where what was decoded can't be right.
/// Returns 0 if there is nothing to show.
int scribe_jpeg_salvage(
    const uint8_t *file, size_t size, uint8_t *gray, uint32_t width, uint32_t height,
    uint8_t *warned, scribe_jpeg_damage *damage);

#endif
