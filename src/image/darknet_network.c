#define _GNU_SOURCE

#include "image/darknet_network.h"

#include "base/memory.h"
#include "base/share.h"
#include "compute/random.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool darknet_parameter_places(const DarknetPlan *plan, int layer, ParameterPlaces *places) {
    size_t at = 0;
    for (int i = 0; i < layer; i++) at += plan->layers[i].info.parameters;
    const PlannedLayer *planned = &plan->layers[layer];
    if (planned->info.parameters == 0) return false;
    size_t normal = planned->batch_normalize ? planned->biases : 0;
    bool weights_last = planned->kind == LAYER_CONVOLUTIONAL;
    places->biases = at;
    places->weights = at + planned->biases + (weights_last ? 3 * normal : 0);
    places->scales = at + planned->biases + (weights_last ? 0 : planned->weights);
    places->means = places->scales + normal;
    places->variances = places->means + normal;
    return true;
}

/* libdarknet's parser reads a file by its name: this one lives in memory alone. */
static int parse(DarknetNetwork *network, Error *error) {
    const char *text = network->plan.text;
    size_t length = strlen(text), written = 0;
    int descriptor = memfd_create("network.cfg", MFD_CLOEXEC);
    if (descriptor < 0) return error_set(error, "%s: no memory for a copy", network->cfg);
    while (written < length) {
        ssize_t n = write(descriptor, text + written, length - written);
        if (n <= 0) break;
        written += (size_t)n;
    }
    if (written == length) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        DarknetSilence silence = darknet_silence_begin();
        network->net = darknet_library.parse_network_cfg(path);
        darknet_silence_end(silence);
    }
    close(descriptor);
    return network->net ? 0 : error_set(error, "%s: no memory for a copy", network->cfg);
}

/* What was planned is what libdarknet made, or nothing runs. */
static int check_shapes(const DarknetNetwork *network, Error *error) {
    for (int i = 0; i < network->plan.count; i++) {
        const DarknetLayer *planned = &network->plan.layers[i].info;
        const layer *made = &network->net->layers[i];
        if ((size_t)made->outputs != planned->outputs || (size_t)made->inputs != planned->inputs)
            return error_set(error, "%s:%d: libdarknet makes %d -> %d of this [%s], expected %zu -> %zu",
                             network->cfg, planned->line, made->inputs, made->outputs, planned->kind, planned->inputs,
                             planned->outputs);
    }
    return 0;
}

static void replace(float **place, float *with) {
    free(*place);
    *place = with;
}

/* All parameters move into one vector, in the order of the .weights file. */
static void move_parameters(DarknetNetwork *network) {
    for (int i = 0; i < network->plan.count; i++) {
        ParameterPlaces places;
        if (!darknet_parameter_places(&network->plan, i, &places)) continue;
        layer *l = &network->net->layers[i];
        replace(&l->biases, network->parameters + places.biases);
        replace(&l->weights, network->parameters + places.weights);
        if (!l->batch_normalize) continue;
        replace(&l->scales, network->parameters + places.scales);
        replace(&l->rolling_mean, network->parameters + places.means);
        replace(&l->rolling_variance, network->parameters + places.variances);
    }
}

/* He et al. 2015 as Darknet draws it: convolutional weights normal, connected ones uniform, both scaled by
 * sqrt(2 / inputs of one output); biases 0, scales 1. */
static void draw_parameters(DarknetNetwork *network, uint64_t seed) {
    for (int i = 0; i < network->plan.count; i++) {
        ParameterPlaces places;
        if (!darknet_parameter_places(&network->plan, i, &places)) continue;
        const PlannedLayer *planned = &network->plan.layers[i];
        float *weights = network->parameters + places.weights;
        float scale = sqrtf(2.0f / (float)(planned->weights / planned->biases));
        Random random = random_stream_at(seed, "darknet-weights", (uint64_t)i);
        if (planned->kind == LAYER_CONVOLUTIONAL)
            random_fill_normal(&random, weights, planned->weights, scale);
        else
            for (size_t w = 0; w < planned->weights; w++)
                weights[w] = scale * (2.0f * random_uniform(&random) - 1.0f);
        if (!planned->batch_normalize) continue;
        for (size_t b = 0; b < planned->biases; b++) network->parameters[places.scales + b] = 1.0f;
    }
}

