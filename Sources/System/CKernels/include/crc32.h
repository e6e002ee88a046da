// CRC-32 of zlib by carry-less multiplication, sixteen bytes a step.

#ifndef C_KERNELS_CRC32_H
#define C_KERNELS_CRC32_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the instructions.
int scribe_can_fold_crc32(void);

/// The fewest bytes that can be folded.
enum { SCRIBE_CRC32_FOLD_LEAST = 64 };

/// Folds the whole blocks of sixteen of `count` bytes, at least 64, into the last one.
///
/// `state` is the CRC's register before them. The register after them is that of the sixteen bytes
/// of `rest` alone, from a register of 0 on. Returns the number of bytes folded.
size_t scribe_fold_crc32(const uint8_t *bytes, size_t count, uint32_t state, uint8_t rest[16]);

#endif
