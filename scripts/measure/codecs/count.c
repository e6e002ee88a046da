/* Counts the instructions that a coder takes on a Cortex-M4: QEMU's clock goes by instructions. */
#include <stdint.h>
#include <string.h>

#include "coders.h"
#include "scribe_ink.h"

extern const uint8_t page[];
extern const uint8_t page_end[];

static uint8_t out[96 * 1024];
static uint32_t sizes[32];

static int semihosting(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void print_number(uint32_t value) {
  char text[12];
  char *at = text + sizeof text - 1;
  *at-- = '\0';
  *at = '\n';
  do {
    *--at = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  semihosting(0x04, at);
}

static void run(void) {
  volatile uint32_t *const timer = (volatile uint32_t *)0x40000000;
  timer[11] = 0xFFFFFFFFu; /* TIM2: ARR, then CR1 */
  timer[0] = 1;
  const uint32_t start = timer[9];
#if CODEC == 0 /* gray to bits */
  static scribe_ink ink;
  const scribe_ink_image image = {.gray = page, .width = 320, .height = 240};
  scribe_ink_begin(&ink, &image);
  for (int y = 0; y < 240; y++) scribe_ink_row(&ink, out + y * 40);
  const size_t length = sizeof ink;
#else
  const size_t length = bench_code(CODEC, page, 320, 240, CODEC == 3 ? 32 : 16, NULL, out,
                                   sizeof out, sizes);
#endif
  const uint32_t count = timer[9] - start;
#if CODEC == 3
  const size_t state = sizeof(scribe_bilevel);
#elif CODEC == 2
  const size_t state = sizeof(scribe_lossless);
#else
  const size_t state = sizeof(scribe_ink);
#endif
  print_number((uint32_t)length);
  print_number(count);
  print_number((uint32_t)state);
  const uint32_t exit_block[2] = {0x20026, 0};
  semihosting(0x20, exit_block);
  for (;;) {
  }
}

extern uint32_t bss_start[], bss_end[];

void reset(void) {
  for (uint32_t *at = bss_start; at < bss_end; at++) *at = 0;
  run();
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[2] = {
    0x20020000, (uintptr_t)reset};

__asm__(".section .rodata\n.global page\n.global page_end\npage:\n.incbin \"" PAGE
        "\"\npage_end:\n");
