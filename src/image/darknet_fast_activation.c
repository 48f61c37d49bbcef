/* libdarknet's activation functions: the three that networks here use most, vectorised; the rest are its own. */
#include "image/darknet_fast.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

/* exp(x) by exp(x) = 2^k exp(r), |r| <= ln 2 / 2, with the Taylor polynomial of degree 7 (relative error below 1e-7).
 * Arguments beyond +-87 give what +-87 gives, so nothing overflows; NaN gives NaN. */
static inline float exponential(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 87.0f ? 87.0f : x;
    const float ROUNDER = 12582912.0f; /* 1.5 * 2^23: adding and taking it away rounds to an integer */
    float k = (x * 1.44269504f + ROUNDER) - ROUNDER;
    float r = x - k * 0.693145752f - k * 1.42860677e-6f; /* ln 2 in two parts */
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    union {
        int32_t bits;
        float value;
    } power = {.bits = ((int32_t)(k == k ? k : 0.0f) + 127) << 23};
    return p * power.value;
}

void activate_array(float *x, const int n, const ACTIVATION activation) {
    if (darknet_is_stock()) {
        darknet_library.activate_array(x, n, activation);
        return;
    }
    switch (activation) {
        case LINEAR:
            break;
        case RELU:
#pragma omp simd
            for (int i = 0; i < n; i++) x[i] = x[i] > 0 ? x[i] : 0.0f;
            break;
        case LEAKY:
#pragma omp simd
            for (int i = 0; i < n; i++) x[i] = x[i] > 0 ? x[i] : 0.1f * x[i];
            break;
        case LOGISTIC:
#pragma omp simd
            for (int i = 0; i < n; i++) x[i] = 1.0f / (1.0f + exponential(-x[i]));
            break;
        default:
            darknet_library.activate_array(x, n, activation);
    }
}

void gradient_array(const float *x, const int n, const ACTIVATION activation, float *delta) {
    if (darknet_is_stock()) {
        darknet_library.gradient_array(x, n, activation, delta);
        return;
    }
    switch (activation) {
        case LINEAR:
            break;
        case RELU:
#pragma omp simd
            for (int i = 0; i < n; i++) delta[i] = x[i] > 0 ? delta[i] : 0.0f;
            break;
        case LEAKY:
#pragma omp simd
            for (int i = 0; i < n; i++) delta[i] = x[i] > 0 ? delta[i] : 0.1f * delta[i];
            break;
        case LOGISTIC:
#pragma omp simd
            for (int i = 0; i < n; i++) delta[i] *= (1.0f - x[i]) * x[i];
            break;
        default:
            darknet_library.gradient_array(x, n, activation, delta);
    }
}
