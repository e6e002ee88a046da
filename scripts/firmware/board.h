/* What a bare chip needs to run a program in QEMU: start-up, semihosting for files and the exit
 * code, and a counter of instructions. The machines are those of chips.json: an STM32F405, Arm's
 * MPS2 with a Cortex-M3 or newer, an nRF51 (Cortex-M0), and RISC-V. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

/* The program: called after start-up, its result is the exit code. */
int board_main(void);

/* Ends the emulation with this exit code. */
__attribute__((noreturn)) void board_exit(int code);

/* Files of the host. `open_file` returns a handle, or -1; the others the number of bytes that were
 * left undone. */
int board_open(const char *name, int write);
size_t board_read(int file, void *bytes, size_t count);
size_t board_write(int file, const void *bytes, size_t count);

/* The host's arguments after the program's name, parted by spaces. */
void board_arguments(char *text, size_t size);

void board_print(const char *text);
void board_print_number(uint32_t number);

/* Prints a line of a name and a number. */
static inline void board_value(const char *name, uint32_t number) {
  board_print(name);
  board_print(" ");
  board_print_number(number);
  board_print("\n");
}

/* Takes the next word of the arguments off. */
static inline char *board_word(char **text) {
  while (**text == ' ') (*text)++;
  char *start = *text;
  while (**text != ' ' && **text != '\0') (*text)++;
  if (**text == ' ') *(*text)++ = '\0';
  return start;
}

/* Instructions since reset, with the -icount that chips.json names. */
uint32_t board_instructions(void);

/* Fills the free stack with a pattern; the most bytes that were used since. */
void board_mark_stack(void);
uint32_t board_used_stack(void);

#endif
