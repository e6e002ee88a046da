/* The fault that stopped the program before the last reset, and the deepest stack. */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>

typedef enum {
  FAULT_HARD = 1, FAULT_MEMORY, FAULT_BUS, FAULT_USAGE, FAULT_INTERRUPT,
  FAULT_STUCK /* the main loop didn't get on: watchdog.h */
} fault_kind;

typedef struct {
  uint32_t magic; /* FAULT_MAGIC if the rest is true */
  uint32_t kind;
  uint32_t status; /* CFSR; of FAULT_STUCK the address where it was */
} fault_record;

#define FAULT_MAGIC 0xFA017EEDu
#define STACK_PAINT 0xC0DEC0DEu

extern fault_record last_fault;

/* Leaves word of it and starts anew. */
__attribute__((noreturn)) void fault_stop(fault_kind kind, uint32_t status);

/* The most bytes of stack that were in use since reset, and how many there are. */
uint32_t stack_used(void);
uint32_t stack_size(void);

#endif
