#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks of HUGE_FROM bytes and more lie on huge pages where the system has them: a large training runs about a
 * twentieth faster. Smaller ones would waste too much of theirs. */
enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20, HUGE_FROM = 16 << 20 };

static atomic_long allocations_left;  // 0: fault injection is off; -1: every allocation fails

static int allocation_must_fail(void) {
    long left = atomic_load(&allocations_left);
    if (left == 0) return 0;
    if (left < 0) return 1;
    if (atomic_fetch_sub(&allocations_left, 1) == 1) atomic_store(&allocations_left, -1);
    return atomic_load(&allocations_left) < 0;
}

void memory_fail_after(long n) { atomic_store(&allocations_left, n); }

static void *block_new(size_t count, size_t size, bool zeroed, const char *what, Error *error) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - HUGE_PAGE) {
        error_set(error, "%s: %zu x %zu bytes do not fit into memory", what, count, size);
        return NULL;
    }
    size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded == 0) rounded = ALIGNMENT;
    size_t alignment = rounded < HUGE_FROM ? ALIGNMENT : HUGE_PAGE;
    void *block = NULL;
    if (allocation_must_fail() || posix_memalign(&block, alignment, rounded) != 0) {
        error_set(error, "%s: out of memory, %zu bytes asked for", what, bytes);
        return NULL;
    }
    if (alignment == HUGE_PAGE) madvise(block, rounded, MADV_HUGEPAGE);
    if (zeroed) memset(block, 0, rounded);
    return block;
}

void *memory_new(size_t count, size_t size, const char *what, Error *error) {
    return block_new(count, size, true, what, error);
}

void *memory_scratch(size_t count, size_t size, const char *what, Error *error) {
    return block_new(count, size, false, what, error);
}

void *memory_grow(void *block, size_t old_bytes, size_t count, size_t size, const char *what, Error *error) {
    void *grown = memory_new(count, size, what, error);
    if (!grown) return NULL;
    size_t new_bytes = count * size;
    if (block) memcpy(grown, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    memory_free(block);
    return grown;
}

void memory_free(void *block) { free(block); }

char *memory_text(const char *text, Error *error) {
    size_t bytes = strlen(text) + 1;
    char *copy = memory_new(bytes, 1, "text", error);
    if (copy) memcpy(copy, text, bytes);
    return copy;
}
