#include "text/bpe.h"

#include "base/memory.h"

typedef struct BpeSymbol {
    int id;  // -1: merged into the one before it
    int32_t previous, next;
} BpeSymbol;

void bpe_scratch_free(BpeScratch *scratch) {
    memory_free(scratch->symbols);
    memory_free(scratch->heap);
    *scratch = (BpeScratch){0};
}

/* A piece of n symbols is offered n - 1 pairs at first and two more by each of at most n - 1 merges. */
static int scratch_reserve(BpeScratch *scratch, size_t size, Error *error) {
    if (size <= scratch->capacity) return 0;
    bpe_scratch_free(scratch);
    size_t capacity = size < 256 ? 256 : size;
    scratch->symbols = memory_new(capacity, sizeof *scratch->symbols, "the symbols of a piece of text", error);
    scratch->heap = memory_new(3 * capacity, sizeof *scratch->heap, "the merges of a piece of text", error);
    if (scratch->symbols == NULL || scratch->heap == NULL) {
        bpe_scratch_free(scratch);
        return -1;
    }
    scratch->capacity = capacity;
    return 0;
}

static void heap_push(BpeScratch *scratch, uint64_t entry) {
    uint64_t *heap = scratch->heap;
    size_t at = scratch->heap_count++;
    for (size_t parent; at > 0 && heap[parent = (at - 1) / 2] > entry; at = parent) heap[at] = heap[parent];
    heap[at] = entry;
}

static uint64_t heap_pop(BpeScratch *scratch) {
    uint64_t *heap = scratch->heap, top = heap[0];
    size_t count = --scratch->heap_count, at = 0;
    uint64_t last = heap[count];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= last) break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return top;
}

/* Offers the pair of `left` and the symbol after it. */
static void offer(const Vocabulary *vocabulary, BpeScratch *scratch, int32_t left) {
    const BpeSymbol *symbols = scratch->symbols;
    if (left < 0 || symbols[left].next < 0) return;
    int rank = vocabulary_rank(vocabulary, symbols[left].id, symbols[symbols[left].next].id);
    if (rank >= 0) heap_push(scratch, (uint64_t)rank << 32 | (uint32_t)left);
}

int bpe_encode(const Vocabulary *vocabulary, BpeScratch *scratch, const char *piece, size_t size, int *ids,
               size_t *count, Error *error) {
    *count = 0;
    if (size == 0) return 0;
    if (scratch_reserve(scratch, size, error) != 0) return -1;
    BpeSymbol *symbols = scratch->symbols;
    int32_t last = (int32_t)size - 1;
    for (int32_t i = 0; i <= last; i++) {
        symbols[i] = (BpeSymbol){vocabulary->byte_ids[(unsigned char)piece[i]], i - 1, i < last ? i + 1 : -1};
    }
    scratch->heap_count = 0;
    for (int32_t i = 0; i < last; i++) offer(vocabulary, scratch, i);
    while (scratch->heap_count > 0) {
        uint64_t entry = heap_pop(scratch);
        const Merge *merge = &vocabulary->merges[entry >> 32];
        BpeSymbol *left = &symbols[(uint32_t)entry];
        if (left->id != merge->left || left->next < 0 || symbols[left->next].id != merge->right) continue;
        BpeSymbol *right = &symbols[left->next];
        left->id = merge->result;
        left->next = right->next;
        right->id = -1;
        if (left->next >= 0) symbols[left->next].previous = (int32_t)(left - symbols);
        offer(vocabulary, scratch, left->previous);
        offer(vocabulary, scratch, (int32_t)(left - symbols));
    }
    for (int32_t i = 0; i >= 0; i = symbols[i].next) ids[(*count)++] = symbols[i].id;
    return 0;
}
