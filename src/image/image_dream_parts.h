/* image_dream_parts.h: the engine's parts for one batch of an arm: decoder, transform, regularizers, optimizer. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_DREAM_PARTS_H
#define LATENT_DREAM_IMAGE_IMAGE_DREAM_PARTS_H

#include "engine/dream.h"
#include "image/image_plan.h"

typedef struct ImageDreamParts {
    Module *decoder;    // NULL: pixels
    Module *transform;  // NULL: none
    Regularizer *regularizers[TRAJECTORY_REGULARIZERS];
    int regularizer_count;
    float *black;  // zeros (restarts, pixels), what darkness measures the distance to
} ImageDreamParts;

/* starts (restarts, size of z) are borrowed; latents (latent_count, latent) of real images are read once. `unit`: the
 * activation that weights of regularizers are multiples of. */
int image_dream_parts_open(ImageDreamParts *parts, const ImagePlan *plan, const ImageArm *arm, const float *starts,
                           int restarts, const float *latents, size_t latent_count, double unit, Error *error);
void image_dream_parts_close(ImageDreamParts *parts);

/* The names of the regularizers that the arm has, in their order; returns how many. */
int image_dream_regularizers(const ImageArm *arm, const char *names[TRAJECTORY_REGULARIZERS]);

OptimizerSettings image_dream_optimizer(const ImageArm *arm);

#endif
