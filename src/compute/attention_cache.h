/* attention_cache.h: attention of a sentence's next tokens over the keys and values of those before them, which are
 * computed once and kept: incremental decoding (Shazeer 2019, "Fast Transformer Decoding", section 2.4.1).
 *
 * The cache of one layer lies as the products read it: a head's keys (D, positions), transposed, then its values
 * (positions, D), head after head, sentence after sentence; D = C / H and positions are rounded up to whole vectors.
 */
#ifndef LATENT_DREAM_COMPUTE_ATTENTION_CACHE_H
#define LATENT_DREAM_COMPUTE_ATTENTION_CACHE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct AttentionCache {
    float *block;      // (sentences, attention_cache_size), zeroed at first
    size_t positions;  // most tokens of a sentence
    size_t count;      // tokens cached of each sentence
    bool shared;       // every sentence goes on from the first one's tokens, and nothing is stored
} AttentionCache;

/* Floats of one sentence in one layer. */
size_t attention_cache_size(size_t positions, size_t C, size_t H);

/* softmax(q k^T / sqrt(C/H)) v of n further tokens a sentence: each sees all that is cached and, causal, its own up
 * to itself. qkv (B, n, 3C) as in attention_forward; out (B, n, C). Unless the cache is shared, the tokens' keys and
 * values are stored behind those cached (count + n <= positions); the caller adds n to count. */
int attention_cache_forward(const AttentionCache *cache, const float *qkv, size_t B, size_t n, size_t C, size_t H,
                            float *out, Error *error);

#endif
