/* linear.h: y = x W + bias, with weights that train (as they lie) or are frozen (packed). With PRECISION_BF16 weights
 * that train are multiplied by matmul_bf16, in all three directions; packed ones have a precision of their own. */
#ifndef LATENT_DREAM_TEXT_LINEAR_H
#define LATENT_DREAM_TEXT_LINEAR_H

#include "base/error.h"
#include "compute/matmul.h"

typedef struct Linear {
    size_t in, out;
    const float *weight;   // (in, out); used where packed is NULL
    PackedMatrix *packed;  // borrowed
    const float *bias;     // (out)
    Precision precision;
} Linear;

/* y (rows, out) = x (rows, in) W, without the bias: what follows adds it. */
int linear_forward(const Linear *linear, const float *x, size_t rows, float *y, Error *error);
/* dx (rows, in) = dy (rows, out) W^T. */
int linear_backward(const Linear *linear, const float *dy, size_t rows, float *dx, Error *error);
/* dweight (in, out) += x^T dy, dbias (out) += column sums of dy. */
int linear_backward_weights(const Linear *linear, const float *x, const float *dy, size_t rows, float *dweight,
                            float *dbias, Error *error);

#endif
