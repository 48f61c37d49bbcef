#include "compute/number.h"

#include <math.h>
#include <string.h>

size_t number_size(NumberType type) { return type == NUMBER_F32 ? 4 : 2; }

static float float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t bits_from_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

float float_from_f16(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu, mantissa = half & 0x3ffu;
    if (exponent == 0x1f) return float_from_bits(sign | 0x7f800000u | mantissa << 13);
    if (exponent != 0) return float_from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
    float magnitude = (float)mantissa * 0x1p-24f;  // zero and subnormal numbers
    return sign ? -magnitude : magnitude;
}

uint16_t f16_from_float(float value) {
    uint32_t bits = bits_from_float(value);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);
    if (magnitude >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u);  // 65520 and above round to infinity
    if (magnitude < 0x38800000u)  // below 2^-14: multiples of 2^-24, rounded by the float unit
        return (uint16_t)(sign | (uint16_t)lrintf(float_from_bits(magnitude) * 0x1p24f));
    uint32_t rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u);
    return (uint16_t)(sign | (uint16_t)((rounded - 0x38000000u) >> 13));
}

float float_from_bf16(uint16_t bits) { return float_from_bits((uint32_t)bits << 16); }

uint16_t bf16_from_float(float value) {
    uint32_t bits = bits_from_float(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

void numbers_to_floats(NumberType type, const void *data, size_t count, float *floats) {
    if (type == NUMBER_F32) {
        memcpy(floats, data, count * sizeof *floats);
        return;
    }
    const char *bytes = data;
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, bytes + 2 * i, sizeof half);
        floats[i] = type == NUMBER_BF16 ? float_from_bf16(half) : float_from_f16(half);
    }
}

void numbers_from_floats(NumberType type, const float *floats, size_t count, void *data) {
    if (type == NUMBER_F32) {
        memcpy(data, floats, count * sizeof *floats);
        return;
    }
    char *bytes = data;
    for (size_t i = 0; i < count; i++) {
        uint16_t half = type == NUMBER_BF16 ? bf16_from_float(floats[i]) : f16_from_float(floats[i]);
        memcpy(bytes + 2 * i, &half, sizeof half);
    }
}

void floats_round_bf16(const float *values, size_t count, float *rounded) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) rounded[i] = float_from_bf16(bf16_from_float(values[i]));
}
