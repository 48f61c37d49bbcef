#include "text/embedding_layer.h"

void embedding_layer_forward(const float *tokens, const float *positions, const int *ids, size_t B, size_t T,
                             size_t C, float *x) {
#pragma omp parallel for schedule(static) if (B * T * C > 1u << 14)
    for (size_t r = 0; r < B * T; r++) {
        const float *token = tokens + (size_t)ids[r] * C, *position = positions + r % T * C;
        float *row = x + r * C;
#pragma omp simd
        for (size_t c = 0; c < C; c++) row[c] = token[c] + position[c];
    }
}

void embedding_layer_add_positions(const float *embeddings, const float *positions, size_t B, size_t T, size_t C,
                                   float *x) {
#pragma omp parallel for schedule(static) if (B * T * C > 1u << 14)
    for (size_t r = 0; r < B * T; r++) {
        const float *row = embeddings + r * C, *position = positions + r % T * C;
        float *out = x + r * C;
#pragma omp simd
        for (size_t c = 0; c < C; c++) out[c] = row[c] + position[c];
    }
}

// Two rows may hold the same token, so threads share the work by columns: each adds the rows in their order.
void embedding_layer_backward_weights(const float *dx, const int *ids, size_t B, size_t T, size_t C, float *dtokens,
                                      float *dpositions) {
    enum { COLUMNS = 64 };
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < C; first += COLUMNS) {
        size_t end = first + COLUMNS < C ? first + COLUMNS : C;
        for (size_t r = 0; r < B * T; r++) {
            const float *row = dx + r * C;
            float *token = dtokens + (size_t)ids[r] * C, *position = dpositions + r % T * C;
#pragma omp simd
            for (size_t c = first; c < end; c++) {
                token[c] += row[c];
                position[c] += row[c];
            }
        }
    }
}
