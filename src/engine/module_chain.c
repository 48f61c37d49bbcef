#include "base/memory.h"
#include "engine/module.h"

typedef struct ModuleChain {
    Module module;
    size_t count;
    int batch_limit;
    int owned;
    Module **modules;     // (count)
    int *rows;            // (count) rows that module i sees for each restart: the copies made before it
    float **values;       // (count - 1) what module i gives to module i + 1
    float *gradients[2];  // the gradient on its way back: each module reads one and writes the other
} ModuleChain;

static int check_batch(const ModuleChain *chain, int batch, Error *error) {
    if (batch > 0 && batch <= chain->batch_limit) return 0;
    return error_set(error, "module chain: a batch of %d, made for 1 to %d", batch, chain->batch_limit);
}

static int chain_forward(Module *module, const float *x, int batch, float *y, Error *error) {
    ModuleChain *chain = (ModuleChain *)module;
    if (check_batch(chain, batch, error) != 0) return -1;
    for (size_t i = 0; i < chain->count; i++) {
        float *to = i + 1 < chain->count ? chain->values[i] : y;
        if (module_forward(chain->modules[i], x, batch * chain->rows[i], to, error) != 0) return -1;
        x = to;
    }
    return 0;
}

static int chain_backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    ModuleChain *chain = (ModuleChain *)module;
    if (check_batch(chain, batch, error) != 0) return -1;
    for (size_t i = chain->count; i-- > 0;) {
        float *to = i > 0 ? chain->gradients[i % 2] : dx;
        if (module_backward(chain->modules[i], dy, batch * chain->rows[i], to, error) != 0) return -1;
        dy = to;
    }
    return 0;
}

static void chain_begin_step(Module *module, uint64_t seed, long step) {
    ModuleChain *chain = (ModuleChain *)module;
    for (size_t i = 0; i < chain->count; i++) module_begin_step(chain->modules[i], seed, step);
}

static void chain_free(Module *module) {
    ModuleChain *chain = (ModuleChain *)module;
    for (size_t i = 0; chain->values && i + 1 < chain->count; i++) memory_free(chain->values[i]);
    for (size_t i = 0; chain->owned && i < chain->count; i++) module_free(chain->modules[i]);
    memory_free(chain->gradients[0]);
    memory_free(chain->gradients[1]);
    memory_free(chain->values);
    memory_free(chain->rows);
    memory_free(chain->modules);
    memory_free(chain);
}

static const ModuleOperations chain_operations = {
    .forward = chain_forward,
    .backward = chain_backward,
    .begin_step = chain_begin_step,
    .free = chain_free,
};

/* Rows, inputs, outputs and copies of the chain; -1 where one module's outputs are not the next one's inputs. */
static int measure_chain(ModuleChain *chain, Error *error) {
    int copies = 1;
    for (size_t i = 0; i < chain->count; i++) {
        const Module *module = chain->modules[i];
        chain->rows[i] = copies;
        copies *= module->copies;
        if (i + 1 == chain->count) break;
        size_t given = module->outputs / (size_t)module->copies, wanted = chain->modules[i + 1]->inputs;
        if (given != wanted)
            return error_set(error, "%s gives %zu numbers, %s takes %zu", module->name, given,
                             chain->modules[i + 1]->name, wanted);
    }
    const Module *last = chain->modules[chain->count - 1];
    chain->module.inputs = chain->modules[0]->inputs;
    chain->module.outputs = (size_t)chain->rows[chain->count - 1] * last->outputs;
    chain->module.copies = copies;
    return 0;
}

static int make_buffers(ModuleChain *chain, Error *error) {
    size_t largest = 0;
    for (size_t i = 0; i + 1 < chain->count; i++) {
        size_t row = (size_t)chain->rows[i] * chain->modules[i]->outputs * sizeof(float);
        chain->values[i] = memory_new((size_t)chain->batch_limit, row, "values between modules", error);
        if (!chain->values[i]) return -1;
        if (row > largest) largest = row;
    }
    for (int i = 0; largest > 0 && i < 2; i++) {
        chain->gradients[i] = memory_new((size_t)chain->batch_limit, largest, "gradients between modules", error);
        if (!chain->gradients[i]) return -1;
    }
    return 0;
}

Module *module_chain(Module *const *modules, size_t count, int batch_limit, int owned, Error *error) {
    if (count == 0 || batch_limit < 1) {
        error_set(error, "module chain: needs at least one module and a batch of at least 1");
        return NULL;
    }
    ModuleChain *chain = memory_new(1, sizeof *chain, "module chain", error);
    if (!chain) return NULL;
    chain->module.operations = &chain_operations;
    chain->module.name = modules[count - 1]->name;
    chain->count = count;
    chain->batch_limit = batch_limit;
    chain->modules = memory_new(count, sizeof(Module *), "module chain", error);
    chain->rows = chain->modules ? memory_new(count, sizeof(int), "module chain", error) : NULL;
    chain->values = chain->rows ? memory_new(count, sizeof(float *), "module chain", error) : NULL;
    int failed = !chain->values;
    for (size_t i = 0; !failed && i < count; i++) chain->modules[i] = modules[i];
    if (failed || measure_chain(chain, error) != 0 || make_buffers(chain, error) != 0) {
        chain_free(&chain->module);
        return NULL;
    }
    chain->owned = owned;  // only now: after a failure the caller still owns them
    return &chain->module;
}
