#include "semihosting.h"

#include <string.h>

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE0 = 0x04, SYS_READ = 0x06, SYS_SEEK = 0x0A,
       SYS_FLEN = 0x0C, SYS_GET_CMDLINE = 0x15, SYS_EXIT_EXTENDED = 0x20 };

static uint32_t call(uint32_t operation, const void *arguments) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = arguments;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void semihosting_exit(int code) {
  const uint32_t block[] = {0x20026, (uint32_t)code};
  for (;;) call(SYS_EXIT_EXTENDED, block);
}

void semihosting_print(const char *text) { call(SYS_WRITE0, text); }

int semihosting_open(const char *name) {
  const uint32_t block[] = {(uint32_t)name, 1 /* rb */, strlen(name)};
  return (int)call(SYS_OPEN, block);
}

int32_t semihosting_length(int file) {
  const uint32_t block[] = {(uint32_t)file};
  return (int32_t)call(SYS_FLEN, block);
}

int semihosting_read(int file, void *bytes, size_t count) {
  const uint32_t block[] = {(uint32_t)file, (uint32_t)bytes, count};
  return call(SYS_READ, block) == 0;
}

int semihosting_seek(int file, uint32_t offset) {
  const uint32_t block[] = {(uint32_t)file, offset};
  return call(SYS_SEEK, block) == 0;
}

void semihosting_close(int file) {
  const uint32_t block[] = {(uint32_t)file};
  call(SYS_CLOSE, block);
}

void semihosting_arguments(char *text, size_t size) {
  const uint32_t block[] = {(uint32_t)text, size};
  text[0] = '\0';
  if (call(SYS_GET_CMDLINE, block) != 0) text[0] = '\0';
}
