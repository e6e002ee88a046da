#include "CImageFiles.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

// A file in memory.
typedef struct {
  const uint8_t *bytes;
  size_t size;
  size_t at;
  ScribeImageMessage *message;
} File;

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t count) {
  File *file = handle;
  size_t left = file->at < file->size ? file->size - file->at : 0;
  size_t taken = count < 0 ? 0 : (size_t)count < left ? (size_t)count : left;
  if (taken > 0) memcpy(to, file->bytes + file->at, taken);
  file->at += taken;
  return (tmsize_t)taken;
}

static tmsize_t write_bytes(thandle_t handle, void *from, tmsize_t count) {
  (void)handle;
  (void)from;
  (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int from) {
  File *file = handle;
  toff_t start = from == SEEK_CUR ? file->at : from == SEEK_END ? file->size : 0;
  file->at = (size_t)(start + offset);
  return file->at;
}

static int close_file(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t file_size(thandle_t handle) {
  File *file = handle;
  return file->size;
}

// Keeps the first error: what follows it is its consequence.
static int note(TIFF *tiff, void *context, const char *module, const char *format,
                va_list arguments) {
  (void)tiff;
  (void)module;
  ScribeImageMessage *message = context;
  if (message->text[0] == 0) vsnprintf(message->text, sizeof message->text, format, arguments);
  return 1;
}

static int ignore(TIFF *tiff, void *context, const char *module, const char *format,
                  va_list arguments) {
  (void)tiff;
  (void)context;
  (void)module;
  (void)format;
  (void)arguments;
  return 1;
}

static uint32_t minimum(uint32_t a, uint32_t b) { return a < b ? a : b; }

// Gray by ITU-R BT.601's weights, as for a camera's colours. A raster's colours come multiplied by
// alpha.
static void make_gray(const uint32_t *raster, uint32_t count, bool has_alpha, uint8_t *out) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t gray =
        (77 * TIFFGetR(raster[i]) + 150 * TIFFGetG(raster[i]) + 29 * TIFFGetB(raster[i]) + 128) >>
        8;
    if (has_alpha) {
      uint32_t alpha = TIFFGetA(raster[i]);
      out[2 * i] = (uint8_t)minimum(gray, alpha);
      out[2 * i + 1] = (uint8_t)alpha;
    } else {
      out[i] = (uint8_t)gray;
    }
  }
}

// A part of the picture: a strip or a tile.
typedef struct {
  uint32_t width;
  uint32_t height;
} Part;

static Part part_size(TIFF *tiff, uint32_t width, uint32_t height) {
  Part part = {width, height};
  if (TIFFIsTiled(tiff)) {
    part.width = part.height = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &part.width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &part.height);
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &part.height);
    part.height = minimum(part.height, height);
  }
  return part;
}

// The layout of the pixels in bare tiles.
typedef struct {
  uint16_t bits;
  uint16_t samples;
  uint16_t photometric;
  uint16_t planes;
} Layout;

// Whether tiles are bare and have a layout of which a raster is easily made: libtiff 4.5.0, as
// Debian 12 patches it, refuses to make rasters of bare tiles.
static bool has_plain_tiles(TIFF *tiff, Layout *layout) {
  uint16_t coding = 0;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &coding);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout->samples);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout->planes);
  bool is_gray = layout->photometric == PHOTOMETRIC_MINISBLACK ||
                 layout->photometric == PHOTOMETRIC_MINISWHITE;
  bool is_colored = layout->photometric == PHOTOMETRIC_RGB && layout->samples >= 3;
  return TIFFIsTiled(tiff) && coding == COMPRESSION_NONE &&
         (layout->bits == 8 || layout->bits == 16) && layout->planes == PLANARCONFIG_CONTIG &&
         (is_gray || is_colored);
}

// Makes a raster of a bare tile, without alpha.
static bool read_plain_tile(TIFF *tiff, uint32_t x, uint32_t y, Part part, Layout layout,
                            uint32_t *raster) {
  size_t size = (size_t)TIFFTileSize(tiff);
  size_t step = (size_t)layout.samples * (layout.bits / 8);
  uint8_t *tile = malloc(size);
  bool is_read = tile != NULL && size / step >= (size_t)part.width * part.height &&
                 TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, 0), tile,
                                     (tmsize_t)size) == (tmsize_t)size;
  for (uint32_t row = 0; is_read && row < part.height; row++) {
    for (uint32_t column = 0; column < part.width; column++) {
      const uint8_t *pixel = tile + ((size_t)row * part.width + column) * step;
      uint32_t values[3];
      for (int i = 0; i < 3; i++) {
        int sample = layout.photometric == PHOTOMETRIC_RGB ? i : 0;
        // Of 16 bits the upper eight, in this machine's order.
        values[i] = layout.bits == 8 ? pixel[sample] : ((const uint16_t *)pixel)[sample] >> 8;
        if (layout.photometric == PHOTOMETRIC_MINISWHITE) values[i] = 255 - values[i];
      }
      raster[(size_t)(part.height - 1 - row) * part.width + column] =
          values[0] | values[1] << 8 | values[2] << 16 | 0xFF000000U;
    }
  }
  free(tile);
  return is_read;
}

