/* pieces.h: many buffers in one allocation: laid out once to count, once more to hand out. */
#ifndef LATENT_DREAM_TEXT_PIECES_H
#define LATENT_DREAM_TEXT_PIECES_H

#include <stddef.h>

typedef struct Pieces {
    float *block;  // NULL while counting
    size_t used;
} Pieces;

/* `count` floats that start at a cache line; NULL while counting. */
static inline float *piece(Pieces *pieces, size_t count) {
    float *start = pieces->block ? pieces->block + pieces->used : NULL;
    pieces->used += (count + 15) / 16 * 16;
    return start;
}

#endif
