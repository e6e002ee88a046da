/* What infer.c needs of a board, on the machine at hand: to run the same program under the
 * sanitizers. There is nothing to count instructions with. */
#include "board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *files[8];
static int file_count;
static int argument_count;
static char **argument_values;

int main(int count, char **values) {
  argument_count = count;
  argument_values = values;
  return board_main();
}

void board_exit(int code) { exit(code); }

int board_open(const char *name, int write) {
  FILE *file = file_count < 8 ? fopen(name, write ? "wb" : "rb") : NULL;
  if (file == NULL) return -1;
  files[file_count] = file;
  return file_count++;
}

size_t board_read(int file, void *bytes, size_t count) {
  return count - fread(bytes, 1, count, files[file]);
}

size_t board_write(int file, const void *bytes, size_t count) {
  const size_t written = fwrite(bytes, 1, count, files[file]);
  return fflush(files[file]) == 0 ? count - written : count;
}

void board_arguments(char *text, size_t size) {
  text[0] = '\0';
  for (int i = 0; i < argument_count; i++) {
    if (strlen(text) + strlen(argument_values[i]) + 2 > size) exit(3);
    if (i > 0) strcat(text, " ");
    strcat(text, argument_values[i]);
  }
}

void board_print(const char *text) { fputs(text, stdout); }
void board_print_number(uint32_t number) { printf("%lu", (unsigned long)number); }
uint32_t board_instructions(void) { return 0; }
void board_mark_stack(void) {}
uint32_t board_used_stack(void) { return 0; }
