/* Sends images of several sizes and kinds by every coder, and prints the number of packets and
 * bytes and the CRC of all of them: the same on every core. Exit code 2: a call was refused. */
#include "board.h"
#include "scribe_codecs.h"
#include "scribe_host.h"
#include "scribe_ink.h"

enum { WIDTH = 320, HEIGHT = 240 };

static uint8_t gray[WIDTH * HEIGHT], rows[WIDTH * HEIGHT];
static uint8_t previous[WIDTH / 8 * HEIGHT];
static uint32_t marks[HEIGHT / SCRIBE_SLICE_ROWS];
static scribe_bilevel bilevel;
static scribe_lossless lossless;
static scribe_ink ink;
static scribe_host host;
static scribe_encoder encoder;
static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_DEFAULT_MTU)];
static uint32_t crc, now;

static bool write_bytes(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  crc = scribe_crc32(crc, bytes, length);
  scribe_host_sent(&host, length, now++);
  return true;
}

/* A page of strokes on paper that darkens to the right, with noise; an even one; noise alone. */
static void draw(uint32_t kind, uint32_t width, uint32_t height) {
  uint32_t noise = 12345 + kind;
  for (uint32_t y = 0; y < height; y++) {
    for (uint32_t x = 0; x < width; x++) {
      noise = noise * 1664525u + 1013904223u;
      const uint32_t grain = noise >> 28;
      const bool stroke = y / 12 % 2 == 0 && (x * 7 + y * (kind + 1)) / 9 % 4 == 0;
      const uint32_t page = (stroke ? 40 : 200 - x / 4) + grain;
      gray[y * width + x] = (uint8_t)(kind == 0 ? page : kind == 1 ? 128 : noise >> 24);
    }
  }
}

static int send(scribe_format format, scribe_coder *coder, uint32_t width, uint32_t height) {
  const scribe_image image = {
      .width = (uint16_t)width, .height = (uint16_t)height, .format = format, .coder = coder};
  if (scribe_begin_image(&encoder, &image) != SCRIBE_OK) return 2;
  const uint32_t bytes = scribe_row_bytes(format, image.width);
  /* In unequal parts, as a camera's interrupts bring them. */
  for (uint32_t row = 0; row < height;) {
    const uint32_t part = row + 5 <= height ? 5 : height - row;
    if (scribe_lines(&encoder, rows + row * bytes, part) != SCRIBE_OK) return 2;
    row += part;
  }
  return scribe_end_image(&encoder) == SCRIBE_OK ? 0 : 2;
}

static int send_all(uint32_t width, uint32_t height) {
  for (uint32_t i = 0; i < width * height; i++) rows[i] = gray[i];
  if (send(SCRIBE_GRAY8, NULL, width, height) != 0) return 2;
  if (send(SCRIBE_GRAY8, &lossless.coder, width, height) != 0) return 2;
  if (send(SCRIBE_GRAY8, &lossless.coder, width, height) != 0) return 2;
  for (uint32_t y = 0; y < height; y++) {
    scribe_gray4_row(rows + y * ((width + 1) / 2), gray + y * width, (uint16_t)width);
  }
  if (send(SCRIBE_GRAY4, NULL, width, height) != 0) return 2;
  const scribe_ink_image picture = {
      .gray = gray, .width = (uint16_t)width, .height = (uint16_t)height};
  if (scribe_ink_begin(&ink, &picture) != SCRIBE_OK) return 2;
  for (uint32_t y = 0; y < height; y++) {
    if (scribe_ink_row(&ink, rows + y * ((width + 7) / 8)) != SCRIBE_OK) return 2;
  }
  if (send(SCRIBE_BILEVEL, NULL, width, height) != 0) return 2;
  /* Twice: the second is told by the first. */
  if (send(SCRIBE_BILEVEL, &bilevel.coder, width, height) != 0) return 2;
  return send(SCRIBE_BILEVEL, &bilevel.coder, width, height);
}

int board_main(void) {
  static const uint16_t sizes[][2] = {{8, 8}, {33, 17}, {160, 120}, {WIDTH, HEIGHT}};
  const scribe_config link = {.write = write_bytes, .buffer = packet,
                              .buffer_size = sizeof packet, .board = "coders"};
  if (scribe_init(&encoder, &link) != SCRIBE_OK) return 2;
  const scribe_host_config heard = {.encoder = &encoder, .rate = 18000};
  if (scribe_host_init(&host, &heard) != SCRIBE_OK) return 2;
  scribe_bilevel_init(&bilevel);
  bilevel.coder.previous = previous;
  bilevel.coder.previous_size = sizeof previous;
  scribe_lossless_init(&lossless);
  lossless.coder.marks = marks;
  lossless.coder.mark_count = sizeof marks / sizeof *marks;
  for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (uint32_t kind = 0; kind < 3; kind++) {
      draw(kind, sizes[i][0], sizes[i][1]);
      if (send_all(sizes[i][0], sizes[i][1]) != 0) return 2;
      /* A host that says anything. */
      for (uint32_t j = 0; j < 64; j++) scribe_host_hear(&host, gray[j], now++);
      scribe_host_answer(&host);
    }
  }
  board_print("packets ");
  board_print_number(encoder.packets_sent);
  board_print("\nbytes ");
  board_print_number((uint32_t)encoder.bytes_sent);
  board_print("\ncrc ");
  board_print_number(crc);
  board_print("\n");
  return 0;
}
