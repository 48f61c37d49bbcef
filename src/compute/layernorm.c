#include "base/memory.h"
#include "compute/kernels.h"

#include <math.h>
#include <omp.h>

void layernorm_forward(const float *x, const float *weight, const float *bias, float epsilon, size_t rows, size_t C,
                       float *y, float *mean, float *rstd) {
#pragma omp parallel for schedule(static) if (rows * C > 1u << 14)
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * C;
        float *out = y + r * C;
        float sum = 0.0f, squares = 0.0f;
#pragma omp simd reduction(+ : sum)
        for (size_t c = 0; c < C; c++) sum += row[c];
        float m = sum / (float)C;
#pragma omp simd reduction(+ : squares)
        for (size_t c = 0; c < C; c++) squares += (row[c] - m) * (row[c] - m);
        float s = 1.0f / sqrtf(squares / (float)C + epsilon);
#pragma omp simd
        for (size_t c = 0; c < C; c++) out[c] = (row[c] - m) * s * weight[c] + bias[c];
        if (mean) mean[r] = m;
        if (rstd) rstd[r] = s;
    }
}

void layernorm_backward(const float *dy, const float *x, const float *weight, const float *mean, const float *rstd,
                        size_t rows, size_t C, bool accumulate, float *dx) {
#pragma omp parallel for schedule(static) if (rows * C > 1u << 14)
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * C, *upper = dy + r * C;
        float *lower = dx + r * C;
        float m = mean[r], s = rstd[r], sum = 0.0f, along = 0.0f;
#pragma omp simd reduction(+ : sum, along)
        for (size_t c = 0; c < C; c++) {
            float g = upper[c] * weight[c];
            sum += g;
            along += g * (row[c] - m);
        }
        sum /= (float)C;
        along *= s * s / (float)C;
        if (accumulate) {
#pragma omp simd
            for (size_t c = 0; c < C; c++) lower[c] += s * (upper[c] * weight[c] - sum - (row[c] - m) * along);
        } else {
#pragma omp simd
            for (size_t c = 0; c < C; c++) lower[c] = s * (upper[c] * weight[c] - sum - (row[c] - m) * along);
        }
    }
}

// Each thread sums a fixed range of rows into a block of its own; the blocks are added in the threads' order.
int layernorm_backward_weights(const float *dy, const float *x, const float *mean, const float *rstd, size_t rows,
                               size_t C, float *dweight, float *dbias, Error *error) {
    int threads = omp_get_max_threads();
    float *partial = memory_new((size_t)threads * 2 * C, sizeof *partial, "layer norm gradient", error);
    if (!partial) return -1;
#pragma omp parallel num_threads(threads)
    {
        size_t me = (size_t)omp_get_thread_num(), team = (size_t)omp_get_num_threads();
        float *w = partial + me * 2 * C, *b = w + C;
        for (size_t r = rows * me / team; r < rows * (me + 1) / team; r++) {
            const float *row = x + r * C, *upper = dy + r * C;
            float m = mean[r], s = rstd[r];
#pragma omp simd
            for (size_t c = 0; c < C; c++) {
                w[c] += upper[c] * (row[c] - m) * s;
                b[c] += upper[c];
            }
        }
    }
    for (int t = 0; t < threads; t++) {
        const float *w = partial + (size_t)t * 2 * C, *b = w + C;
        for (size_t c = 0; c < C; c++) {
            dweight[c] += w[c];
            dbias[c] += b[c];
        }
    }
    memory_free(partial);
    return 0;
}
