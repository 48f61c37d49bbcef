/* module.h: a differentiable map of a batch.
 *
 * A module maps x (B, inputs) to y (B, outputs), both row-major float32, and carries a gradient back:
 * dx = (dy/dx)^T dy. It computes no gradient of its own weights. A decoder, an image transform, a classifier
 * cut at one layer, a language model cut at one layer: all are modules, and module_chain makes one of several.
 *
 *     module_forward(module, x, B, y, error);      // keeps what backward needs
 *     module_backward(module, dy, B, dx, error);   // of the last forward; dx is overwritten
 *
 * A module is not shared between threads; it may use threads inside. */
#ifndef LATENT_DREAM_ENGINE_MODULE_H
#define LATENT_DREAM_ENGINE_MODULE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Module Module;

typedef struct ModuleOperations {
    int (*forward)(Module *module, const float *x, int batch, float *y, Error *error);
    int (*backward)(Module *module, const float *dy, int batch, float *dx, Error *error);
    /* Called before each step, for modules that are random (an image transform): draws what this step uses, from
     * (seed, step) alone. NULL: nothing is random. */
    void (*begin_step)(Module *module, uint64_t seed, long step);
    void (*free)(Module *module);
} ModuleOperations;

/* Each kind of module is a struct whose first member is this one. */
struct Module {
    const ModuleOperations *operations;
    const char *name;  // for messages: "decoder", "subject"
    size_t inputs;     // floats of one restart
    size_t outputs;    // floats of one restart, for all copies together
    int copies;        // y holds this many variants of each restart, (B, copies, outputs / copies); usually 1
};

int module_forward(Module *module, const float *x, int batch, float *y, Error *error);
int module_backward(Module *module, const float *dy, int batch, float *dx, Error *error);
void module_begin_step(Module *module, uint64_t seed, long step);
/* NULL is fine. */
void module_free(Module *module);

/* y = x. */
Module *module_identity(size_t size, Error *error);

/* first, then second, ... `modules` are borrowed unless `owned`; batch_limit is the largest batch that will come.
 * A module with copies multiplies the batch of those behind it. NULL with an error where sizes do not fit. */
Module *module_chain(Module *const *modules, size_t count, int batch_limit, int owned, Error *error);

#endif
