#include "compute/exponential.h"
#include "compute/kernels.h"

static const float ROOT_TWO_OVER_PI = 0.7978845608f, CUBIC = 0.044715f;

enum { PARALLEL_FROM = 1 << 14 };

static inline float gelu(float x) {
    float t = hyperbolic_tangent(ROOT_TWO_OVER_PI * (x + CUBIC * x * x * x));
    return 0.5f * x * (1.0f + t);
}

static inline float gelu_slope(float x) {
    float t = hyperbolic_tangent(ROOT_TWO_OVER_PI * (x + CUBIC * x * x * x));
    return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * ROOT_TWO_OVER_PI * (1.0f + 3.0f * CUBIC * x * x);
}

void gelu_forward(const float *x, size_t count, float *y) {
#pragma omp parallel for simd schedule(static) if (count > PARALLEL_FROM)
    for (size_t i = 0; i < count; i++) y[i] = gelu(x[i]);
}

void gelu_backward(const float *dy, const float *x, size_t count, float *dx) {
#pragma omp parallel for simd schedule(static) if (count > PARALLEL_FROM)
    for (size_t i = 0; i < count; i++) dx[i] = dy[i] * gelu_slope(x[i]);
}

void bias_gelu(float *pre, const float *bias, size_t rows, size_t C, float *post) {
#pragma omp parallel for schedule(static) if (rows * C > PARALLEL_FROM)
    for (size_t r = 0; r < rows; r++) {
        float *before = pre + r * C, *after = post + r * C;
#pragma omp simd
        for (size_t c = 0; c < C; c++) {
            float value = before[c] + bias[c];
            before[c] = value;
            after[c] = gelu(value);
        }
    }
}
