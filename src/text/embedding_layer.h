/* embedding_layer.h: [embedding]: token ids to vectors, plus learned positions. */
#ifndef LATENT_DREAM_TEXT_EMBEDDING_LAYER_H
#define LATENT_DREAM_TEXT_EMBEDDING_LAYER_H

#include <stddef.h>

/* x (B, T, C) = tokens[ids] + positions[t]; tokens (V, C), positions (context, C). Ids are within the vocabulary. */
void embedding_layer_forward(const float *tokens, const float *positions, const int *ids, size_t B, size_t T,
                             size_t C, float *x);
/* x (B, T, C) = embeddings + positions[t]. */
void embedding_layer_add_positions(const float *embeddings, const float *positions, size_t B, size_t T, size_t C,
                                   float *x);
/* dtokens (V, C) and dpositions (context, C) += the gradients, in the order of the rows. */
void embedding_layer_backward_weights(const float *dx, const int *ids, size_t B, size_t T, size_t C, float *dtokens,
                                      float *dpositions);

#endif
