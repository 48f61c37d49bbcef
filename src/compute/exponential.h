/* exponential.h: exp and tanh as short polynomials that the compiler turns into vector code.
 *
 * exp: 2^n times a Taylor polynomial of degree 6 on |r| <= ln(2)/2; relative error below 3e-7 where the result is
 * a normal number, 0 below -87.3. */
#ifndef LATENT_DREAM_COMPUTE_EXPONENTIAL_H
#define LATENT_DREAM_COMPUTE_EXPONENTIAL_H

#include <stdint.h>
#include <string.h>

static inline float exponential(float x) {
    float bounded = x > 88.0f ? 88.0f : x;
    bounded = bounded < -87.3f ? -87.3f : bounded;
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, which then stands in the low bits.
    float shifted = bounded * 1.44269504f + 12582912.0f;
    float n = shifted - 12582912.0f;
    float r = bounded - n * 0.693145752f;  // ln 2 in two parts
    r = r - n * 1.42860677e-6f;
    float p = 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (int32_t)((uint32_t)(bits + 127) << 23);
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return x < -87.3f ? 0.0f : p * scale;
}

/* tanh(x) = 1 - 2 / (exp(2x) + 1); near 0, where that cancels, the absolute error stays below 2e-7. */
static inline float hyperbolic_tangent(float x) { return 1.0f - 2.0f / (exponential(2.0f * x) + 1.0f); }

#endif
