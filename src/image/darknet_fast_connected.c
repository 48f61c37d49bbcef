/* [connected] and what it shares with [convolutional]: bias, batch normalization, activation function. */
#include "image/darknet_fast.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

#include <dnnl.h>
#include <math.h>

void gemm(int TA, int TB, int M, int N, int K, float ALPHA, float *A, int lda, float *B, int ldb, float BETA,
          float *C, int ldc) {
    if (darknet_is_stock()) {
        darknet_library.gemm(TA, TB, M, N, K, ALPHA, A, lda, B, ldb, BETA, C, ldc);
        return;
    }
    dnnl_sgemm(TA ? 'T' : 'N', TB ? 'T' : 'N', M, N, K, ALPHA, A, lda, B, ldb, BETA, C, ldc);
}

void gemm_cpu(int TA, int TB, int M, int N, int K, float ALPHA, float *A, int lda, float *B, int ldb, float BETA,
              float *C, int ldc) {
    if (darknet_is_stock())
        darknet_library.gemm_cpu(TA, TB, M, N, K, ALPHA, A, lda, B, ldb, BETA, C, ldc);
    else
        gemm(TA, TB, M, N, K, ALPHA, A, lda, B, ldb, BETA, C, ldc);
}

/* x = (x - mean) / (sqrt(variance) + 1e-6) * scale + bias, as Darknet normalizes outside training. */
static void normalize_by_rolling(layer l, int n, int size) {
    for (int b = 0; b < l.batch; b++)
        for (int i = 0; i < n; i++) {
            float *x = l.output + ((size_t)b * (size_t)n + (size_t)i) * (size_t)size;
            float factor = l.scales[i] / (sqrtf(l.rolling_variance[i]) + 0.000001f);
            float offset = l.biases[i] - l.rolling_mean[i] * factor;
            for (int j = 0; j < size; j++) x[j] = x[j] * factor + offset;
        }
}

void darknet_finish_forward(layer l, network net, int n, int size) {
    if (!l.batch_normalize)
        add_bias(l.output, l.biases, l.batch, n, size);
    else if (net.train)
        darknet_library.forward_batchnorm_layer(l, net);
    else
        normalize_by_rolling(l, n, size);
    activate_array(l.output, l.outputs * l.batch, l.activation);
}

void darknet_begin_backward(layer l, network net, int n, int size) {
    gradient_array(l.output, l.outputs * l.batch, l.activation, l.delta);
    if (!l.batch_normalize) {
        if (l.bias_updates) backward_bias(l.bias_updates, l.delta, l.batch, n, size);
    } else if (net.train) {
        darknet_library.backward_batchnorm_layer(l, net);
    } else {
        for (int b = 0; b < l.batch; b++)
            for (int i = 0; i < n; i++) {
                float *delta = l.delta + ((size_t)b * (size_t)n + (size_t)i) * (size_t)size;
                float factor = l.scales[i] / (sqrtf(l.rolling_variance[i]) + 0.000001f);
                for (int j = 0; j < size; j++) delta[j] *= factor;
            }
    }
}

void forward_connected_layer(layer l, network net) {
    if (darknet_is_stock()) {
        darknet_library.forward_connected_layer(l, net);
        return;
    }
    /* (batch, outputs) = (batch, inputs) x (outputs, inputs)^T */
    gemm(0, 1, l.batch, l.outputs, l.inputs, 1, net.input, l.inputs, l.weights, l.inputs, 0, l.output, l.outputs);
    darknet_finish_forward(l, net, l.outputs, 1);
}

void backward_connected_layer(layer l, network net) {
    if (darknet_is_stock()) {
        darknet_library.backward_connected_layer(l, net);
        return;
    }
    darknet_begin_backward(l, net, l.outputs, 1);
    if (l.weight_updates)
        gemm(1, 0, l.outputs, l.inputs, l.batch, 1, l.delta, l.outputs, net.input, l.inputs, 1, l.weight_updates,
             l.inputs);
    if (net.delta)
        gemm(0, 0, l.batch, l.inputs, l.outputs, 1, l.delta, l.outputs, l.weights, l.inputs, 1, net.delta, l.inputs);
}
