#include "image/darknet_module.h"

#include "base/memory.h"
#include "image/darknet_internal.h"

#include <string.h>

typedef struct DarknetModule {
    Module module;
    DarknetView *view;
    int batch; /* of the last forward */
} DarknetModule;

static int check_batch(const DarknetModule *self, int batch, Error *error) {
    int limit = self->view->options.batch;
    if (batch >= 1 && batch <= limit) return 0;
    return error_set(error, "%s: a batch of %d, made for 1 to %d", self->module.name, batch, limit);
}

static int forward(Module *module, const float *x, int batch, float *y, Error *error) {
    DarknetModule *self = (DarknetModule *)module;
    if (check_batch(self, batch, error) != 0) return -1;
    darknet_view_forward(self->view, x, batch, y);
    self->batch = batch;
    return 0;
}

static int backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    DarknetModule *self = (DarknetModule *)module;
    if (batch != self->batch)
        return error_set(error, "%s: backward of a batch of %d, forward had %d", module->name, batch, self->batch);
    darknet_view_backward(self->view, dy, batch, dx);
    return 0;
}

static void free_module(Module *module) {
    DarknetModule *self = (DarknetModule *)module;
    darknet_view_free(self->view);
    memory_free(self);
}

static const ModuleOperations OPERATIONS = {.forward = forward, .backward = backward, .free = free_module};

Module *darknet_module(DarknetNetwork *network, const DarknetModuleOptions *options, Error *error) {
    int last = options->last >= 0 ? options->last : darknet_network_output_layer(network);
    if (options->first < 0 || last < options->first || last > darknet_network_output_layer(network)) {
        error_set(error, "%s has no layers %d to %d; they are 0 to %d", network->cfg, options->first, last,
                  darknet_network_output_layer(network));
        return NULL;
    }
    DarknetModule *self = memory_new(1, sizeof *self, "a network module", error);
    if (!self) return NULL;
    DarknetViewOptions view = {.first = options->first,
                               .last = last,
                               .batch = options->batch > 0 ? options->batch : network->batch,
                               .threads = network->threads,
                               .before = options->site == DARKNET_BEFORE};
    self->view = darknet_view_new(network, &view, error);
    if (!self->view) {
        memory_free(self);
        return NULL;
    }
    self->module = (Module){.operations = &OPERATIONS,
                            .name = options->name ? options->name : network->name,
                            .inputs = self->view->inputs,
                            .outputs = self->view->outputs,
                            .copies = 1};
    return &self->module;
}

ActivationLayout darknet_layout(const DarknetNetwork *network, int layer) {
    DarknetLayer info = darknet_network_layer(network, layer);
    int positions = info.height * info.width;
    return (ActivationLayout){
        .neurons = info.channels, .positions = positions, .neuron_stride = (size_t)positions, .position_stride = 1};
}

int darknet_site_from_name(const char *name, DarknetSite *site) {
    if (strcmp(name, "after") == 0) return *site = DARKNET_AFTER, 0;
    if (strcmp(name, "before") == 0) return *site = DARKNET_BEFORE, 0;
    return -1;
}
