/* transform.h: small random shifts, turns and scalings of a picture, as a module with exact gradients.
 *
 * Each step every restart is shown to the subject in `copies` variants, each resampled bilinearly through its own
 * random map; outside the picture is 0. The target averages over the copies, so a dream must please the subject
 * however it is held (Olah, Mordvintsev and Schubert, "Feature Visualization", 2017).
 *
 *     forward:  y[p] = sum over q of w[p][q] x[q]          backward:  dx[q] = sum over p of w[p][q] dy[p] */
#ifndef LATENT_DREAM_IMAGE_TRANSFORM_H
#define LATENT_DREAM_IMAGE_TRANSFORM_H

#include "engine/module.h"

typedef struct TransformSettings {
    int height, width;
    float jitter;  // shift by up to this many pixels along each axis, uniform
    float rotate;  // turn about the center by up to this many degrees, uniform
    float scale;   // scale by a factor in [1 - scale, 1 + scale], uniform
    int copies;    // variants of each restart at each step, 1 or more
} TransformSettings;

Module *transform_new(const TransformSettings *settings, Error *error);

/* The numbers of the restarts in the batches that follow (borrowed, `count` of them): what a restart is shown
 * depends on the seed, the step and its own number, not on the batch it runs in. Without it, they count from 0. */
void transform_set_restarts(Module *transform, const int *restarts, int count);

/* y = x resampled through one fixed map: turned by `degrees`, scaled by `factor`, shifted by (right, down) pixels. */
void transform_resample(const float *x, int height, int width, float degrees, float factor, float right, float down,
                        float *y);

#endif
