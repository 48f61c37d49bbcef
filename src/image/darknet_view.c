/* Buffers for a batch, and libdarknet's forward and backward over its rows, one slice of rows a thread.
 *
 * The network itself holds parameters. A view brings outputs and gradients for a batch of its own, so that several
 * modules of one network, and training, do not overwrite each other. */
#include "base/memory.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

#include <omp.h>
#include <string.h>

/* Without training [dropout] changes nothing, and [cost] only measures. */
static bool layer_counts(const DarknetPlan *plan, const DarknetViewOptions *options, int number) {
    LayerKind kind = plan->layers[number].kind;
    if (options->train) return true;
    if (kind == LAYER_DROPOUT || kind == LAYER_COST) return false;
    return !(options->before && number == options->last && (kind == LAYER_SOFTMAX || kind == LAYER_LOGISTIC));
}

/* Floats a row that a layer's buffers take: output and delta; loss; batch normalization's x and x_norm; random draws.
 */
static size_t floats_per_row(const layer *l) {
    if (l->type == DROPOUT) return (size_t)l->inputs;
    return (size_t)l->outputs * (2 + (l->loss != NULL) + (l->batch_normalize ? 2 : 0));
}

static float *take(float **cursor, size_t count) {
    float *taken = *cursor;
    *cursor += count;
    return taken;
}

static void place_buffers(DarknetView *view) {
    size_t batch = (size_t)view->options.batch;
    float *cursor = view->floats;
    int *integers = view->integers;
    for (int i = 0; i < view->count; i++) {
        layer *l = &view->layers[i];
        if (l->type == DROPOUT) {
            l->output = view->layers[i - 1].output;
            l->delta = view->layers[i - 1].delta;
            l->rand = take(&cursor, batch * (size_t)l->inputs);
            continue;
        }
        l->output = take(&cursor, batch * (size_t)l->outputs);
        l->delta = take(&cursor, batch * (size_t)l->outputs);
        if (l->loss) l->loss = take(&cursor, batch * (size_t)l->outputs);
        if (l->batch_normalize) {
            l->x = take(&cursor, batch * (size_t)l->outputs);
            l->x_norm = take(&cursor, batch * (size_t)l->outputs);
        }
        if (l->type == MAXPOOL) {
            l->indexes = integers;
            integers += batch * (size_t)l->outputs;
        }
    }
}

static int choose_layers(DarknetView *view, size_t *floats, size_t *integers) {
    const DarknetViewOptions *options = &view->options;
    const DarknetPlan *plan = &view->network->plan;
    for (int number = options->first; number <= options->last; number++) {
        if (!layer_counts(plan, options, number)) continue;
        layer l = view->network->net->layers[number];
        if (options->before && number == options->last) l.activation = LINEAR;
        view->numbers[view->count] = number;
        view->layers[view->count++] = l;
        *floats += floats_per_row(&l);
        if (l.type == MAXPOOL) *integers += (size_t)l.outputs;
    }
    return view->count;
}

static int make_slices(DarknetView *view, Error *error) {
    size_t workspace = 1;
    for (int i = 0; i < view->count; i++) {
        size_t needed = view->network->plan.layers[view->numbers[i]].workspace;
        if (needed > workspace) workspace = needed;
    }
    view->slices = memory_new((size_t)view->options.threads, sizeof *view->slices, "a network's threads", error);
    if (!view->slices) return -1;
    for (int t = 0; t < view->options.threads; t++) {
        DarknetSlice *slice = &view->slices[t];
        slice->layers = memory_new((size_t)view->count, sizeof *slice->layers, "a network's layers", error);
        slice->workspace = memory_new(workspace, sizeof(float), "a network's workspace", error);
        slice->costs = memory_new((size_t)view->count + 1, sizeof(float), "a network's costs", error);
        if (!slice->layers || !slice->workspace || !slice->costs) return -1;
    }
    return 0;
}

DarknetView *darknet_view_new(DarknetNetwork *network, const DarknetViewOptions *options, Error *error) {
    DarknetView *view = memory_new(1, sizeof *view, "a network's buffers", error);
    if (!view) return NULL;
    view->network = network;
    view->options = *options;
    size_t most = (size_t)(options->last - options->first + 1), floats = 0, integers = 0;
    view->numbers = memory_new(most, sizeof *view->numbers, "a network's layers", error);
    view->layers = memory_new(most, sizeof *view->layers, "a network's layers", error);
    if (!view->numbers || !view->layers) goto failed;
    if (choose_layers(view, &floats, &integers) == 0) {
        error_set(error, "%s: layer %d alone computes nothing", network->cfg, options->last);
        goto failed;
    }
    view->inputs = (size_t)view->layers[0].inputs;
    view->outputs = (size_t)view->layers[view->count - 1].outputs;
    view->floats =
        memory_new((floats + view->inputs) * (size_t)options->batch, sizeof(float), "a network's buffers", error);
    view->integers = memory_new(integers * (size_t)options->batch, sizeof(int), "a network's buffers", error);
    if (!view->floats || !view->integers) goto failed;
    place_buffers(view);
    view->input = view->floats + floats * (size_t)options->batch;
    if (make_slices(view, error) != 0) goto failed;
    return view;
failed:
    darknet_view_free(view);
    return NULL;
}

