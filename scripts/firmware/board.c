#include "board.h"

extern uint32_t data_start, data_end, data_image, bss_start, bss_end, stack_top;

void reset(void);
void fault(void);

enum { SYS_OPEN = 0x01, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_READ = 0x06,
       SYS_GET_CMDLINE = 0x15, SYS_EXIT_EXTENDED = 0x20 };

#ifdef __riscv
static uint32_t host(uint32_t operation, const void *arguments) {
  register uint32_t a0 __asm__("a0") = operation;
  register const void *a1 __asm__("a1") = arguments;
  /* Three uncompressed instructions in one page are the call. */
  __asm__ volatile(
      ".option push\n.option norvc\n.balign 16\nslli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n"
      ".option pop"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
}
#else
static uint32_t host(uint32_t operation, const void *arguments) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = arguments;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}
#endif

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

#ifdef __riscv
static void start_counter(void) {}

uint32_t board_instructions(void) {
  uint32_t count;
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, minstret\n.option pop"
                   : "=r"(count));
  return count;
}
#elif defined(BOARD_STM32)
static volatile uint32_t *const tim2 = (volatile uint32_t *)0x40000000;

static void start_counter(void) {
  tim2[0x2C / 4] = 0xFFFFFFFFu;
  tim2[0] = 1;
}

uint32_t board_instructions(void) { return tim2[0x24 / 4]; }
#else
#ifdef BOARD_NRF51
/* TIMER0, 32 bits at 16 MHz; a capture makes the count readable. */
static void start_counter(void) {
  *(volatile uint32_t *)(BOARD_COUNTER + 0x508) = 3;
  *(volatile uint32_t *)(BOARD_COUNTER + 0x510) = 0;
  *(volatile uint32_t *)BOARD_COUNTER = 1;
}

static uint32_t counter(void) {
  *(volatile uint32_t *)(BOARD_COUNTER + 0x40) = 1;
  return *(volatile uint32_t *)(BOARD_COUNTER + 0x540);
}
#else
/* The counter of MPS2's FPGA, which goes on with the board's clock. */
static void start_counter(void) {}

static uint32_t counter(void) { return *(volatile uint32_t *)BOARD_COUNTER; }
#endif

/* With -icount shift=6 an instruction takes 64 ns and a tick BOARD_PERIOD quarters of one, which
 * is less: no instruction is lost. 64 bits, since 32 would wrap. */
uint32_t board_instructions(void) {
  static uint32_t last;
  static uint64_t ticks;
  const uint32_t now = counter();
  ticks += now - last;
  last = now;
  return (uint32_t)(ticks * BOARD_PERIOD / 256);
}
#endif

#define STACK_PATTERN 0xC0DEC0DEu

static uintptr_t marked;

static uintptr_t stack_pointer(void) {
  uintptr_t at;
#ifdef __riscv
  __asm__ volatile("mv %0, sp" : "=r"(at));
#else
  __asm__ volatile("mov %0, sp" : "=r"(at));
#endif
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

static void start(void) {
  const uint32_t *from = &data_image;
  for (uint32_t *to = &data_start; to < &data_end; to++) *to = *from++;
  for (uint32_t *to = &bss_start; to < &bss_end; to++) *to = 0;
  start_counter();
  board_exit(board_main());
}

#ifdef __riscv
__attribute__((naked, section(".vectors"), used)) void reset(void) {
  __asm__ volatile(
      ".option push\n.option norelax\nla gp, __global_pointer$\n.option pop\n"
      ".option push\n.option arch, +zicsr\n"
      "la sp, stack_top\nla t0, fault\ncsrw mtvec, t0\n"
      "li t0, 0x6000\ncsrs mstatus, t0\n" /* the FPU */
      ".option pop\nj %0" ::"i"(start));
}

/* Called by its address, which is a multiple of four. */
__attribute__((aligned(4))) void fault(void) {
  board_print("fault\n");
  board_exit(70);
}
#else
void reset(void) {
#ifdef __ARM_FP
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* the FPU */
#endif
  start();
}

void fault(void) {
  board_print("fault\n");
  board_exit(70);
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)&stack_top, (uintptr_t)reset, (uintptr_t)fault, (uintptr_t)fault,
    (uintptr_t)fault,      (uintptr_t)fault, (uintptr_t)fault};
#endif
