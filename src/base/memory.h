/* memory.h: allocation that checks for overflow and reports failure as an Error.
 *
 * Blocks are zeroed, but for memory_scratch's, and aligned to 64 bytes, a cache line and the widest vector register.
 * Free them with memory_free. */
#ifndef LATENT_DREAM_BASE_MEMORY_H
#define LATENT_DREAM_BASE_MEMORY_H

#include "base/error.h"

#include <stddef.h>

/* count * size zeroed bytes; NULL with an error that names `what` when the product overflows or memory
 * is out. A zero-sized request returns a valid pointer. */
void *memory_new(size_t count, size_t size, const char *what, Error *error);

/* The same, not zeroed: for scratch that is written before it is read. */
void *memory_scratch(size_t count, size_t size, const char *what, Error *error);

/* Grows a block made by memory_new from `old_bytes` to count * size bytes, new bytes zeroed; the old
 * block stays valid when NULL is returned. */
void *memory_grow(void *block, size_t old_bytes, size_t count, size_t size, const char *what, Error *error);

void memory_free(void *block);

/* A copy of `text`, freed with memory_free. */
char *memory_text(const char *text, Error *error);

/* Fault injection for tests: the n-th allocation from now on fails (1 is the next one), and every one
 * after it; 0 switches it off. */
void memory_fail_after(long n);

#endif
