/* libdarknet's vector loops, vectorised. */
#include "image/darknet_fast.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

#include <string.h>

void axpy_cpu(int N, float ALPHA, float *X, int INCX, float *Y, int INCY) {
    if (darknet_is_stock() || INCX != 1 || INCY != 1) {
        darknet_library.axpy_cpu(N, ALPHA, X, INCX, Y, INCY);
        return;
    }
#pragma omp simd
    for (int i = 0; i < N; i++) Y[i] += ALPHA * X[i];
}

void scal_cpu(int N, float ALPHA, float *X, int INCX) {
    if (darknet_is_stock() || INCX != 1) {
        darknet_library.scal_cpu(N, ALPHA, X, INCX);
        return;
    }
#pragma omp simd
    for (int i = 0; i < N; i++) X[i] *= ALPHA;
}

void fill_cpu(int N, float ALPHA, float *X, int INCX) {
    if (darknet_is_stock() || INCX != 1) {
        darknet_library.fill_cpu(N, ALPHA, X, INCX);
        return;
    }
    if (ALPHA == 0)
        memset(X, 0, (size_t)N * sizeof *X);
    else
        for (int i = 0; i < N; i++) X[i] = ALPHA;
}

void copy_cpu(int N, float *X, int INCX, float *Y, int INCY) {
    if (darknet_is_stock() || INCX != 1 || INCY != 1) {
        darknet_library.copy_cpu(N, X, INCX, Y, INCY);
        return;
    }
    memmove(Y, X, (size_t)N * sizeof *X);
}

void l2_cpu(int n, float *prediction, float *truth, float *delta, float *error) {
    if (darknet_is_stock()) {
        darknet_library.l2_cpu(n, prediction, truth, delta, error);
        return;
    }
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float difference = truth[i] - prediction[i];
        error[i] = difference * difference;
        delta[i] = difference;
    }
}

/* Sixteen partial sums, then those in order: the same result on every machine that does the same. */
float sum_array(float *x, int n) {
    if (darknet_is_stock()) return darknet_library.sum_array(x, n);
    enum { LANES = 16 };
    float lanes[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lanes[j] += x[i + j];
    float sum = 0;
    for (int j = 0; j < LANES; j++) sum += lanes[j];
    for (; i < n; i++) sum += x[i];
    return sum;
}

void add_bias(float *output, float *biases, int batch, int n, int size) {
    if (darknet_is_stock()) {
        darknet_library.add_bias(output, biases, batch, n, size);
        return;
    }
    for (int b = 0; b < batch; b++, output += (size_t)n * (size_t)size) {
        if (size == 1) {
#pragma omp simd
            for (int i = 0; i < n; i++) output[i] += biases[i];
        } else {
            for (int i = 0; i < n; i++)
                for (int j = 0; j < size; j++) output[i * size + j] += biases[i];
        }
    }
}

void backward_bias(float *bias_updates, float *delta, int batch, int n, int size) {
    if (darknet_is_stock()) {
        darknet_library.backward_bias(bias_updates, delta, batch, n, size);
        return;
    }
    for (int b = 0; b < batch; b++, delta += (size_t)n * (size_t)size) {
        if (size == 1) {
#pragma omp simd
            for (int i = 0; i < n; i++) bias_updates[i] += delta[i];
        } else {
            for (int i = 0; i < n; i++) bias_updates[i] += sum_array(delta + i * size, size);
        }
    }
}
