/* Runs an exported model over a file of patches. Arguments: the file of patches, the file for the
 * logits, or no arguments at all to check and measure alone. Exit codes: 0 done, 2 the self-test
 * failed, 3 a file. Compile with -DMODEL_HEADER='"glyph.h"' -DMODEL=scribe_glyph and so on. */
#include MODEL_HEADER

#include "board.h"

static uint32_t arena[MODEL_ARENA_WORDS];
static uint8_t patch[MODEL_PATCH_BYTES];
static int8_t logits[MODEL_LABELS];
static char arguments[1024];

int board_main(void) {
  scribe_model_failure failure;
  uint32_t start = board_instructions();
  const int sound = scribe_model_selftest(&MODEL, arena, &failure);
  const uint32_t self_test = board_instructions() - start;
  if (!sound) {
    board_print("self-test: ");
    board_print(failure.fault == SCRIBE_MODEL_DAMAGED        ? "damaged: "
                : failure.fault == SCRIBE_MODEL_WRONG_OUTPUT ? "wrong output: "
                                                             : "other version: ");
    board_print(failure.where);
    board_print("\n");
    return 2;
  }
  board_print("kernels ");
  board_print(scribe_net_kernels());
  board_print("\n");
  board_value("self_test_instructions", self_test);

  /* Of a patch that takes no short cuts. */
  for (uint32_t i = 0; i < sizeof patch; i++) patch[i] = (uint8_t)(i * 37 + i / 7);
  board_mark_stack();
  start = board_instructions();
  scribe_model_logits(&MODEL, arena, patch, logits);
  const uint32_t instructions = board_instructions() - start;
  board_value("stack", board_used_stack());
  board_value("instructions", instructions);
  for (uint32_t i = 0; i < MODEL.layer_count; i++) {
    const scribe_net_layer *layer = MODEL.layers + i;
    const uint8_t *in = i == 0 ? patch : (const uint8_t *)(arena + MODEL.layers[i - 1].output);
    start = board_instructions();
    scribe_net_run_layer(layer, in, (uint8_t *)(arena + layer->output), arena + layer->scratch);
    const uint32_t cost = board_instructions() - start;
    board_print("layer ");
    board_print(MODEL.layer_names[i]);
    board_value(":", cost);
  }

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
    scribe_model_logits(&MODEL, arena, patch, logits);
    if (board_write(output, logits, sizeof logits) != 0) return 3;
    count++;
  }
  board_value("patches", count);
  return 0;
}
