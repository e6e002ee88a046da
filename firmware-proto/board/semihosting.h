/* Files, arguments and the exit code of the machine that emulates the board. Only in programs
 * built with BOARD_SEMIHOSTING=1: without a debugger the calls are faults. */
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stddef.h>
#include <stdint.h>

__attribute__((noreturn)) void semihosting_exit(int code);

void semihosting_print(const char *text);

/* A handle to read from, or -1. */
int semihosting_open(const char *name);
/* Bytes in the file, or -1. */
int32_t semihosting_length(int file);
/* True if all `count` bytes came. */
int semihosting_read(int file, void *bytes, size_t count);
int semihosting_seek(int file, uint32_t offset);
void semihosting_close(int file);

/* The arguments, parted by spaces; the first is the program's name. */
void semihosting_arguments(char *text, size_t size);

#endif
