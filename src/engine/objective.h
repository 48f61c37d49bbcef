/* objective.h: what a dream climbs, and its gradient.
 *
 *     objective(z) = squashed target value - sum of weight * penalty
 *
 * for the rows (restarts) in work. A strategy that proposes the next z, such as gradient ascent (dream.c) or a search
 * that only compares candidates, needs nothing else:
 *
 *     objective_open(&objective, dream, 64, error);
 *     objective_take_rows(&objective, restarts, rows, error);        // which restarts the rows of z are
 *     objective_evaluate(&objective, z, step, error);                // value, squashed, penalties, total
 *     objective_gradient(&objective, dz, error);                     // of total, at the z just evaluated
 *     objective_close(&objective);
 */
#ifndef LATENT_DREAM_ENGINE_OBJECTIVE_H
#define LATENT_DREAM_ENGINE_OBJECTIVE_H

#include "base/error.h"
#include "engine/dream.h"

#include <stddef.h>

typedef struct Objective {
    const Dream *dream;
    int limit;      // the most rows that come at once
    int rows;       // rows in work
    size_t z_size;  // floats of z and x of one row
    size_t x_size;
    size_t stride;                        // activations of one row and copy
    int copies;                           // copies that the transform and the subject make of a row
    int *restarts, *neurons, *positions;  // (limit) of each row; positions NULL: all
    const float *z;                       // (rows, z_size) as last evaluated, borrowed
    float *x;                             // (limit, x_size); NULL without a decoder
    float *seen;                          // (limit, copies, x_size); NULL without a transform
    float *activations;                   // (limit, copies, stride)
    float *d_activations, *d_seen, *d_x;  // gradients of the target value
    float *z_slope, *x_slope;             // gradients of the regularizers; NULL where no regularizer is there
    float *value, *squashed, *total;      // (limit)
    float *penalties;                     // (regularizers, limit), unweighted
} Objective;

/* -1 with an error where the sizes of the dream's parts, or a neuron or position of its target, do not fit. */
int objective_open(Objective *objective, const Dream *dream, int limit, Error *error);
void objective_close(Objective *objective);

/* From now on row i is restarts[i]; tells the dream's begin_batch. */
int objective_take_rows(Objective *objective, const int *restarts, int rows, Error *error);

/* value (without squash), squashed, penalties and total of each row of z; `step` chooses what random modules draw. z
 * must stay as it is until objective_gradient. */
int objective_evaluate(Objective *objective, const float *z, long step, Error *error);

/* d total / d z of the last evaluation, into dz (rows, z_size). */
int objective_gradient(Objective *objective, float *dz, Error *error);

/* values (rows): the target of z without squash, without the transform and without regularizers. */
int objective_plain_values(Objective *objective, const float *z, float *values, Error *error);

#endif
