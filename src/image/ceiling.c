#include "image/ceiling.h"

#include "base/memory.h"

#include <string.h>

typedef struct Ceiling {
    Module module;
    Module *subject;
    Target target;
    const float *ceilings;
    const int *restarts;  // NULL: row i is restart i
    int copies;
    const float *activations;  // of the last forward
    int *neurons;              // (limit) of each row
    float *values;             // (limit)
    float *gradient;           // (limit, outputs)
} Ceiling;

static int ceiling_forward(Module *module, const float *x, int batch, float *y, Error *error) {
    Ceiling *ceiling = (Ceiling *)module;
    ceiling->activations = y;
    return module_forward(ceiling->subject, x, batch, y, error);
}

static int ceiling_backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    Ceiling *ceiling = (Ceiling *)module;
    int rows = batch / ceiling->copies;
    size_t size = module->outputs * (size_t)ceiling->copies;
    Target target = ceiling->target;
    for (int row = 0; row < rows; row++)
        ceiling->neurons[row] = ceiling->target.neurons[ceiling->restarts ? ceiling->restarts[row] : row];
    target.neurons = ceiling->neurons;
    target_value(&target, ceiling->activations, rows, ceiling->copies, module->outputs, ceiling->values, NULL);
    memcpy(ceiling->gradient, dy, (size_t)rows * size * sizeof *dy);
    for (int row = 0; row < rows; row++)
        if (ceiling->values[row] >= ceiling->ceilings[ceiling->restarts ? ceiling->restarts[row] : row])
            memset(ceiling->gradient + (size_t)row * size, 0, size * sizeof *dy);
    return module_backward(ceiling->subject, ceiling->gradient, batch, dx, error);
}

static void ceiling_begin_step(Module *module, uint64_t seed, long step) {
    module_begin_step(((Ceiling *)module)->subject, seed, step);
}

static void ceiling_free(Module *module) {
    Ceiling *ceiling = (Ceiling *)module;
    memory_free(ceiling->neurons);
    memory_free(ceiling->values);
    memory_free(ceiling->gradient);
    memory_free(ceiling);
}

static const ModuleOperations OPERATIONS = {ceiling_forward, ceiling_backward, ceiling_begin_step, ceiling_free};

Module *ceiling_new(Module *subject, const Target *target, const float *ceilings, int copies, int limit,
                    Error *error) {
    Ceiling *ceiling = memory_new(1, sizeof *ceiling, "the ceiling", error);
    if (!ceiling) return NULL;
    ceiling->module = *subject;
    ceiling->module.operations = &OPERATIONS;
    ceiling->subject = subject;
    ceiling->target = *target;
    ceiling->ceilings = ceilings;
    ceiling->copies = copies;
    ceiling->neurons = memory_new((size_t)limit, sizeof(int), "the ceiling", error);
    ceiling->values = memory_new((size_t)limit, sizeof(float), "the ceiling", error);
    ceiling->gradient = memory_new((size_t)limit * subject->outputs, sizeof(float), "the ceiling", error);
    if (ceiling->neurons && ceiling->values && ceiling->gradient) return &ceiling->module;
    ceiling_free(&ceiling->module);
    return NULL;
}

void ceiling_set_restarts(Module *module, const int *restarts) { ((Ceiling *)module)->restarts = restarts; }
