/* layernorm_layer.h: [layernorm]: y = (x - mean) / deviation * weight + bias, row by row. */
#ifndef LATENT_DREAM_TEXT_LAYERNORM_LAYER_H
#define LATENT_DREAM_TEXT_LAYERNORM_LAYER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct LayernormLayer {
    size_t width;
    float epsilon;
    const float *weight, *bias;  // (C)
} LayernormLayer;

/* What backward needs of a forward: (rows) each. */
typedef struct LayernormStatistics {
    float *mean, *rstd;
} LayernormStatistics;

void layernorm_layer_forward(const LayernormLayer *layer, const float *x, size_t rows, float *y,
                             const LayernormStatistics *kept);
/* dx (rows, C) = the gradient of x, or += it with `accumulate`. */
void layernorm_layer_backward(const LayernormLayer *layer, const float *dy, const float *x,
                              const LayernormStatistics *kept, size_t rows, bool accumulate, float *dx);
/* dweight, dbias (C) +=. */
int layernorm_layer_backward_weights(const LayernormLayer *layer, const float *dy, const float *x,
                                     const LayernormStatistics *kept, size_t rows, float *dweight, float *dbias,
                                     Error *error);

#endif
