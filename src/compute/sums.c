#include "base/memory.h"
#include "compute/kernels.h"

#include <math.h>
#include <omp.h>

enum { PARALLEL_FROM = 1 << 14, SQUARES_BLOCK = 1 << 12 };

void bias_add(float *y, const float *bias, size_t rows, size_t C) {
#pragma omp parallel for schedule(static) if (rows * C > PARALLEL_FROM)
    for (size_t r = 0; r < rows; r++) {
        float *row = y + r * C;
#pragma omp simd
        for (size_t c = 0; c < C; c++) row[c] += bias[c];
    }
}

void residual_add(const float *a, const float *b, const float *bias, size_t rows, size_t C, float *sum) {
#pragma omp parallel for schedule(static) if (rows * C > PARALLEL_FROM)
    for (size_t r = 0; r < rows; r++) {
        const float *left = a + r * C, *right = b + r * C;
        float *out = sum + r * C;
        if (bias) {
#pragma omp simd
            for (size_t c = 0; c < C; c++) out[c] = left[c] + (right[c] + bias[c]);
        } else {
#pragma omp simd
            for (size_t c = 0; c < C; c++) out[c] = left[c] + right[c];
        }
    }
}

void values_add(float *y, const float *x, size_t count) {
#pragma omp parallel for simd schedule(static) if (count > PARALLEL_FROM)
    for (size_t i = 0; i < count; i++) y[i] += x[i];
}

int bias_backward(const float *dy, size_t rows, size_t C, float *dbias, Error *error) {
    int threads = omp_get_max_threads();
    float *partial = memory_new((size_t)threads * C, sizeof *partial, "bias gradient", error);
    if (!partial) return -1;
#pragma omp parallel num_threads(threads)
    {
        size_t me = (size_t)omp_get_thread_num(), team = (size_t)omp_get_num_threads();
        float *sums = partial + me * C;
        for (size_t r = rows * me / team; r < rows * (me + 1) / team; r++) {
            const float *row = dy + r * C;
#pragma omp simd
            for (size_t c = 0; c < C; c++) sums[c] += row[c];
        }
    }
    for (int t = 0; t < threads; t++)
        for (size_t c = 0; c < C; c++) dbias[c] += partial[(size_t)t * C + c];
    memory_free(partial);
    return 0;
}

double squares_sum(const float *values, size_t count) {
    size_t blocks = (count + SQUARES_BLOCK - 1) / SQUARES_BLOCK;
    double total = 0.0;
    // Blocks are summed in parallel a strip at a time and added in their order: the same sum for any thread count.
    enum { STRIP = 256 };
    double sums[STRIP];
    for (size_t first = 0; first < blocks; first += STRIP) {
        size_t many = blocks - first < STRIP ? blocks - first : STRIP;
#pragma omp parallel for schedule(static)
        for (size_t b = 0; b < many; b++) {
            size_t begin = (first + b) * SQUARES_BLOCK;
            size_t end = begin + SQUARES_BLOCK < count ? begin + SQUARES_BLOCK : count;
            float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
            for (size_t i = begin; i < end; i++) sum += values[i] * values[i];
            sums[b] = sum;
        }
        for (size_t b = 0; b < many; b++) total += sums[b];
    }
    return total;
}

void adamw_update(float *weights, const float *gradients, float *first, float *second, size_t count,
                  const AdamWSettings *settings, float gradient_scale, long step) {
    float beta1 = settings->beta1, beta2 = settings->beta2, epsilon = settings->epsilon;
    float correct1 = (float)(1.0 / (1.0 - pow(beta1, (double)step)));
    float correct2 = (float)(1.0 / (1.0 - pow(beta2, (double)step)));
    float rate = settings->learning_rate, keep = 1.0f - settings->learning_rate * settings->weight_decay;
#pragma omp parallel for simd schedule(static) if (count > PARALLEL_FROM)
    for (size_t i = 0; i < count; i++) {
        float g = gradients[i] * gradient_scale;
        float m = beta1 * first[i] + (1.0f - beta1) * g;
        float v = beta2 * second[i] + (1.0f - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        weights[i] = keep * weights[i] - rate * (m * correct1) / (sqrtf(v * correct2) + epsilon);
    }
}
