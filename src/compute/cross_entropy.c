#include "compute/exponential.h"
#include "compute/kernels.h"

#include <math.h>

// Turns a row into exp(row - max) and returns the sum of those; *max receives the largest value.
static float exponentials(float *row, size_t V, float *max) {
    float largest = row[0], sum = 0.0f;
#pragma omp simd reduction(max : largest)
    for (size_t v = 0; v < V; v++) largest = row[v] > largest ? row[v] : largest;
#pragma omp simd reduction(+ : sum)
    for (size_t v = 0; v < V; v++) {
        float e = exponential(row[v] - largest);
        row[v] = e;
        sum += e;
    }
    *max = largest;
    return sum;
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
            if (gradient) row_scale(row, V, 0.0f);
            continue;
        }
        float target = row[targets[r]], max;
        float sum = exponentials(row, V, &max);
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
        float *row = logits + r * V, factor = scale ? scale[r] : 1.0f, max = row[0], total = 0.0f, loss = 0.0f;
        for (size_t v = 0; v < V; v++) max = row[v] > max ? row[v] : max;
        float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
        for (size_t v = 0; v < V; v++) sum += exponential(row[v] - max);
        float logsum = logf(sum) + max;
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
        float max, sum = exponentials(values + r * V, V, &max);
        row_scale(values + r * V, V, 1.0f / sum);
    }
}
