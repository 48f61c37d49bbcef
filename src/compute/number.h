/* number.h: the number types that weights are stored in, and their way to and from float.
 *
 * F16 is IEEE 754 binary16, BF16 the upper half of a binary32. Rounding is to nearest, ties to even. */
#ifndef LATENT_DREAM_COMPUTE_NUMBER_H
#define LATENT_DREAM_COMPUTE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

typedef enum NumberType { NUMBER_F32, NUMBER_F16, NUMBER_BF16 } NumberType;
typedef enum Precision { PRECISION_F32, PRECISION_BF16 } Precision;

size_t number_size(NumberType type);

float float_from_f16(uint16_t bits);
uint16_t f16_from_float(float value);
float float_from_bf16(uint16_t bits);
uint16_t bf16_from_float(float value);

/* `count` numbers from `data` (any alignment) to floats, and back. */
void numbers_to_floats(NumberType type, const void *data, size_t count, float *floats);
void numbers_from_floats(NumberType type, const float *floats, size_t count, void *data);
/* rounded[i] = the bf16 number next to values[i], as a float. In place is fine. */
void floats_round_bf16(const float *values, size_t count, float *rounded);

#endif
