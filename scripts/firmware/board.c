#include "board.h"

extern uint32_t data_start, data_end, data_image, bss_start, bss_end, stack_top;

void reset(void);
void fault(void);

enum { SYS_OPEN = 0x01, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_READ = 0x06,
       SYS_GET_CMDLINE = 0x15, SYS_EXIT_EXTENDED = 0x20 };

static uint32_t host(uint32_t operation, const void *arguments) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = arguments;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void board_exit(int code) {
  const uint32_t block[] = {0x20026, (uint32_t)code};
  for (;;) host(SYS_EXIT_EXTENDED, block);
}

int board_open(const char *name, int write) {
  size_t length = 0;
  while (name[length] != '\0') length++;
  const uint32_t block[] = {(uint32_t)name, write ? 5 : 1, length};
  return (int)host(SYS_OPEN, block);
}

size_t board_read(int file, void *bytes, size_t count) {
  const uint32_t block[] = {(uint32_t)file, (uint32_t)bytes, count};
  return host(SYS_READ, block);
}

size_t board_write(int file, const void *bytes, size_t count) {
  const uint32_t block[] = {(uint32_t)file, (uint32_t)bytes, count};
  return host(SYS_WRITE, block);
}

void board_arguments(char *text, size_t size) {
  const uint32_t block[] = {(uint32_t)text, size};
  if (host(SYS_GET_CMDLINE, block) != 0) text[0] = '\0';
}

void board_print(const char *text) { host(SYS_WRITE0, text); }

void board_print_number(uint32_t number) {
  char text[11];
  size_t at = sizeof text - 1;
  text[at] = '\0';
  do {
    text[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  board_print(text + at);
}

static volatile uint32_t *const tim2 = (volatile uint32_t *)0x40000000;

uint32_t board_instructions(void) { return tim2[0x24 / 4]; }

#define STACK_PATTERN 0xC0DEC0DEu

static uintptr_t marked;

static uintptr_t stack_pointer(void) {
  uintptr_t at;
  __asm__ volatile("mov %0, sp" : "=r"(at));
  return at;
}

void board_mark_stack(void) {
  marked = stack_pointer();
  for (uintptr_t at = (uintptr_t)&bss_end; at < marked; at += 4) {
    *(volatile uint32_t *)at = STACK_PATTERN;
  }
}

uint32_t board_used_stack(void) {
  uintptr_t at = (uintptr_t)&bss_end;
  while (at < marked && *(volatile uint32_t *)at == STACK_PATTERN) at += 4;
  return marked - at;
}

void reset(void) {
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* the FPU */
  const uint32_t *from = &data_image;
  for (uint32_t *to = &data_start; to < &data_end; to++) *to = *from++;
  for (uint32_t *to = &bss_start; to < &bss_end; to++) *to = 0;
  tim2[0x2C / 4] = 0xFFFFFFFFu;
  tim2[0] = 1;
  board_exit(board_main());
}

void fault(void) {
  board_print("fault\n");
  board_exit(70);
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)&stack_top, (uintptr_t)reset, (uintptr_t)fault, (uintptr_t)fault,
    (uintptr_t)fault,      (uintptr_t)fault, (uintptr_t)fault};
