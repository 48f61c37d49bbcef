/* [maxpool] and [dropout]. */
#include "compute/random.h"
#include "image/darknet_fast.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

#include <float.h>

/* One channel. The first of equal values wins, as in libdarknet. `base` is where the channel begins in net.input. */
static void pool_channel(const layer l, const float *input, int base, float *output, int *indexes) {
    int offset = -l.pad / 2;
    for (int i = 0; i < l.out_h; i++)
        for (int j = 0; j < l.out_w; j++) {
            int top = offset + i * l.stride, left = offset + j * l.stride;
            int bottom = top + l.size < l.h ? top + l.size : l.h, right = left + l.size < l.w ? left + l.size : l.w;
            float most = -FLT_MAX;
            int found = -1;
            for (int y = top < 0 ? 0 : top; y < bottom; y++)
                for (int x = left < 0 ? 0 : left; x < right; x++) {
                    float value = input[base + y * l.w + x];
                    found = value > most ? base + y * l.w + x : found;
                    most = value > most ? value : most;
                }
            output[i * l.out_w + j] = most;
            indexes[i * l.out_w + j] = found;
        }
}

/* The case that networks use: windows of 2 x 2 side by side, without padding. */
static void pool_channel_by_two(const layer l, const float *input, int base, float *output, int *indexes) {
    for (int i = 0; i < l.out_h; i++) {
        int row = base + 2 * i * l.w;
        for (int j = 0; j < l.out_w; j++) {
            int a = row + 2 * j, b = a + 1, c = a + l.w, d = c + 1;
            int upper = input[b] > input[a] ? b : a, lower = input[d] > input[c] ? d : c;
            int found = input[lower] > input[upper] ? lower : upper;
            output[i * l.out_w + j] = input[found];
            indexes[i * l.out_w + j] = found;
        }
    }
}

void forward_maxpool_layer(const layer l, network net) {
    if (darknet_is_stock()) {
        darknet_library.forward_maxpool_layer(l, net);
        return;
    }
    int simple = l.size == 2 && l.stride == 2 && 2 * l.out_h <= l.h && 2 * l.out_w <= l.w && l.pad <= 1;
    for (int channel = 0; channel < l.batch * l.c; channel++) {
        size_t out = (size_t)channel * (size_t)(l.out_h * l.out_w);
        int base = channel * l.h * l.w;
        if (simple)
            pool_channel_by_two(l, net.input, base, l.output + out, l.indexes + out);
        else
            pool_channel(l, net.input, base, l.output + out, l.indexes + out);
    }
}

/* A window of NaN alone has no largest value; its index is -1. */
void backward_maxpool_layer(const layer l, network net) {
    if (darknet_is_stock()) {
        darknet_library.backward_maxpool_layer(l, net);
        return;
    }
    for (int i = 0; net.delta && i < l.outputs * l.batch; i++)
        if (l.indexes[i] >= 0) net.delta[l.indexes[i]] += l.delta[i];
}

static _Thread_local uint64_t dropout_seed;
static _Thread_local uint64_t dropout_row;

void darknet_dropout_seed(uint64_t seed, long step, int first_row) {
    dropout_seed = seed + (uint64_t)step * 0x9e3779b97f4a7c15u;
    dropout_row = (uint64_t)first_row;
}

/* Not libdarknet's rand(): a row's draws depend on (seed, step, layer, row), not on threads. */
void forward_dropout_layer(layer l, network net) {
    if (!net.train) return;
    for (int b = 0; b < l.batch; b++) {
        Random random = random_stream_at(dropout_seed + (uint64_t)net.index, "dropout", dropout_row + (uint64_t)b);
        float *input = net.input + (size_t)b * (size_t)l.inputs, *draws = l.rand + (size_t)b * (size_t)l.inputs;
        for (int i = 0; i < l.inputs; i++) {
            draws[i] = random_uniform(&random);
            input[i] = draws[i] < l.probability ? 0.0f : input[i] * l.scale;
        }
    }
}
