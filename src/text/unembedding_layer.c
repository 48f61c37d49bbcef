#include "text/unembedding_layer.h"

#include "base/memory.h"
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

static int weight_gradient(const UnembeddingLayer *layer, const float *dlogits, const float *x, size_t rows,
                           float *dweight, Error *error) {
    size_t C = layer->width, V = layer->vocabulary;
    if (layer->precision == PRECISION_BF16 && matmul_bf16_native())
        return matmul_bf16(true, false, V, C, rows, dlogits, x, true, dweight, error);
    return matmul(true, false, V, C, rows, dlogits, V, x, C, 1.0f, dweight, C, error);
}

/* `rounded` (min(rows, chunk), C): where packed weights do not round what they multiply, it is rounded here; NULL
 * where they do, or where nothing is rounded. */
static int chunks_loss(const UnembeddingLayer *layer, const float *x, size_t rows, const UnembeddingTargets *targets,
                       float *logits, float *rounded, float *losses, float *dx, float *dweights, float *dweight,
                       Error *error) {
    size_t chunk = unembedding_layer_chunk(layer), C = layer->width, V = layer->vocabulary, K = targets->K;
    bool gradient = dx || dweight;
    for (size_t first = 0; first < rows; first += chunk) {
        size_t count = rows - first < chunk ? rows - first : chunk;
        const float *scale = targets->scale ? targets->scale + first : NULL;
        const float *operand = x + first * C;
        if (rounded) {
            matmul_round_bf16(operand, count * C, rounded);
            operand = rounded;
        }
        if (unembedding_layer_forward(layer, operand, count, logits, error) != 0) return -1;
        if (targets->weights)
            cross_entropy_soft(logits, targets->ids + first * K, targets->weights + first * K, scale, count, V, K,
                               gradient, losses + first, dweights ? dweights + first * K : NULL);
        else
            cross_entropy(logits, targets->ids + first, scale, count, V, gradient, losses + first);
        if (rounded && gradient) matmul_round_bf16(logits, count * V, logits);
        if (dweight && weight_gradient(layer, logits, operand, count, dweight, error) != 0) return -1;
        if (dx && hidden_gradient(layer, logits, count, dx + first * C, error) != 0) return -1;
    }
    return 0;
}

int unembedding_layer_loss(const UnembeddingLayer *layer, const float *x, size_t rows,
                           const UnembeddingTargets *targets, float *logits, float *losses, float *dx,
                           float *dweights, float *dweight, Error *error) {
    if (layer->packed || layer->precision == PRECISION_F32)
        return chunks_loss(layer, x, rows, targets, logits, NULL, losses, dx, dweights, dweight, error);
    UnembeddingLayer own = *layer;
    size_t C = layer->width, chunk = unembedding_layer_chunk(layer);
    own.packed = packed_matrix_new(layer->weight, NUMBER_F32, C, layer->vocabulary, true, layer->precision, error);
    bool rounds = !matmul_bf16_native();
    float *rounded =
        rounds ? memory_new((rows < chunk ? rows : chunk) * C, sizeof *rounded, "rounded operands", error) : NULL;
    int status = -1;
    if (own.packed && (rounded || !rounds))
        status = chunks_loss(&own, x, rows, targets, logits, rounded, losses, dx, dweights, dweight, error);
    memory_free(rounded);
    packed_matrix_free(own.packed);
    return status;
}