void darknet_view_free(DarknetView *view) {
    if (!view) return;
    for (int t = 0; view->slices && t < view->options.threads; t++) {
        memory_free(view->slices[t].layers);
        memory_free(view->slices[t].workspace);
        memory_free(view->slices[t].costs);
    }
    memory_free(view->slices);
    memory_free(view->numbers);
    memory_free(view->layers);
    memory_free(view->floats);
    memory_free(view->integers);
    memory_free(view);
}

/* Where backward adds weight gradients. NULL tells the twins to compute none; stock loops always do, into what
 * libdarknet allocated for itself. */
static void place_updates(const DarknetView *view, DarknetSlice *slice, int i) {
    layer *l = &slice->layers[i];
    ParameterPlaces places;
    if (!darknet_parameter_places(&view->network->plan, view->numbers[i], &places)) return;
    if (!slice->updates) {
        if (!darknet_is_stock()) l->weight_updates = l->bias_updates = l->scale_updates = NULL;
        return;
    }
    l->weight_updates = slice->updates + places.weights;
    l->bias_updates = slice->updates + places.biases;
    if (l->batch_normalize) l->scale_updates = slice->updates + places.scales;
}

DarknetSlice *darknet_view_slice(DarknetView *view, int thread, int first, int rows, const float *x, float *dx) {
    DarknetSlice *slice = &view->slices[thread];
    for (int i = 0; i < view->count; i++) {
        layer *l = &slice->layers[i];
        *l = view->layers[i];
        size_t skip = (size_t)first * (size_t)l->outputs;
        l->batch = rows;
        l->output += skip;
        l->delta += skip;
        if (l->loss) l->loss += skip;
        if (l->batch_normalize) {
            l->x += skip;
            l->x_norm += skip;
        }
        if (l->type == MAXPOOL) l->indexes += skip;
        if (l->type == DROPOUT) l->rand += skip;
        if (l->cost) l->cost = &slice->costs[i];
        place_updates(view, slice, i);
    }
    slice->net = (network){.n = view->count,
                           .batch = rows,
                           .layers = slice->layers,
                           .inputs = (int)view->inputs,
                           .input = (float *)x + (size_t)first * view->inputs,
                           .delta = dx ? dx + (size_t)first * view->inputs : NULL,
                           .workspace = slice->workspace,
                           .cost = &slice->costs[view->count],
                           .gpu_index = -1};
    return slice;
}

int darknet_rows(int batch, int threads, int thread, int *first) {
    *first = (int)((long)batch * thread / threads);
    return (int)((long)batch * (thread + 1) / threads) - *first;
}

/* Stock loops share libdarknet's gradient buffers, and have their own threads. */
static int slices_for(const DarknetView *view, int batch) {
    int threads = darknet_is_stock() ? 1 : view->options.threads;
    return threads < batch ? threads : batch;
}

void darknet_view_forward(DarknetView *view, const float *x, int batch, float *y) {
    int threads = slices_for(view, batch);
#pragma omp parallel num_threads(threads)
    {
        int t = omp_get_thread_num(), first, rows = darknet_rows(batch, omp_get_num_threads(), t, &first);
        memcpy(view->input + (size_t)first * view->inputs, x + (size_t)first * view->inputs,
               (size_t)rows * view->inputs * sizeof(float));
        DarknetSlice *slice = darknet_view_slice(view, t, first, rows, view->input, NULL);
        darknet_library.forward_network(&slice->net);
        memcpy(y + (size_t)first * view->outputs, slice->layers[view->count - 1].output,
               (size_t)rows * view->outputs * sizeof(float));
    }
}

void darknet_view_backward(DarknetView *view, const float *dy, int batch, float *dx) {
    int threads = slices_for(view, batch);
#pragma omp parallel num_threads(threads)
    {
        int t = omp_get_thread_num(), first, rows = darknet_rows(batch, omp_get_num_threads(), t, &first);
        DarknetSlice *slice = darknet_view_slice(view, t, first, rows, view->input, dx);
        memset(slice->net.delta, 0, (size_t)rows * view->inputs * sizeof(float));
        memcpy(slice->layers[view->count - 1].delta, dy + (size_t)first * view->outputs,
               (size_t)rows * view->outputs * sizeof(float));
        darknet_library.backward_network(&slice->net);
    }
}
