#include "text/gpt2_module.h"

#include "base/memory.h"

#include <string.h>

typedef struct Gpt2Module {
    Module module;
    TextPass *pass;
    int layer;
    TextSite site;
    int T, neurons;
    int *lengths;                   // (batch_limit)
    int length_count, batch_limit;  // length_count 0: all sentences have T tokens
} Gpt2Module;

static int forward(Module *module, const float *x, int batch, float *y, Error *error) {
    Gpt2Module *own = (Gpt2Module *)module;
    if (own->length_count > 0 && own->length_count != batch)
        return error_set(error, "%s: lengths are set for %d sentences, and %d come", module->name, own->length_count,
                         batch);
    if (text_pass_forward(own->pass, x, batch, own->T, own->length_count > 0 ? own->lengths : NULL, error) != 0)
        return -1;
    memcpy(y, text_pass_site(own->pass, own->layer, own->site), (size_t)batch * module->outputs * sizeof *y);
    return 0;
}

static int backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    (void)batch;
    return text_pass_backward(((Gpt2Module *)module)->pass, dy, dx, error);
}

static void module_close(Module *module) {
    Gpt2Module *own = (Gpt2Module *)module;
    text_pass_free(own->pass);
    memory_free(own->lengths);
    memory_free(own);
}

static const ModuleOperations OPERATIONS = {.forward = forward, .backward = backward, .free = module_close};

Module *gpt2_module_new(TextNetwork *network, int layer, TextSite site, bool one_neuron, int T, int batch_limit,
                        Precision precision, Error *error) {
    const TextPassSettings settings = {.batch = batch_limit,
                                       .positions = T,
                                       .layer = layer,
                                       .site = site,
                                       .backward = true,
                                       .one_neuron = one_neuron,
                                       .precision = precision};
    TextPass *pass = text_pass_new(network, &settings, error);
    Gpt2Module *own = pass ? memory_new(1, sizeof *own, "subject", error) : NULL;
    int *lengths = own ? memory_new((size_t)batch_limit, sizeof *lengths, "lengths", error) : NULL;
    if (!lengths) {
        text_pass_free(pass);
        memory_free(own);
        return NULL;
    }
    int neurons = one_neuron ? 1 : text_site_width(&network->shape, site);
    *own = (Gpt2Module){.module = {.operations = &OPERATIONS,
                                   .name = "subject",
                                   .inputs = (size_t)T * (size_t)network->shape.width,
                                   .outputs = (size_t)T * (size_t)neurons,
                                   .copies = 1},
                        .pass = pass,
                        .layer = layer,
                        .site = site,
                        .T = T,
                        .neurons = neurons,
                        .lengths = lengths,
                        .batch_limit = batch_limit};
    return &own->module;
}

ActivationLayout gpt2_module_layout(const Module *module) {
    const Gpt2Module *own = (const Gpt2Module *)module;
    return (ActivationLayout){
        .neurons = own->neurons, .positions = own->T, .neuron_stride = 1, .position_stride = (size_t)own->neurons};
}

int gpt2_module_set_lengths(Module *module, const int *lengths, int count, Error *error) {
    Gpt2Module *own = (Gpt2Module *)module;
    own->length_count = 0;
    if (!lengths) return 0;
    if (count < 1 || count > own->batch_limit)
        return error_set(error, "lengths of %d sentences given to a module of %d", count, own->batch_limit);
    for (int b = 0; b < count; b++)
        if (lengths[b] < 1 || lengths[b] > own->T)
            return error_set(error, "sentence %d has %d tokens; it must have 1 to %d", b, lengths[b], own->T);
    memcpy(own->lengths, lengths, (size_t)count * sizeof *lengths);
    own->length_count = count;
    return 0;
}

int gpt2_module_set_neurons(Module *module, const int *neurons, int count, Error *error) {
    return text_pass_set_neurons(((Gpt2Module *)module)->pass, neurons, count, error);
}
