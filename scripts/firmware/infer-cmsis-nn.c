/* As infer.c, for a header exported with --layout cmsis-nn. Compile with
 * -DMODEL_HEADER='"glyph.h"' -DMODEL_RUN=scribe_glyph_run and so on. */
#include MODEL_HEADER

#include "board.h"

#define ARENA_BYTES 65536

static int8_t even[MODEL_EVEN_BYTES], odd[MODEL_ODD_BYTES];
static uint8_t patch[MODEL_PATCH_BYTES];
static int8_t values[MODEL_PATCH_BYTES];
static int8_t logits[MODEL_LABELS];
static uint32_t scratch[ARENA_BYTES / 4];
static char arguments[1024];

static int infer(void) {
  const cmsis_nn_context context = {scratch, sizeof scratch};
  return MODEL_RUN(values, even, odd, &context, logits) == ARM_CMSIS_NN_SUCCESS;
}

int board_main(void) {
  (void)MODEL_NAMES;
  for (uint32_t i = 0; i < sizeof patch; i++) values[i] = (int8_t)((i * 37 + i / 7) ^ 0x80);
  board_mark_stack();
  const uint32_t start = board_instructions();
  if (!infer()) return 2;
  const uint32_t instructions = board_instructions() - start;
  board_value("stack", board_used_stack());
  board_value("instructions", instructions);
  board_value("work_bytes", MODEL_EVEN_BYTES + MODEL_ODD_BYTES + (uint32_t)MODEL_SCRATCH());

  board_arguments(arguments, sizeof arguments);
  char *rest = arguments;
  board_word(&rest);
  const char *from = board_word(&rest);
  const char *to = board_word(&rest);
  if (*from == '\0') return 0;
  const int input = board_open(from, 0);
  const int output = board_open(to, 1);
  if (input < 0 || output < 0) return 3;
  uint32_t count = 0;
  while (board_read(input, patch, sizeof patch) == 0) {
    for (uint32_t i = 0; i < sizeof patch; i++) values[i] = (int8_t)(patch[i] ^ 0x80);
    if (!infer()) return 2;
    if (board_write(output, logits, sizeof logits) != 0) return 3;
    count++;
  }
  board_value("patches", count);
  return 0;
}
