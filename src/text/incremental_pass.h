/* incremental_pass.h: a sentence through a frozen GPT-2 a few tokens at a time, with a key-value cache: what was
 * computed of earlier tokens is kept, so a further token costs one row of each matrix product. The numbers are those
 * of text_pass_forward over the whole sentence, up to the order of summation.
 *
 *     IncrementalPassSettings settings = {.sentences = 1, .positions = 256, .precision = PRECISION_F32};
 *     IncrementalPass *pass = incremental_pass_new(&network, &settings, error);
 *     incremental_pass_append(pass, x, 1, 32, error);         // 32 tokens at once ("prefill"); x (1, 32, C)
 *     const float *resid = incremental_pass_resid(pass);      // (1, 32, C): logits of row 31 through a TextHead
 *     incremental_pass_append(pass, next, 1, 1, error);       // the 33rd
 *     incremental_pass_truncate(pass, 32, error);             // and forgotten again
 *     incremental_pass_continue(pass, y, 500, 4, error);      // 500 candidates of 4 tokens behind the 32
 *
 * Weights are the packed ones that every pass over the network shares. A cached token takes 8 L C bytes (L layers of
 * a key and a value of C floats; 36 KB at distilgpt2's shape), where a head's width and the positions are rounded up
 * to 16 floats (32 with AVX-512); besides, 32 C bytes for each token of the largest append or continue so far.
 * All sentences have the same number of tokens. */
#ifndef LATENT_DREAM_TEXT_INCREMENTAL_PASS_H
#define LATENT_DREAM_TEXT_INCREMENTAL_PASS_H

#include "text/network.h"

typedef struct IncrementalPassSettings {
    int sentences;  // most sentences cached
    int positions;  // most tokens of each, with those of a continue
    Precision precision;
} IncrementalPassSettings;

typedef struct IncrementalPass IncrementalPass;

/* An error for more positions than the model's context, and for a network that is not causal: there, every token
 * would change what was computed of those before it. The network is borrowed; the pass is freed before
 * text_network_changed. */
IncrementalPass *incremental_pass_new(TextNetwork *network, const IncrementalPassSettings *settings, Error *error);
void incremental_pass_free(IncrementalPass *pass);  // NULL is fine

/* The next n tokens of B sentences, x (B, n, C): token embeddings; position embeddings are added inside. B may change
 * only while nothing is cached. After an error the cache is as before. */
int incremental_pass_append(IncrementalPass *pass, const float *x, int B, int n, Error *error);
/* B candidates of n tokens each, x (B, n, C), behind the same cached tokens of one sentence. Nothing is cached of
 * them: append the one that is chosen. An error where the cache holds several sentences. */
int incremental_pass_continue(IncrementalPass *pass, const float *x, int B, int n, Error *error);
/* RESID_POST of the last layer for the tokens of the last append or continue, (B, n, C), what a TextHead takes; NULL
 * before the first, and after one that failed. Valid until the next one. */
const float *incremental_pass_resid(const IncrementalPass *pass);

/* Tokens cached of each sentence. */
int incremental_pass_count(const IncrementalPass *pass);
/* Keeps the first `count` tokens of each sentence; an error where there are fewer. */
int incremental_pass_truncate(IncrementalPass *pass, int count, Error *error);

#endif
