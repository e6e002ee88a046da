/* What a chip's program takes, linked with the chip's own memory map (chips.json) and never run:
 * all coders and the host's commands; with CHIP_READS the small reader, its model and an image, with
 * CHIP_LINES the recognizer, its models and an image of 320 x 240. Camera, port and start-up aren't
 * in it. Compile with -DMODEL_HEADER='"glyph.h"' -DMODEL=scribe_glyph -DMODEL_ARENA_WORDS=... for the
 * second, with -DFIRST_WORDS=... -DSECOND_WORDS=... and finder.h, aligner.h and line_quick.h for the
 * third. */
#include "scribe_codecs.h"
#include "scribe_host.h"

#define IN(bank) __attribute__((section(bank)))

/* Stand-ins for a port and a camera: registers that the compiler knows nothing of. */
extern volatile uint8_t chip_port;
extern volatile uint32_t chip_clock;

static uint8_t packet[SCRIBE_BUFFER_SIZE(SCRIBE_DEFAULT_MTU)];
static scribe_encoder encoder;
static scribe_host host;

static bool chip_write(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  if (!scribe_host_may_send(&host, length, chip_clock)) return false;
  for (size_t i = 0; i < length; i++) chip_port = bytes[i];
  scribe_host_sent(&host, length, chip_clock);
  return true;
}

static bool begin(void) {
  const scribe_config link = {.write = chip_write, .buffer = packet, .buffer_size = sizeof packet};
  if (scribe_init(&encoder, &link) != SCRIBE_OK) return false;
  const scribe_host_config heard = {.encoder = &encoder, .rate = 18000};
  return scribe_host_init(&host, &heard) == SCRIBE_OK;
}

static void listen(void) {
  scribe_host_hear(&host, chip_port, chip_clock);
  scribe_host_answer(&host);
}

#if defined CHIP_READS || defined CHIP_LINES
static bool chip_goes_on(void *context) {
  (void)context;
  scribe_host_hear(&host, chip_port, chip_clock);
  return true;
}
#endif

#ifdef CHIP_READS
#include "scribe_reader.h"
#include MODEL_HEADER

static uint8_t image[SCRIBE_READER_MAX_WIDTH * SCRIBE_READER_MAX_HEIGHT] IN(".image");
static scribe_reader reader IN(".reader");
static uint32_t arena[MODEL_ARENA_WORDS] IN(".reader");

int main(void) {
  scribe_model_failure failure;
  const scribe_reader_config reads = {&MODEL, arena, chip_goes_on, NULL};
  if (!begin() || !scribe_model_selftest(&MODEL, arena, &failure)) return 1;
  if (scribe_reader_init(&reader, &reads) != SCRIBE_OK) return 1;
  for (;;) {
    listen();
    for (size_t i = 0; i < sizeof image; i++) image[i] = chip_port;
    const scribe_reader_image gray = {image, SCRIBE_READER_MAX_WIDTH, SCRIBE_READER_MAX_HEIGHT, 0};
    const scribe_text *text = scribe_reader_read(&reader, &gray);
    if (text != NULL) scribe_send_text(&encoder, text);
  }
}
#elif defined CHIP_LINES
#include "aligner.h"
#include "finder.h"
#include "line_quick.h"
#include "scribe_recognizer.h"

static uint8_t image[320 * 240] IN(".image");
static scribe_recognizer recognizer;
static uint32_t first[FIRST_WORDS] IN(".first");
#if SECOND_WORDS > 0
static uint32_t second[SECOND_WORDS] IN(".second");
#else
static uint32_t *const second = NULL;
#endif

int main(void) {
  scribe_model_failure failure;
  const scribe_recognizer_config reads = {.finder = &scribe_finder,
                                          .aligner = &scribe_aligner,
                                          .reader = &scribe_line_quick,
                                          .memory = {first, FIRST_WORDS, second, SECOND_WORDS},
                                          .keep_on = chip_goes_on};
  if (!begin() || scribe_recognizer_init(&recognizer, &reads) != SCRIBE_OK) return 1;
  if (!scribe_recognizer_selftest(&recognizer, &failure)) return 1;
  for (;;) {
    listen();
    for (size_t i = 0; i < sizeof image; i++) image[i] = chip_port;
    const scribe_reader_image gray = {image, 320, 240, 0};
    const scribe_text *text = scribe_recognizer_read(&recognizer, &gray);
    if (text != NULL) scribe_send_text(&encoder, text);
  }
}
#else
/* Rows as they come: no image needs to fit. */
static uint8_t rows[SCRIBE_SLICE_ROWS * 320] IN(".image");
static scribe_bilevel bilevel;
static scribe_lossless lossless;

int main(void) {
  if (!begin()) return 1;
  scribe_bilevel_init(&bilevel);
  scribe_lossless_init(&lossless);
  for (uint8_t turn = 0;; turn = (uint8_t)((turn + 1) % 3)) {
    const scribe_image images[] = {
        {.width = 320, .height = 240, .format = SCRIBE_GRAY8},
        {.width = 320, .height = 240, .format = SCRIBE_GRAY8, .coder = &lossless.coder},
        {.width = 320, .height = 240, .format = SCRIBE_BILEVEL, .coder = &bilevel.coder}};
    listen();
    scribe_begin_image(&encoder, images + turn);
    for (int done = 0; done < 240; done += SCRIBE_SLICE_ROWS) {
      for (size_t i = 0; i < sizeof rows; i++) rows[i] = chip_port;
      scribe_lines(&encoder, rows, SCRIBE_SLICE_ROWS);
    }
    scribe_end_image(&encoder);
  }
}
#endif
