/* [softmax] and [logistic], backward. libdarknet takes what comes from above for the gradient of the cross-entropy
 * with respect to their inputs; that is right in training, where forward has put it there. Outside training it is a
 * gradient of their outputs, and goes through the derivative. */
#include "image/darknet_fast.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

#include <math.h>

/* dx_i += y_i (dy_i - sum_j dy_j y_j) / temperature. */
static void through_softmax(const float *y, const float *dy, int n, float temperature, float *dx) {
    float dot = 0;
    for (int i = 0; i < n; i++) dot += dy[i] * y[i];
    for (int i = 0; i < n; i++) dx[i] += y[i] * (dy[i] - dot) / temperature;
}

void backward_softmax_layer(const layer l, network net) {
    if (darknet_is_stock() || net.train) {
        darknet_library.backward_softmax_layer(l, net);
        return;
    }
    int n = l.inputs / l.groups;
    for (int group = 0; net.delta && group < l.batch * l.groups; group++) {
        size_t at = (size_t)group * (size_t)n;
        through_softmax(l.output + at, l.delta + at, n, l.temperature, net.delta + at);
    }
}

void backward_logistic_layer(const layer l, network net) {
    if (darknet_is_stock() || net.train) {
        darknet_library.backward_logistic_layer(l, net);
        return;
    }
    for (int i = 0; net.delta && i < l.inputs * l.batch; i++)
        net.delta[i] += l.delta[i] * l.output[i] * (1.0f - l.output[i]);
}

/* A probability that rounds to 0 counts as 1e-30, so that one outlier does not make the whole loss infinite. */
void softmax_x_ent_cpu(int n, float *prediction, float *truth, float *delta, float *error) {
    if (darknet_is_stock()) {
        darknet_library.softmax_x_ent_cpu(n, prediction, truth, delta, error);
        return;
    }
    for (int i = 0; i < n; i++) {
        float p = prediction[i] < 1e-30f ? 1e-30f : prediction[i];
        error[i] = truth[i] != 0 ? -logf(p) : 0.0f;
        delta[i] = truth[i] - prediction[i];
    }
}
