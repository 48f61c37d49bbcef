#include "engine/target.h"

#include <math.h>
#include <string.h>

static float squash_apply(Squash squash, float a) { return squash == SQUASH_SIGMOID ? 1.0f / (1.0f + expf(-a)) : a; }

static float squash_slope(Squash squash, float a) {
    if (squash != SQUASH_SIGMOID) return 1.0f;
    float s = 1.0f / (1.0f + expf(-a));
    return s * (1.0f - s);
}

static int counted_positions(const Target *target, int row) {
    return target->positions ? target->positions[row] : target->layout.positions;
}

/* The position that max and last pick; `a` points at the neuron's activation in the first one. A NaN wins, so that
 * it is seen. */
static int picked_position(const Target *target, const float *a, int positions) {
    if (target->reduce == REDUCE_LAST) return positions - 1;
    int best = 0;
    size_t stride = target->layout.position_stride;
    for (int p = 1; p < positions && !isnan(a[(size_t)best * stride]); p++)
        if (!(a[(size_t)p * stride] <= a[(size_t)best * stride])) best = p;
    return best;
}

static double reduced(const Target *target, Squash squash, const float *a, int positions) {
    size_t stride = target->layout.position_stride;
    if (target->reduce != REDUCE_MEAN)
        return squash_apply(squash, a[(size_t)picked_position(target, a, positions) * stride]);
    double sum = 0;
    for (int p = 0; p < positions; p++) sum += squash_apply(squash, a[(size_t)p * stride]);
    return sum / positions;
}

void target_value(const Target *target, const float *activations, int batch, int copies, size_t stride, float *values,
                  float *raw) {
    for (int b = 0; b < batch; b++) {
        int positions = counted_positions(target, b);
        const float *a = activations + (size_t)b * (size_t)copies * stride +
                         (size_t)target->neurons[b] * target->layout.neuron_stride;
        double sum = 0, raw_sum = 0;
        for (int c = 0; c < copies; c++, a += stride) {
            sum += reduced(target, target->squash, a, positions);
            if (raw) raw_sum += reduced(target, SQUASH_NONE, a, positions);
        }
        values[b] = (float)(sum / copies);
        if (raw) raw[b] = (float)(raw_sum / copies);
    }
}

void target_gradient(const Target *target, const float *activations, int batch, int copies, size_t stride,
                     float *gradient) {
    memset(gradient, 0, (size_t)batch * (size_t)copies * stride * sizeof *gradient);
    for (int b = 0; b < batch; b++) {
        int positions = counted_positions(target, b);
        size_t at = (size_t)b * (size_t)copies * stride + (size_t)target->neurons[b] * target->layout.neuron_stride;
        for (int c = 0; c < copies; c++, at += stride) {
            int mean = target->reduce == REDUCE_MEAN;
            int first = mean ? 0 : picked_position(target, activations + at, positions);
            int last = mean ? positions - 1 : first;
            float share = 1.0f / (float)copies / (float)(mean ? positions : 1);
            for (int p = first; p <= last; p++) {
                size_t place = at + (size_t)p * target->layout.position_stride;
                gradient[place] = share * squash_slope(target->squash, activations[place]);
            }
        }
    }
}

int reduce_from_name(const char *name, Reduce *reduce) {
    static const char *const names[] = {"mean", "max", "last"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) return *reduce = (Reduce)i, 0;
    return -1;
}

int squash_from_name(const char *name, Squash *squash) {
    static const char *const names[] = {"none", "sigmoid"};
    for (int i = 0; i < 2; i++)
        if (strcmp(name, names[i]) == 0) return *squash = (Squash)i, 0;
    return -1;
}
