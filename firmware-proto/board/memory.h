/* The sections of memory that data lie in. */
#ifndef MEMORY_H
#define MEMORY_H

/* In the 64 KB that only the core reaches: no DMA. Zero at start, like all else. */
#define IN_CCM __attribute__((section(".ccm")))

#endif