// Reads the picture part by part. A raster's rows go upwards.
static bool read_parts(TIFF *tiff, uint32_t width, uint32_t height, Part part, bool has_alpha,
                       const ScribeImageSink *sink) {
  uint32_t *raster = calloc((size_t)part.width * part.height, sizeof *raster);
  uint8_t *row = malloc((size_t)part.width * 2);
  bool is_read = raster != NULL && row != NULL;
  Layout layout = {0, 0, 0, 0};
  bool is_plain = has_plain_tiles(tiff, &layout) && !has_alpha;
  bool is_tiled = TIFFIsTiled(tiff);
  for (uint32_t y = 0; is_read && y < height; y += part.height) {
    uint32_t rows = minimum(part.height, height - y);
    for (uint32_t x = 0; is_read && x < width; x += part.width) {
      uint32_t columns = minimum(part.width, width - x);
      is_read = is_plain   ? read_plain_tile(tiff, x, y, part, layout, raster)
                : is_tiled ? TIFFReadRGBATileExt(tiff, x, y, raster, 1)
                           : TIFFReadRGBAStripExt(tiff, y, raster, 1);
      // A tile's raster has the rows of a whole tile, a strip's raster only those that it has.
      uint32_t last = (is_tiled ? part.height : rows) - 1;
      for (uint32_t i = 0; is_read && i < rows; i++) {
        make_gray(raster + (size_t)(last - i) * part.width, columns, has_alpha, row);
        sink->pixels(sink->context, y + i, x, 1, columns, row);
      }
    }
  }
  free(raster);
  free(row);
  return is_read;
}

// Whether pixels behind the colours are alpha.
static bool finds_alpha(TIFF *tiff) {
  uint16_t count = 0;
  uint16_t *kinds = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  return count > 0 && kinds != NULL &&
         (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA);
}

static ScribeImageResult read_tiff(TIFF *tiff, size_t workspace, const ScribeImageSink *sink,
                                   int *orientation, ScribeImageMessage *message) {
  const int most_directories = 64;
  uint32_t kind = 0;
  for (int i = 0; i < most_directories; i++) {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &kind);
    if (!(kind & FILETYPE_REDUCEDIMAGE) || !TIFFReadDirectory(tiff)) break;
  }
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  uint16_t turned = ORIENTATION_TOPLEFT;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &turned);
  *orientation = turned;
  // libtiff would turn each part by itself, and can't turn all ways.
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  bool has_alpha = finds_alpha(tiff);
  if (!sink->begin(sink->context, width, height, has_alpha)) return SCRIBE_IMAGE_REFUSED;

  char reason[1024] = "";
  if (!TIFFRGBAImageOK(tiff, reason)) {
    snprintf(message->text, sizeof message->text, "%.255s", reason);
    return SCRIBE_IMAGE_DAMAGED;
  }
  Part part = part_size(tiff, width, height);
  tmsize_t stored = TIFFIsTiled(tiff) ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
  if (part.width == 0 || part.height == 0 || stored <= 0) {
    snprintf(message->text, sizeof message->text, "its strips or tiles have no size");
    return SCRIBE_IMAGE_DAMAGED;
  }
  if ((size_t)part.width > workspace / 4 / part.height || (size_t)stored > workspace) {
    snprintf(message->text, sizeof message->text,
             "a strip or tile of %ux%u pixels takes too much memory: save it with smaller ones",
             part.width, part.height);
    return SCRIBE_IMAGE_DAMAGED;
  }
  return read_parts(tiff, width, height, part, has_alpha, sink) ? SCRIBE_IMAGE_READ
                                                                : SCRIBE_IMAGE_DAMAGED;
}

ScribeImageResult scribe_tiff_read(const uint8_t *file, size_t size, size_t workspace,
                                   const ScribeImageSink *sink, int *orientation,
                                   ScribeImageMessage *message) {
  *orientation = ORIENTATION_TOPLEFT;
  message->text[0] = 0;
  File source = {file, size, 0, message};
  ScribeImageResult result = SCRIBE_IMAGE_DAMAGED;
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (options != NULL) {
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)workspace);
    TIFFOpenOptionsSetErrorHandlerExtR(options, note, message);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore, NULL);
    // The file is not mapped: libtiff would take its own view of its end.
    TIFF *tiff = TIFFClientOpenExt("image", "rm", &source, read_bytes, write_bytes, seek,
                                   close_file, file_size, NULL, NULL, options);
    if (tiff != NULL) {
      result = read_tiff(tiff, workspace, sink, orientation, message);
      TIFFClose(tiff);
    }
    TIFFOpenOptionsFree(options);
  }
  if (message->text[0] == 0) snprintf(message->text, sizeof message->text, "no picture in it");
  return result;
}
