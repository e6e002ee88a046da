/* An empty table in place of ICU's data on languages and calendars, 37 MB of a program that has
 * Swift's libraries in it: Foundation brings them along, and nothing here asks for them. The linker
 * takes this one since it comes first. A toolchain with another ICU has another name for its table,
 * and the program then is larger, and works as well. */
#include <stdint.h>

/* What ICU reads at the start of its data (udatamem.h, UDataInfo), and a table of contents. */
struct table {
  uint16_t header_size;
  uint8_t magic[2];
  uint16_t info_size;
  uint16_t reserved;
  uint8_t is_big_endian, charset, char_size, unused;
  uint8_t format[4], format_version[4], data_version[4];
  uint32_t entries;
  uint32_t padding[3];
};

/* Hidden, so that a shared ICU keeps its own. */
__attribute__((visibility("hidden"), aligned(16))) const struct table icudt76_dat = {
    .header_size = 32,
    .magic = {0xDA, 0x27},
    .info_size = 20,
    .char_size = 2,
    .format = {'T', 'o', 'C', 'P'},
    .format_version = {1}};