DarknetNetwork *darknet_network_open(const DarknetNetworkOptions *options, Error *error) {
    DarknetNetwork *network = memory_new(1, sizeof *network, "a network", error);
    if (!network) return NULL;
    snprintf(network->cfg, sizeof network->cfg, "%s", options->cfg);
    snprintf(network->name, sizeof network->name, "%.255s", options->name ? options->name : options->cfg);
    network->batch = options->batch > 0 ? options->batch : 128;
    network->threads = options->threads > 0 ? options->threads : 1;
    if (darknet_plan_read(&network->plan, options->cfg, options->latent_size, error) != 0) goto failed;
    if (darknet_library_open(error) != 0 || parse(network, error) != 0 || check_shapes(network, error) != 0)
        goto failed;
    network->parameters = memory_new(network->plan.parameters, sizeof(float), "weights", error);
    if (!network->parameters) goto failed;
    move_parameters(network);
    draw_parameters(network, options->seed);
    return network;
failed:
    darknet_network_close(network);
    return NULL;
}

/* The parameters are ours, and a [dropout] shares its buffers with the layer before it: libdarknet must free neither.
 */
static void free_net(DarknetNetwork *network) {
    for (int i = 0; i < network->plan.count && network->parameters; i++) {
        layer *l = &network->net->layers[i];
        if (network->plan.layers[i].info.parameters == 0) continue;
        l->biases = l->weights = NULL;
        if (l->batch_normalize) l->scales = l->rolling_mean = l->rolling_variance = NULL;
    }
    free(network->net->workspace);
    free(network->net->seen);
    free(network->net->t);
    free(network->net->cost);
    darknet_library.free_network(network->net);
}

void darknet_network_close(DarknetNetwork *network) {
    if (!network) return;
    darknet_view_free(network->runner);
    if (network->net) free_net(network);
    memory_free(network->parameters);
    darknet_plan_free(&network->plan);
    memory_free(network);
}

int darknet_network_layers(const DarknetNetwork *network) { return network->plan.count; }
DarknetLayer darknet_network_layer(const DarknetNetwork *network, int layer) {
    return network->plan.layers[layer].info;
}
int darknet_network_output_layer(const DarknetNetwork *network) {
    int last = network->plan.count - 1;
    while (network->plan.layers[last].kind == LAYER_COST) last--;
    return last;
}
int darknet_network_latent_layer(const DarknetNetwork *network) { return darknet_plan_latent(&network->plan); }
size_t darknet_network_inputs(const DarknetNetwork *network) { return network->plan.inputs; }
size_t darknet_network_outputs(const DarknetNetwork *network) {
    return network->plan.layers[darknet_network_output_layer(network)].info.outputs;
}
size_t darknet_network_parameters(const DarknetNetwork *network) { return network->plan.parameters; }
const char *darknet_network_name(const DarknetNetwork *network) { return network->name; }
const char *darknet_network_cfg(const DarknetNetwork *network) { return network->cfg; }
const char *darknet_network_cfg_text(const DarknetNetwork *network) { return network->plan.text; }

int darknet_network_run(DarknetNetwork *network, int first, int last, const float *x, size_t count, float *y,
                        Error *error) {
    if (first < 0 || last < first || last >= network->plan.count)
        return error_set(error, "%s has no layers %d to %d; it has %d", network->cfg, first, last,
                         network->plan.count);
    DarknetView *view = network->runner;
    if (!view || view->options.first != first || view->options.last != last) {
        DarknetViewOptions options = {
            .first = first, .last = last, .batch = network->batch, .threads = network->threads};
        DarknetView *fresh = darknet_view_new(network, &options, error);
        if (!fresh) return -1;
        darknet_view_free(view);
        network->runner = view = fresh;
    }
    for (size_t done = 0; done < count;) {
        int rows = count - done < (size_t)network->batch ? (int)(count - done) : network->batch;
        darknet_view_forward(view, x + done * view->inputs, rows, y + done * view->outputs);
        done += (size_t)rows;
    }
    return 0;
}

int darknet_network_predict(DarknetNetwork *network, const float *x, size_t count, float *y, Error *error) {
    return darknet_network_run(network, 0, darknet_network_output_layer(network), x, count, y, error);
}
