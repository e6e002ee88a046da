/* Reads images with an exported model as a board does, and sends what it read. Arguments: a file
 * of images, each its width and height in 16 bits and its gray pixels, and the file for the bytes
 * that are sent. Exit codes: 0 done, 2 the model or an image is refused, 3 a file. Compile with
 * -DMODEL_HEADER='"glyph.h"' -DMODEL=scribe_glyph -DMODEL_ARENA_WORDS=... */
#include MODEL_HEADER

#include "board.h"
#include "scribe_reader.h"

static scribe_reader reader;
static uint32_t arena[MODEL_ARENA_WORDS];
static uint8_t gray[SCRIBE_READER_MAX_WIDTH * SCRIBE_READER_MAX_HEIGHT];
static scribe_encoder encoder;
static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_DEFAULT_MTU)];
static char arguments[1024];
static int output;
/* Instructions at the first and at the last patch. */
static uint32_t first_patch, last_patch, patches;

static bool write_bytes(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  return board_write(output, bytes, length) == 0;
}

static bool note_patch(void *context) {
  (void)context;
  last_patch = board_instructions();
  if (patches++ == 0) first_patch = last_patch;
  return true;
}

static int read_image(uint32_t width, uint32_t height) {
  const scribe_reader_image image = {gray, (uint16_t)width, (uint16_t)height, 0};
  patches = 0;
  board_mark_stack();
  const uint32_t start = board_instructions();
  if (scribe_reader_begin(&reader, &image) != SCRIBE_OK) return 2;
  for (uint32_t row = 0; row < height; row++) scribe_reader_rows(&reader, 1);
  const uint32_t rows = board_instructions();
  scribe_text text = *scribe_reader_finish(&reader);
  const uint32_t end = board_instructions();
  const uint32_t stack = board_used_stack();
  text.image_number = encoder.image_number;
  const uint32_t sent = (uint32_t)encoder.bytes_sent;
  if (scribe_send_text(&encoder, &text) != SCRIBE_OK) return 3;
  board_print("image\n");
  board_value("rows_instructions", rows - start);
  if (patches > 0) board_value("lines_instructions", first_patch - rows);
  if (patches > 1) board_value("patch_instructions", (last_patch - first_patch) / (patches - 1));
  board_value("all_instructions", end - start);
  board_value("patches", patches);
  board_value("characters", text.character_count);
  board_value("bytes", (uint32_t)encoder.bytes_sent - sent);
  board_value("stack", stack);
  return 0;
}

int board_main(void) {
  const scribe_reader_config config = {&MODEL, arena, note_patch, NULL};
  const scribe_config link = {.write = write_bytes, .buffer = packet,
                              .buffer_size = sizeof packet};
  if (scribe_reader_init(&reader, &config) != SCRIBE_OK) return 2;
  if (scribe_init(&encoder, &link) != SCRIBE_OK) return 2;
  board_value("reader_bytes", sizeof reader);
  board_value("arena_bytes", sizeof arena);
  board_arguments(arguments, sizeof arguments);
  char *rest = arguments;
  board_word(&rest);
  const char *from = board_word(&rest);
  const char *to = board_word(&rest);
  if (*from == '\0') return 0;
  const int input = board_open(from, 0);
  output = board_open(to, 1);
  if (input < 0 || output < 0) return 3;
  uint8_t size[4];
  while (board_read(input, size, sizeof size) == 0) {
    const uint32_t width = size[0] + 256u * size[1], height = size[2] + 256u * size[3];
    if (width * height > sizeof gray) return 2;
    if (board_read(input, gray, width * height) != 0) return 3;
    const int status = read_image(width, height);
    if (status != 0) return status;
  }
  return 0;
}
