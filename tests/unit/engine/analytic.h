/* analytic.h: small modules whose values and gradients are known, for the engine's tests. */
#ifndef LATENT_DREAM_TESTS_ENGINE_ANALYTIC_H
#define LATENT_DREAM_TESTS_ENGINE_ANALYTIC_H

#include "base/memory.h"
#include "compute/random.h"
#include "engine/module.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* y[k] = sum_j matrix[k][j] * tanh(x[j]) + bend * sum_j x[j]^2: smooth and neither linear nor separable. Keeps its
 * own copy of the last x, and counts what it is asked. */
typedef struct BendModule {
    Module module;
    float *matrix;  // (outputs, inputs)
    float bend;
    float x[4096];
    long forwards, backwards, rows;
} BendModule;

static int bend_forward(Module *module, const float *x, int batch, float *y, Error *error) {
    BendModule *bend = (BendModule *)module;
    size_t n = module->inputs, m = module->outputs;
    if ((size_t)batch * n > sizeof bend->x / sizeof bend->x[0]) return error_set(error, "bend: batch too large");
    memcpy(bend->x, x, (size_t)batch * n * sizeof *x);
    bend->forwards++;
    bend->rows += batch;
    for (int b = 0; b < batch; b++, x += n, y += m) {
        for (size_t k = 0; k < m; k++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++) sum += bend->matrix[k * n + j] * tanhf(x[j]) + bend->bend * x[j] * x[j];
            y[k] = (float)sum;
        }
    }
    return 0;
}

static int bend_backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    (void)error;
    BendModule *bend = (BendModule *)module;
    size_t n = module->inputs, m = module->outputs;
    const float *x = bend->x;
    bend->backwards++;
    for (int b = 0; b < batch; b++, x += n, dx += n, dy += m) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0, slope = 1 - tanhf(x[j]) * tanhf(x[j]);
            for (size_t k = 0; k < m; k++) sum += dy[k] * (bend->matrix[k * n + j] * slope + 2 * bend->bend * x[j]);
            dx[j] = (float)sum;
        }
    }
    return 0;
}

static void bend_free(Module *module) {
    memory_free(((BendModule *)module)->matrix);
    memory_free(module);
}

static const ModuleOperations bend_operations = {
    .forward = bend_forward, .backward = bend_backward, .free = bend_free};

static inline Module *bend_module(const char *name, size_t inputs, size_t outputs, float bend, uint64_t seed,
                                  Error *error) {
    BendModule *made = memory_new(1, sizeof *made, name, error);
    if (!made) return NULL;
    made->module = (Module){&bend_operations, name, inputs, outputs, 1};
    made->bend = bend;
    made->matrix = memory_new(outputs * inputs, sizeof(float), name, error);
    if (!made->matrix) {
        bend_free(&made->module);
        return NULL;
    }
    Random random = random_stream(seed, name);
    random_fill_normal(&random, made->matrix, outputs * inputs, 0.7f);
    return &made->module;
}

/* y (outputs): y[k] = -1/2 sum_j curvature[j] (x[j] - center[k])^2: neuron k peaks, at 0, where all x are center[k].
 */
typedef struct BowlModule {
    Module module;
    float curvature[64], center[64];
    float x[4096];
} BowlModule;

static int bowl_forward(Module *module, const float *x, int batch, float *y, Error *error) {
    (void)error;
    BowlModule *bowl = (BowlModule *)module;
    size_t n = module->inputs, m = module->outputs;
    memcpy(bowl->x, x, (size_t)batch * n * sizeof *x);
    for (int b = 0; b < batch; b++, x += n, y += m) {
        for (size_t k = 0; k < m; k++) {
            y[k] = 0;
            for (size_t j = 0; j < n; j++)
                y[k] -= 0.5f * bowl->curvature[j] * (x[j] - bowl->center[k]) * (x[j] - bowl->center[k]);
        }
    }
    return 0;
}

static int bowl_backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    (void)error;
    BowlModule *bowl = (BowlModule *)module;
    size_t n = module->inputs, m = module->outputs;
    const float *x = bowl->x;
    for (int b = 0; b < batch; b++, x += n, dx += n, dy += m) {
        for (size_t j = 0; j < n; j++) {
            dx[j] = 0;
            for (size_t k = 0; k < m; k++) dx[j] -= dy[k] * bowl->curvature[j] * (x[j] - bowl->center[k]);
        }
    }
    return 0;
}

static void bowl_free(Module *module) { memory_free(module); }

static const ModuleOperations bowl_operations = {
    .forward = bowl_forward, .backward = bowl_backward, .free = bowl_free};

static inline Module *bowl_module(size_t inputs, size_t outputs, Error *error) {
    BowlModule *made = memory_new(1, sizeof *made, "bowl", error);
    if (!made) return NULL;
    made->module = (Module){&bowl_operations, "bowl", inputs, outputs, 1};
    for (size_t j = 0; j < inputs; j++) made->curvature[j] = 1.0f + (float)(j % 3);
    for (size_t k = 0; k < outputs; k++) made->center[k] = 0.5f * (float)k - 1.0f;
    return &made->module;
}

/* Each of `copies` copies of x scaled by a factor of its own, drawn anew each step. */
typedef struct ScaleModule {
    Module module;
    float factor[16];
} ScaleModule;

static int scale_forward(Module *module, const float *x, int batch, float *y, Error *error) {
    (void)error;
    ScaleModule *scale = (ScaleModule *)module;
    for (int b = 0; b < batch; b++)
        for (int c = 0; c < module->copies; c++)
            for (size_t j = 0; j < module->inputs; j++) *y++ = scale->factor[c] * x[(size_t)b * module->inputs + j];
    return 0;
}

static int scale_backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    (void)error;
    ScaleModule *scale = (ScaleModule *)module;
    memset(dx, 0, (size_t)batch * module->inputs * sizeof *dx);
    for (int b = 0; b < batch; b++)
        for (int c = 0; c < module->copies; c++)
            for (size_t j = 0; j < module->inputs; j++)
                dx[(size_t)b * module->inputs + j] += scale->factor[c] * *dy++;
    return 0;
}

static void scale_begin_step(Module *module, uint64_t seed, long step) {
    Random random = random_stream_at(seed, "scale", (uint64_t)step);
    for (int c = 0; c < module->copies; c++)
        ((ScaleModule *)module)->factor[c] = 1.0f + 0.2f * random_normal(&random);
}

static void scale_free(Module *module) { memory_free(module); }

static const ModuleOperations scale_operations = {scale_forward, scale_backward, scale_begin_step, scale_free};

static inline Module *scale_module(size_t size, int copies, Error *error) {
    ScaleModule *made = memory_new(1, sizeof *made, "scale", error);
    if (!made) return NULL;
    made->module = (Module){&scale_operations, "scale", size, size * (size_t)copies, copies};
    for (int c = 0; c < copies; c++) made->factor[c] = 1.0f;
    return &made->module;
}

/* Whether `analytic` is the slope of the function whose values at +-step around a point are `above` and `below`. */
static inline bool slope_agrees(double analytic, double above, double below, double step, double tolerance) {
    double numeric = (above - below) / (2 * step);
    return fabs(analytic - numeric) <= tolerance * (1 + fabs(numeric));
}

#endif
