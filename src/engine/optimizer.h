/* optimizer.h: how z moves. SGD, momentum and Adam ascend the gradient of each restart on its own, so a restart's
 * path does not depend on the others in its batch. */
#ifndef LATENT_DREAM_ENGINE_OPTIMIZER_H
#define LATENT_DREAM_ENGINE_OPTIMIZER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum OptimizerKind { OPTIMIZER_SGD, OPTIMIZER_MOMENTUM, OPTIMIZER_ADAM } OptimizerKind;
typedef enum Schedule { SCHEDULE_CONSTANT, SCHEDULE_LINEAR, SCHEDULE_COSINE } Schedule;

typedef struct OptimizerSettings {
    OptimizerKind kind;
    Schedule schedule;  // linear and cosine fall from learning_rate towards zero, which they would reach at `steps`
    float learning_rate;
    float momentum;           // momentum: the heavy ball's factor; Adam: beta1
    float beta2, epsilon;     // Adam (Kingma and Ba 2015)
    long steps;               // of the whole dream, for the schedule
    float radius;             // norm projection: |z - start| <= radius; 0: none
    float minimum, maximum;   // range projection of z, after that; -INFINITY and INFINITY: none
    bool normalize_gradient;  // divide each restart's gradient by its root mean square first
} OptimizerSettings;

typedef struct Optimizer {
    OptimizerSettings settings;
    size_t size;
    int batch;
    float *first, *second;  // (B, size) moments
} Optimizer;

int optimizer_open(Optimizer *optimizer, const OptimizerSettings *settings, int batch, size_t size, Error *error);
void optimizer_close(Optimizer *optimizer);
/* Forgets the moments: another batch begins. */
void optimizer_reset(Optimizer *optimizer);
/* learning_rate at step = 0 .. steps - 1 of the schedule. */
float optimizer_learning_rate(const OptimizerSettings *settings, long step);

/* One ascent step, step = 0, 1, ..., of the first `rows` rows; z, gradient, start: (rows, size). moving (rows), or
 * NULL: rows with 0 stay. */
void optimizer_step(Optimizer *optimizer, long step, int rows, float *z, const float *gradient, const float *start,
                    const unsigned char *moving);

/* "sgd", "momentum", "adam"; "constant", "linear", "cosine". -1 for another name. */
int optimizer_kind_from_name(const char *name, OptimizerKind *kind);
int schedule_from_name(const char *name, Schedule *schedule);

#endif
