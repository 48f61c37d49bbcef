/* bpe.h: byte-pair merging of one piece of text (Sennrich et al. 2016; on bytes as in GPT-2).
 *
 * The pair with the lowest rank merges first, the leftmost among equals, until no pair has a rank. A heap of
 * (rank, position) over a linked list of symbols: n log n for a piece of n bytes. */
#ifndef LATENT_DREAM_TEXT_BPE_H
#define LATENT_DREAM_TEXT_BPE_H

#include "base/error.h"
#include "text/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

/* Room for one piece; grows as needed. Starts as {0}. */
typedef struct BpeScratch {
    struct BpeSymbol *symbols;
    uint64_t *heap;
    size_t capacity;  // bytes of a piece
    size_t heap_count;
} BpeScratch;

void bpe_scratch_free(BpeScratch *scratch);

/* Writes the ids of a piece to ids[size], at most one a byte, and how many to *count. size < 2^31. */
int bpe_encode(const Vocabulary *vocabulary, BpeScratch *scratch, const char *piece, size_t size, int *ids,
               size_t *count, Error *error);

#endif
