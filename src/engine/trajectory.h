/* trajectory.h: what a dream left behind, step by step. */
#ifndef LATENT_DREAM_ENGINE_TRAJECTORY_H
#define LATENT_DREAM_ENGINE_TRAJECTORY_H

#include "base/error.h"

#include <stddef.h>

enum { TRAJECTORY_REGULARIZERS = 8 };

typedef struct Trajectory {
    int restarts;
    long steps;                                 // records are step 0 (the start) .. steps (the dream)
    size_t size;                                // floats of z
    float *values;                              // (steps + 1, restarts) the target, without squash
    float *squashed;                            // (steps + 1, restarts) with squash: what was optimised
    float *penalties[TRAJECTORY_REGULARIZERS];  // (steps + 1, restarts) each
    const char *names[TRAJECTORY_REGULARIZERS];
    int regularizers;
    long *stopped;         // (restarts) the step after which a restart no longer moved
    long snapshot_every;   // 0: none
    long snapshot_count;   // steps / snapshot_every + 1
    float *snapshots;      // (snapshot_count, restarts, size) z
    float *start, *final;  // (restarts, size) z
    float *start_values;   // (restarts) the target, without squash, of the first and of the last z, both seen
    float *final_values;   // without the random transform
} Trajectory;

int trajectory_open(Trajectory *trajectory, int restarts, long steps, size_t size, long snapshot_every, Error *error);
/* Makes room for one more regularizer's penalties; `name` is borrowed. */
int trajectory_add_regularizer(Trajectory *trajectory, const char *name, Error *error);
/* Fine after a failed trajectory_open, and twice. */
void trajectory_close(Trajectory *trajectory);

/* curves/ARM.tsv: step, value_mean, value_p05, value_p25, value_p50, value_p75, value_p95, objective_mean (with
 * squash), one column a regularizer (mean), moving (share of restarts not yet stopped); a header row. `hard`
 * (steps + 1) adds the column hard_mean where it is not NULL (NAN: not measured at that step). */
int trajectory_write_curves(const Trajectory *trajectory, const float *hard, const char *path, Error *error);

#endif
