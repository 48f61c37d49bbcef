#include "image/image_activations.h"

#include "base/memory.h"

enum { BATCH = 128 };

bool image_targets_share_cut(const ImageTarget *a, const ImageTarget *b) {
    return a->network == b->network && a->layer == b->layer && a->site == b->site && a->reduce == b->reduce &&
           a->squash == b->squash;
}

Module *image_target_module(const ImageTarget *target, int batch, Error *error) {
    DarknetModuleOptions options = {.last = target->layer, .site = target->site, .batch = batch, .name = "subject"};
    return darknet_module(target->network->network, &options, error);
}

Target image_target_of(const ImageTarget *target, const int *neurons) {
    return (Target){.layout = darknet_layout(target->network->network, target->layer),
                    .reduce = target->reduce,
                    .squash = target->squash,
                    .neurons = neurons};
}

/* One cut: the targets of it among `targets`, for one batch that starts at image `first`. */
static void read_targets(const ImageTarget *targets, int target_count, int cut, const float *outputs, size_t stride,
                         int batch, size_t first, size_t count, float *activations) {
    int neurons[BATCH];
    float values[BATCH];
    for (int t = cut; t < target_count; t++) {
        if (!image_targets_share_cut(&targets[cut], &targets[t])) continue;
        for (int b = 0; b < batch; b++) neurons[b] = targets[t].neuron;
        Target target = image_target_of(&targets[t], neurons);
        target_value(&target, outputs, batch, 1, stride, values, activations + (size_t)t * count + first);
    }
}

static int run_cut(const ImageTarget *targets, int target_count, int cut, const float *images, size_t count,
                   float *activations, Error *error) {
    Module *module = image_target_module(&targets[cut], BATCH, error);
    if (!module) return -1;
    float *outputs = memory_new(BATCH * module->outputs, sizeof *outputs, "activations", error);
    int status = outputs ? 0 : -1;
    for (size_t first = 0; status == 0 && first < count; first += BATCH) {
        int batch = count - first < BATCH ? (int)(count - first) : BATCH;
        status = module_forward(module, images + first * module->inputs, batch, outputs, error);
        if (status == 0)
            read_targets(targets, target_count, cut, outputs, module->outputs, batch, first, count, activations);
    }
    memory_free(outputs);
    module_free(module);
    return status;
}

int image_activations(const ImageTarget *targets, int target_count, const float *images, size_t count,
                      float *activations, Error *error) {
    for (int t = 0; t < target_count; t++) {
        bool done = false;
        for (int before = 0; before < t; before++)
            done = done || image_targets_share_cut(&targets[before], &targets[t]);
        if (!done && run_cut(targets, target_count, t, images, count, activations, error) != 0) return -1;
    }
    return 0;
}
