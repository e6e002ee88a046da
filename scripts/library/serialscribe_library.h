/* serialscribe_library.h: find and read the text in images, on a PC (libserialscribe.so).
 *
 *     char reason[256];
 *     serialscribe_reader *reader = serialscribe_open(NULL, NULL, 0, NULL, NULL, reason, sizeof reason);
 *     serialscribe_page *page = serialscribe_read_file(reader, bytes, count, reason, sizeof reason);
 *     if (page != NULL) puts(serialscribe_page_text(page));
 *     serialscribe_page_free(page);
 *     serialscribe_close(reader);
 *
 * Threads may share a reader; a page is for one thread at a time. Texts are UTF-8 and end with a
 * zero; they, lines and characters are the page's, until it is freed. Where a function gives NULL,
 * `reason` says why, cut off after `reason_size` - 1 bytes; it may be NULL. */
#ifndef SERIALSCRIBE_LIBRARY_H
#define SERIALSCRIBE_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct serialscribe_reader serialscribe_reader;
typedef struct serialscribe_page serialscribe_page;

/* Whole pixels, from the image's top left corner. */
typedef struct {
  int32_t x, y, width, height;
} serialscribe_box;

typedef struct {
  const char *text;
  double confidence; /* that it is right, 0 to 1 */
  serialscribe_box box;
} serialscribe_character;

typedef struct {
  const char *text;
  double confidence; /* that all of it is right, 0 to 1 */
  serialscribe_box box;
  int32_t first, count; /* its characters, without the spaces */
  int32_t matches;      /* the pattern: 1 or 0; -1 without a pattern */
} serialscribe_line;

/* As `scribe --version` tells it, without the name. */
const char *serialscribe_version(void);

/* Loads and checks the networks. NULL or "" for what isn't told: `alphabet`, `pattern` and `mount`
 * as for `scribe recognize`; `models` is a folder of models, otherwise they are looked for. */
serialscribe_reader *serialscribe_open(const char *alphabet, const char *pattern,
                                       int32_t only_matching, const char *mount,
                                       const char *models, char *reason, size_t reason_size);
void serialscribe_close(serialscribe_reader *reader);

/* A file's bytes: JPEG, PNG, BMP, PNM, TIFF, WebP or GIF. */
serialscribe_page *serialscribe_read_file(serialscribe_reader *reader, const uint8_t *bytes,
                                          size_t count, char *reason, size_t reason_size);

/* Gray pixels, 0 black to 255 white; a row begins `stride` bytes behind the one above. */
serialscribe_page *serialscribe_read_gray(serialscribe_reader *reader, const uint8_t *pixels,
                                          int32_t width, int32_t height, size_t stride,
                                          char *reason, size_t reason_size);
void serialscribe_page_free(serialscribe_page *page);

/* The lines, joined by newlines. */
const char *serialscribe_page_text(serialscribe_page *page);
void serialscribe_page_size(serialscribe_page *page, int32_t *width, int32_t *height);
const serialscribe_line *serialscribe_page_lines(serialscribe_page *page, int32_t *count);
const serialscribe_character *serialscribe_page_characters(serialscribe_page *page, int32_t *count);

#ifdef __cplusplus
}
#endif

#endif
