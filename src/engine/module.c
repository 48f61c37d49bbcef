#include "engine/module.h"

#include "base/memory.h"

#include <string.h>

int module_forward(Module *module, const float *x, int batch, float *y, Error *error) {
    return module->operations->forward(module, x, batch, y, error);
}

int module_backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    return module->operations->backward(module, dy, batch, dx, error);
}

void module_begin_step(Module *module, uint64_t seed, long step) {
    if (module && module->operations->begin_step) module->operations->begin_step(module, seed, step);
}

void module_free(Module *module) {
    if (module) module->operations->free(module);
}

static int identity_copy(Module *module, const float *from, int batch, float *to, Error *error) {
    (void)error;
    if (to != from) memcpy(to, from, (size_t)batch * module->inputs * sizeof *to);
    return 0;
}

static void identity_free(Module *module) { memory_free(module); }

static const ModuleOperations identity_operations = {
    .forward = identity_copy,
    .backward = identity_copy,
    .free = identity_free,
};

Module *module_identity(size_t size, Error *error) {
    Module *module = memory_new(1, sizeof *module, "identity module", error);
    if (!module) return NULL;
    *module = (Module){&identity_operations, "identity", size, size, 1};
    return module;
}
