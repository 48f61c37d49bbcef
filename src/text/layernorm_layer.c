#include "text/layernorm_layer.h"

#include "compute/kernels.h"

void layernorm_layer_forward(const LayernormLayer *layer, const float *x, size_t rows, float *y,
                             const LayernormStatistics *kept) {
    layernorm_forward(x, layer->weight, layer->bias, layer->epsilon, rows, layer->width, y, kept->mean, kept->rstd);
}

void layernorm_layer_backward(const LayernormLayer *layer, const float *dy, const float *x,
                              const LayernormStatistics *kept, size_t rows, bool accumulate, float *dx) {
    layernorm_backward(dy, x, layer->weight, kept->mean, kept->rstd, rows, layer->width, accumulate, dx);
}

int layernorm_layer_backward_weights(const LayernormLayer *layer, const float *dy, const float *x,
                                     const LayernormStatistics *kept, size_t rows, float *dweight, float *dbias,
                                     Error *error) {
    return layernorm_backward_weights(dy, x, kept->mean, kept->rstd, rows, layer->width, dweight, dbias, error);
}
