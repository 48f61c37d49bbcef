#include "text/linear.h"

#include "compute/kernels.h"

int linear_forward(const Linear *linear, const float *x, size_t rows, float *y, Error *error) {
    if (linear->packed) return packed_matrix_forward(linear->packed, x, rows, NULL, y, error);
    if (linear->precision == PRECISION_BF16)
        return matmul_bf16(false, false, rows, linear->out, linear->in, x, linear->weight, false, y, error);
    return matmul(false, false, rows, linear->out, linear->in, x, linear->in, linear->weight, linear->out, 0.0f, y,
                  linear->out, error);
}

int linear_backward(const Linear *linear, const float *dy, size_t rows, float *dx, Error *error) {
    if (linear->packed) return packed_matrix_backward(linear->packed, dy, rows, dx, error);
    if (linear->precision == PRECISION_BF16)
        return matmul_bf16(false, true, rows, linear->in, linear->out, dy, linear->weight, false, dx, error);
    return matmul(false, true, rows, linear->in, linear->out, dy, linear->out, linear->weight, linear->out, 0.0f, dx,
                  linear->in, error);
}

int linear_backward_weights(const Linear *linear, const float *x, const float *dy, size_t rows, float *dweight,
                            float *dbias, Error *error) {
    if (bias_backward(dy, rows, linear->out, dbias, error) != 0) return -1;
    if (linear->precision == PRECISION_BF16)
        return matmul_bf16(true, false, linear->in, linear->out, rows, x, dy, true, dweight, error);
    return matmul(true, false, linear->in, linear->out, rows, x, linear->in, dy, linear->out, 1.0f, dweight,
                  linear->out, error);
}
