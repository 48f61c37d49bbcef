#include "base/memory.h"
#include "image/train_internal.h"

#include <math.h>

static double cross_entropy(const float *probabilities, int label) {
    double p = probabilities[label];
    return -log(p > 1e-30 ? p : 1e-30);
}

static double squared_error(const float *x, const float *y, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
    return sum / (double)count;
}

static int largest(const float *values, int count) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

int network_measure(DarknetNetwork *network, const Digits *digits, const uint32_t *indices, size_t count,
                    TrainKind kind, double *loss, double *accuracy, Error *error) {
    size_t outputs = darknet_network_outputs(network), batch = (size_t)network->batch;
    size_t wanted = kind == TRAIN_CLASSIFIER ? (size_t)digits->classes : digits->pixels;
    *loss = NAN;
    if (accuracy) *accuracy = NAN;
    if (darknet_network_inputs(network) != digits->pixels || outputs != wanted)
        return error_set(error, "%s maps %zu inputs to %zu outputs; these digits need %zu to %zu", network->cfg,
                         darknet_network_inputs(network), outputs, digits->pixels, wanted);
    float *x = memory_new(batch * digits->pixels, sizeof *x, "digits", error);
    float *y = memory_new(batch * outputs, sizeof *y, "predictions", error);
    int failed = !x || !y;
    double sum = 0;
    size_t right = 0;
    for (size_t done = 0; done < count && !failed; done += batch) {
        size_t rows = count - done < batch ? count - done : batch;
        digits_floats(digits, indices + done, rows, x);
        failed = darknet_network_predict(network, x, rows, y, error) != 0;
        for (size_t b = 0; b < rows && !failed; b++) {
            int label = digits->labels[indices[done + b]];
            const float *row = y + b * outputs;
            sum += kind == TRAIN_CLASSIFIER ? cross_entropy(row, label)
                                            : squared_error(x + b * digits->pixels, row, outputs);
            right += kind == TRAIN_CLASSIFIER && largest(row, digits->classes) == label;
        }
    }
    memory_free(x);
    memory_free(y);
    if (failed) return -1;
    if (count > 0) *loss = sum / (double)count;
    if (count > 0 && accuracy && kind == TRAIN_CLASSIFIER) *accuracy = (double)right / (double)count;
    return 0;
}
