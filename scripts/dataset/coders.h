#include "scribe_codecs.h"

size_t bench_code(int codec, const uint8_t *rows, int width, int height, int slice_rows,
                  const uint8_t *previous, uint8_t *out, size_t room, uint32_t *sizes);
