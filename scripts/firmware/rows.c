/* Checks an exported model that looks at pictures or lines, and measures it with a picture or a line
 * of its test vectors' size. Exit codes: 0 done, 2 the self-test failed. Compile with
 * -DMODEL_HEADER='"finder.h"' -DMODEL=scribe_finder and so on. */
#include MODEL_HEADER

#include "board.h"
#include "scribe_flow.h"

static uint32_t arena[MODEL_ARENA_WORDS];
static uint8_t picture[MODEL_PATCH_BYTES];
static scribe_flow flow;

static void ignore(void *context, const uint8_t *row, uint32_t number) {
  (void)context;
  (void)row;
  (void)number;
}

int board_main(void) {
  const scribe_flow_memory memory = {arena, MODEL_ARENA_WORDS, NULL, 0};
  const scribe_flow_output output = {ignore, NULL};
  scribe_model_failure failure;
  uint32_t start = board_instructions();
  const int sound = scribe_flow_selftest(&flow, &MODEL, memory, &failure);
  const uint32_t self_test = board_instructions() - start;
  if (!sound) {
    board_print("self-test: ");
    board_print(failure.where);
    board_print("\n");
    return 2;
  }
  board_print("kernels ");
  board_print(scribe_net_kernels());
  board_print("\n");
  board_value("self_test_instructions", self_test);
  for (uint32_t i = 0; i < sizeof picture; i++) picture[i] = (uint8_t)(i * 37 + i / 7);
  board_mark_stack();
  start = board_instructions();
  if (!scribe_flow_begin(&flow, &MODEL, memory, MODEL.width, MODEL.height, output)) return 2;
  for (uint32_t y = 0; y < MODEL.height; y++) {
    scribe_flow_push(&flow, picture + y * MODEL.width * MODEL.channels);
  }
  const uint32_t instructions = board_instructions() - start;
  board_value("stack", board_used_stack());
  board_value("instructions", instructions);
  return 0;
}
