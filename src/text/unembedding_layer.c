#include "text/unembedding_layer.h"

#include "compute/kernels.h"

enum { CHUNK_FLOATS = 1 << 22 };

size_t unembedding_layer_chunk(const UnembeddingLayer *layer) {
    size_t rows = CHUNK_FLOATS / layer->vocabulary / 16 * 16;
    return rows < 16 ? 16 : rows;
}

int unembedding_layer_forward(const UnembeddingLayer *layer, const float *x, size_t rows, float *logits,
                              Error *error) {
    if (layer->packed) return packed_matrix_forward(layer->packed, x, rows, NULL, logits, error);
    return matmul(false, true, rows, layer->vocabulary, layer->width, x, layer->width, layer->weight, layer->width,
                  0.0f, logits, layer->vocabulary, error);
}

static int hidden_gradient(const UnembeddingLayer *layer, const float *dlogits, size_t rows, float *dx,
                           Error *error) {
    if (layer->packed) return packed_matrix_backward(layer->packed, dlogits, rows, dx, error);
    return matmul(false, false, rows, layer->width, layer->vocabulary, dlogits, layer->vocabulary, layer->weight,
                  layer->width, 0.0f, dx, layer->width, error);
}

int unembedding_layer_loss(const UnembeddingLayer *layer, const float *x, size_t rows,
                           const UnembeddingTargets *targets, float *logits, float *losses, float *dx,
                           float *dweights, float *dweight, Error *error) {
    size_t chunk = unembedding_layer_chunk(layer), C = layer->width, V = layer->vocabulary, K = targets->K;
    bool gradient = dx || dweight;
    for (size_t first = 0; first < rows; first += chunk) {
        size_t count = rows - first < chunk ? rows - first : chunk;
        const float *scale = targets->scale ? targets->scale + first : NULL;
        if (unembedding_layer_forward(layer, x + first * C, count, logits, error) != 0) return -1;
        if (targets->weights)
            cross_entropy_soft(logits, targets->ids + first * K, targets->weights + first * K, scale, count, V, K,
                               gradient, losses + first, dweights ? dweights + first * K : NULL);
        else
            cross_entropy(logits, targets->ids + first, scale, count, V, gradient, losses + first);
        if (dweight && matmul(true, false, V, C, count, logits, V, x + first * C, C, 1.0f, dweight, C, error) != 0)
            return -1;
        if (dx && hidden_gradient(layer, logits, count, dx + first * C, error) != 0) return -1;
    }
    return 0;
}
