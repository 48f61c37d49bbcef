#include "compute/exponential.h"
#include "compute/kernels.h"

#include <math.h>
#include <string.h>

// A long row is summed in blocks, so that rounding does not grow with the vocabulary.
enum { SUM_BLOCK = 512 };

static float row_max(const float *row, size_t V) {
    float largest = row[0];
#pragma omp simd reduction(max : largest)
    for (size_t v = 0; v < V; v++) largest = row[v] > largest ? row[v] : largest;
    return largest;
}

// out = exp(row - shift), or nothing is kept where out is NULL; returns the sum. out may be row.
static float exponentials_sum(const float *row, size_t V, float shift, float *out) {
    float total = 0.0f;
    for (size_t first = 0; first < V; first += SUM_BLOCK) {
        size_t end = first + SUM_BLOCK < V ? first + SUM_BLOCK : V;
        float sum = 0.0f;
        if (out) {
#pragma omp simd reduction(+ : sum)
            for (size_t v = first; v < end; v++) {
                float e = exponential(row[v] - shift);
                out[v] = e;
                sum += e;
            }
        } else {
#pragma omp simd reduction(+ : sum)
            for (size_t v = first; v < end; v++) sum += exponential(row[v] - shift);
        }
        total += sum;
    }
    return total;
}

static void row_scale(float *row, size_t V, float factor) {
#pragma omp simd
    for (size_t v = 0; v < V; v++) row[v] *= factor;
}

void cross_entropy(float *logits, const int *targets, const float *scale, size_t rows, size_t V, bool gradient,
                   float *losses) {
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < rows; r++) {
        float *row = logits + r * V;
        losses[r] = 0.0f;
        if (targets[r] < 0) {
            if (gradient) memset(row, 0, V * sizeof *row);
            continue;
        }
        float target = row[targets[r]], max = row_max(row, V);
        float sum = exponentials_sum(row, V, max, gradient ? row : NULL);
        losses[r] = logf(sum) + max - target;
        if (gradient) {
            float factor = scale ? scale[r] : 1.0f;
            row_scale(row, V, factor / sum);
            row[targets[r]] -= factor;
        }
    }
}

void cross_entropy_soft(float *logits, const int *targets, const float *weights, const float *scale, size_t rows,
                        size_t V, size_t K, bool gradient, float *losses, float *dweights) {
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < rows; r++) {
        float *row = logits + r * V, factor = scale ? scale[r] : 1.0f, max = row_max(row, V), total = 0.0f,
              loss = 0.0f;
        float logsum = logf(exponentials_sum(row, V, max, NULL)) + max;
        for (size_t k = 0; k < K; k++) {
            int target = targets[r * K + k];
            float surprise = target < 0 ? 0.0f : logsum - row[target];
            if (target >= 0) total += weights[r * K + k];
            loss += weights[r * K + k] * surprise;
            if (dweights) dweights[r * K + k] = surprise * factor;
        }
        losses[r] = loss;
        if (!gradient) continue;
        float share = factor * total;
#pragma omp simd
        for (size_t v = 0; v < V; v++) row[v] = share * exponential(row[v] - logsum);
        for (size_t k = 0; k < K; k++)
            if (targets[r * K + k] >= 0) row[targets[r * K + k]] -= factor * weights[r * K + k];
    }
}

void softmax_rows(float *values, size_t rows, size_t V) {
#pragma omp parallel for schedule(static) if (rows * V > 1u << 14)
    for (size_t r = 0; r < rows; r++) {
        float *row = values + r * V;
        float sum = exponentials_sum(row, V, row_max(row, V), row);
        row_scale(row, V, 1.0f / sum);
    }
}
