#include "image/train_internal.h"

#include <math.h>

/* One part whose gradients lie in `a` and, with two replicas, `b`. */
static void apply(const AdamStep *adam, size_t from, size_t to) {
    const float beta1 = adam->beta1, beta2 = adam->beta2, epsilon = adam->epsilon, scale = adam->scale;
    const float correct1 = (float)(1.0 / (1.0 - pow(beta1, (double)adam->step)));
    const float correct2 = (float)(1.0 / (1.0 - pow(beta2, (double)adam->step)));
    const float rate = adam->learning_rate, keep = 1.0f - adam->learning_rate * adam->decay;
    float *restrict w = adam->parameters, *restrict m = adam->first, *restrict v = adam->second;
    float *restrict u = adam->updates;
#pragma omp simd
    for (size_t i = from; i < to; i++) {
        float g = scale * u[i];
        u[i] = 0;
        m[i] = beta1 * m[i] + (1.0f - beta1) * g;
        v[i] = beta2 * v[i] + (1.0f - beta2) * g * g;
        w[i] = keep * w[i] - rate * (m[i] * correct1) / (sqrtf(v[i] * correct2) + epsilon);
    }
}

/* Blocks small enough to stay in the first cache between the sum over replicas and the step. */
void adam_apply(const AdamStep *adam, size_t from, size_t to) {
    enum { BLOCK = 1024 };
    for (size_t at = from; at < to; at += BLOCK) {
        size_t end = at + BLOCK < to ? at + BLOCK : to;
        for (int r = 1; r < adam->replicas; r++) {
            float *restrict sum = adam->updates, *restrict more = adam->updates + (size_t)r * adam->stride;
#pragma omp simd
            for (size_t i = at; i < end; i++) {
                sum[i] += more[i];
                more[i] = 0;
            }
        }
        apply(adam, at, end);
    }
}
