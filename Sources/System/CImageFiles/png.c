#include "CImageFiles.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// All that is needed after a longjmp; on the heap, so that its values are known then.
typedef struct {
  const uint8_t *bytes;
  size_t left;
  const ScribeImageSink *sink;
  ScribeImageMessage *message;
  png_structp png;
  png_infop info;
  uint8_t *row;
} Reader;

static void note(png_structp png, png_const_charp text) {
  Reader *reader = png_get_error_ptr(png);
  snprintf(reader->message->text, sizeof reader->message->text, "%s", text);
  longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void take(png_structp png, png_bytep to, size_t count) {
  Reader *reader = png_get_io_ptr(png);
  if (count > reader->left) png_error(png, "the file ends too soon");
  memcpy(to, reader->bytes, count);
  reader->bytes += count;
  reader->left -= count;
}

// Asks for 8 bits of gray, and alpha where there is any, in sRGB's gamma.
static void set_transforms(png_structp png, png_infop info) {
  png_set_expand(png);
  if (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR)
    png_set_rgb_to_gray_fixed(png, PNG_ERROR_ACTION_NONE, PNG_RGB_TO_GRAY_DEFAULT,
                              PNG_RGB_TO_GRAY_DEFAULT);
  // The gamma of a file that tells none, then the gamma that is wanted.
  png_set_alpha_mode_fixed(png, PNG_ALPHA_PNG, PNG_DEFAULT_sRGB);
  png_set_alpha_mode_fixed(png, PNG_ALPHA_PNG, PNG_DEFAULT_sRGB);
  png_set_scale_16(png);
}

static void multiply(uint8_t *pairs, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    pairs[2 * i] = (uint8_t)((pairs[2 * i] * pairs[2 * i + 1] + 127) / 255);
}

// Gives interlaced rows as the file has them, each pass by itself: libpng would mix up rows that
// become narrower, as those of 16 bits do, if it combined the passes.
static void read_rows(Reader *reader, uint32_t width, uint32_t height, bool has_alpha,
                      bool is_interlaced) {
  for (int pass = 0; pass < (is_interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1); pass++) {
    uint32_t columns = is_interlaced ? PNG_PASS_COLS(width, pass) : width;
    uint32_t rows = is_interlaced ? PNG_PASS_ROWS(height, pass) : height;
    if (columns == 0) continue;
    for (uint32_t i = 0; i < rows; i++) {
      png_read_row(reader->png, reader->row, NULL);
      if (has_alpha) multiply(reader->row, columns);
      uint32_t y = is_interlaced ? PNG_ROW_FROM_PASS_ROW(i, pass) : i;
      uint32_t first = is_interlaced ? PNG_PASS_START_COL(pass) : 0;
      uint32_t step = is_interlaced ? PNG_PASS_COL_OFFSET(pass) : 1;
      reader->sink->pixels(reader->sink->context, y, first, step, columns, reader->row);
    }
  }
}

static ScribeImageResult read_png(Reader *reader) {
  if (setjmp(png_jmpbuf(reader->png))) return SCRIBE_IMAGE_DAMAGED;
  png_structp png = reader->png;
  // The caller bounds the sides.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_benign_errors(png, 1);
  png_set_read_fn(png, reader, take);
  png_read_info(png, reader->info);
  uint32_t width = png_get_image_width(png, reader->info);
  uint32_t height = png_get_image_height(png, reader->info);
  bool is_interlaced = png_get_interlace_type(png, reader->info) != PNG_INTERLACE_NONE;
  bool has_alpha = (png_get_color_type(png, reader->info) & PNG_COLOR_MASK_ALPHA) ||
                   png_get_valid(png, reader->info, PNG_INFO_tRNS);
  set_transforms(png, reader->info);
  if (!reader->sink->begin(reader->sink->context, width, height, has_alpha))
    return SCRIBE_IMAGE_REFUSED;
  png_read_update_info(png, reader->info);
  size_t channels = has_alpha ? 2 : 1;
  if (png_get_channels(png, reader->info) != channels ||
      png_get_bit_depth(png, reader->info) != 8)
    png_error(png, "its pixels can't be made gray");
  // The row has room for the file's own pixels, of 8 bytes at most: rows are changed in place.
  reader->row = malloc((size_t)width * 8);
  if (reader->row == NULL) png_error(png, "out of memory");
  read_rows(reader, width, height, has_alpha, is_interlaced);
  return SCRIBE_IMAGE_READ;
}

ScribeImageResult scribe_png_read(const uint8_t *file, size_t size, const ScribeImageSink *sink,
                                  ScribeImageMessage *message) {
  ScribeImageResult result = SCRIBE_IMAGE_DAMAGED;
  snprintf(message->text, sizeof message->text, "out of memory");
  Reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return result;
  reader->bytes = file;
  reader->left = size;
  reader->sink = sink;
  reader->message = message;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, note, ignore);
  if (reader->png != NULL) {
    reader->info = png_create_info_struct(reader->png);
    if (reader->info != NULL) result = read_png(reader);
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
  }
  free(reader->row);
  free(reader);
  return result;
}
