/* Reads images with three exported models as a board does (scribe_recognizer.h), and sends what it
 * read. Arguments: a file of images, each its width and height in 16 bits and its gray pixels, and
 * the file for the bytes that are sent. Exit codes: 0 done, 2 a model or an image is refused, 3 a
 * file. Compile with -DFINDER_HEADER='"finder.h"' -DFINDER=scribe_finder and so on. */
#include FINDER_HEADER
#include ALIGNER_HEADER
#include LINE_HEADER
#ifdef PATTERN_HEADER
#include PATTERN_HEADER
#endif

#include "board.h"
#include "scribe_recognizer.h"

/* The largest image: the emulated STM32F405 has 192 KB for all. */
enum { MOST_PIXELS = 320 * 240 };

static scribe_recognizer recognizer;
/* As on an STM32F407: the first in its 64 KB of core-coupled memory, the rest beside the image. */
enum { FIRST_WORDS = 16384, SECOND_WORDS = SCRIBE_RECOGNIZER_ARENA_WORDS + 600 - FIRST_WORDS };
static uint32_t first[FIRST_WORDS], second[SECOND_WORDS];
static uint8_t gray[MOST_PIXELS];
static scribe_encoder encoder;
static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_DEFAULT_MTU)];
static char arguments[512];
static int output;
/* Instructions when the first line begins. */
static uint32_t first_line, lines;

static bool write_bytes(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  return board_write(output, bytes, length) == 0;
}

static bool note_line(void *context) {
  (void)context;
  if (lines++ == 0) first_line = board_instructions();
  return true;
}

static int read_image(uint32_t width, uint32_t height) {
  const scribe_reader_image image = {gray, (uint16_t)width, (uint16_t)height, 0};
  lines = 0;
  board_mark_stack();
  const uint32_t start = board_instructions();
  const scribe_text *read = scribe_recognizer_read(&recognizer, &image);
  const uint32_t end = board_instructions();
  const uint32_t stack = board_used_stack();
  if (read == NULL) return 2;
  scribe_text text = *read;
  text.image_number = encoder.image_number;
  const uint32_t sent = (uint32_t)encoder.bytes_sent;
  if (scribe_send_text(&encoder, &text) != SCRIBE_OK) return 3;
  const scribe_recognizer_counters *counters = scribe_recognizer_get_counters(&recognizer);
  board_print("image\n");
  board_value("finder_instructions", (lines > 0 ? first_line : end) - start);
  board_value("all_instructions", end - start);
  board_value("lines_found", counters->lines_found);
  board_value("columns_read", counters->columns_read);
  board_value("characters", text.character_count);
  board_value("bytes", (uint32_t)encoder.bytes_sent - sent);
  board_value("stack", stack);
  return 0;
}

int board_main(void) {
  const scribe_recognizer_config config = {
      .finder = &FINDER, .aligner = &ALIGNER, .reader = &LINE,
#ifdef PATTERN
      .pattern = &PATTERN,
#endif
      .memory = {first, FIRST_WORDS, second, SECOND_WORDS}, .keep_on = note_line};
  const scribe_config link = {.write = write_bytes, .buffer = packet,
                              .buffer_size = sizeof packet};
  if (scribe_recognizer_init(&recognizer, &config) != SCRIBE_OK) return 2;
  if (scribe_init(&encoder, &link) != SCRIBE_OK) return 2;
  board_value("recognizer_bytes", sizeof recognizer);
  board_value("memory_bytes", sizeof first + sizeof second);
  scribe_model_failure failure;
  const uint32_t start = board_instructions();
  if (!scribe_recognizer_selftest(&recognizer, &failure)) {
    board_print("self-test: ");
    board_print(failure.where);
    board_print("\n");
    return 2;
  }
  board_value("self_test_instructions", board_instructions() - start);
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
