/* unembedding_layer.h: [unembedding]: the residual stream, normed, times the transposed embedding: logits, and their
 * cross-entropy. Logits exist only for a bounded chunk of rows at a time. */
#ifndef LATENT_DREAM_TEXT_UNEMBEDDING_LAYER_H
#define LATENT_DREAM_TEXT_UNEMBEDDING_LAYER_H

#include "base/error.h"
#include "compute/matmul.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct UnembeddingLayer {
    size_t width, vocabulary;
    const float *weight;   // (V, C); used where packed is NULL
    PackedMatrix *packed;  // borrowed; (C, V)
    Precision precision;   // of the products with `weight`, and of its gradient; packed weights have their own
} UnembeddingLayer;

/* What each row should have predicted. */
typedef struct UnembeddingTargets {
    size_t K;              // candidates a row: 1 with weights NULL is an ordinary token
    const int *ids;        // (rows, K); -1: not counted
    const float *weights;  // (rows, K), or NULL
    const float *scale;    // (rows): factor of each row's loss in what is differentiated; NULL: 1
} UnembeddingTargets;

/* Rows whose logits exist at once. */
size_t unembedding_layer_chunk(const UnembeddingLayer *layer);

/* logits (rows, V) = x (rows, C) W^T. */
int unembedding_layer_forward(const UnembeddingLayer *layer, const float *x, size_t rows, float *logits,
                              Error *error);

/* losses (rows), and where not NULL: dx (rows, C) = gradient of sum(scale * loss); dweights (rows, K) = gradient of
 * the targets' weights; dweight (V, C) += gradient of W. logits is scratch for min(rows, chunk) * V floats. With
 * PRECISION_BF16 all three products take operands rounded to bf16; W is rounded once a call. */
int unembedding_layer_loss(const UnembeddingLayer *layer, const float *x, size_t rows,
                           const UnembeddingTargets *targets, float *logits, float *losses, float *dx,
                           float *dweights, float *dweight, Error *error);

#endif
