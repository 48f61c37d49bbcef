/* target.h: which activation is dreamed of, and how it becomes one value a restart.
 *
 * The subject's output holds activations a[position][neuron] in some layout: positions are the pixels of a
 * convolutional channel or the tokens of a sentence. The target takes one neuron a restart, squashes it, and
 * reduces it over positions and over the copies that a random transform made. */
#ifndef LATENT_DREAM_ENGINE_TARGET_H
#define LATENT_DREAM_ENGINE_TARGET_H

#include "base/error.h"

#include <stddef.h>

typedef enum Reduce { REDUCE_MEAN, REDUCE_MAX, REDUCE_LAST } Reduce;
typedef enum Squash { SQUASH_NONE, SQUASH_SIGMOID } Squash;

typedef struct ActivationLayout {
    int neurons;
    int positions;
    size_t neuron_stride;    // floats from one neuron to the next
    size_t position_stride;  // floats from one position to the next
} ActivationLayout;

typedef struct Target {
    ActivationLayout layout;
    Reduce reduce;
    Squash squash;         // applied to each position's activation, before the reduction
    const int *neurons;    // (B) the neuron of each restart, 0..layout.neurons-1
    const int *positions;  // (B) how many positions count in each restart; NULL: all
} Target;

/* values (B) = the target of each restart; raw (B), unless NULL, the same without the squash. activations
 * (B, copies, stride): `stride` floats a copy. */
void target_value(const Target *target, const float *activations, int batch, int copies, size_t stride, float *values,
                  float *raw);

/* gradient (B, copies, stride) = d values / d activations, overwritten everywhere. */
void target_gradient(const Target *target, const float *activations, int batch, int copies, size_t stride,
                     float *gradient);

int reduce_from_name(const char *name, Reduce *reduce);
int squash_from_name(const char *name, Squash *squash);

#endif
