/* dream.h: the one loop behind every dream.
 *
 *     z --decoder--> x --transform--> subject --> activations --target--> value
 *
 * Gradient ascent on value - sum of weight * penalty, for `restarts` independent z at once, in batches of at most
 * `batch`. The result of a restart depends on the seed, its number and its start alone, never on the batch it ran
 * in, up to the rounding of matrix products of another shape. */
#ifndef LATENT_DREAM_ENGINE_DREAM_H
#define LATENT_DREAM_ENGINE_DREAM_H

#include "base/error.h"
#include "base/progress.h"
#include "engine/module.h"
#include "engine/optimizer.h"
#include "engine/regularizer.h"
#include "engine/target.h"
#include "engine/trajectory.h"

#include <stdint.h>

typedef struct Dream {
    const char *name;   // the arm, for messages and progress; NULL: "dream"
    Module *decoder;    // z to x; NULL: z is x
    Module *transform;  // x to what the subject sees (of x's size), random, perhaps several copies; NULL: none
    Module *subject;
    Target target;  // neurons and positions: (restarts)
    Regularizer **regularizers;
    int regularizer_count;  // at most TRAJECTORY_REGULARIZERS
    OptimizerSettings optimizer;
    int restarts;
    int batch;            // the largest batch
    const float *starts;  // (restarts, z size)
    uint64_t seed;
    long steps;
    long patience;        // stop a restart when its best objective rose by less than `tolerance` in this many
    float tolerance;      // steps; patience 0: never
    long snapshot_every;  // steps between the z kept for animations; 0: none
    /* Called with the restarts of a batch before it runs, and again with those left when stopped restarts leave it,
     * for modules that hold data of each (sentence lengths). NULL: nothing to tell. */
    int (*begin_batch)(void *context, const int *restarts, int count, Error *error);
    void *context;
    /* Polled between steps: nonzero stops the dream with an error. NULL: never. */
    const volatile int *interrupted;
} Dream;

/* Runs it. `trajectory` is opened here and closed by the caller with trajectory_close, also after a failure. */
int dream_run(const Dream *dream, Trajectory *trajectory, Progress *progress, Error *error);

/* Floats of z: the decoder's inputs, or the subject's. */
size_t dream_z_size(const Dream *dream);

#endif
