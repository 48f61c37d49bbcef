/* image_activations.h: what targets read, of any images: real ones for comparison, and the subject of a dream.
 *
 * Targets that read the same layer at the same site share a cut: one module that computes up to there. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_ACTIVATIONS_H
#define LATENT_DREAM_IMAGE_IMAGE_ACTIVATIONS_H

#include "image/image_plan.h"

/* Whether two targets can be dreamed of in one batch. */
bool image_targets_share_cut(const ImageTarget *a, const ImageTarget *b);

/* The subject up to the target's layer; freed with module_free. */
Module *image_target_module(const ImageTarget *target, int batch, Error *error);
/* The engine's target for `neurons` (one a restart, borrowed), all of this target's cut. */
Target image_target_of(const ImageTarget *target, const int *neurons);

/* activations (targets, count): of each target (without squash) for each of `count` images (count, pixels). */
int image_activations(const ImageTarget *targets, int target_count, const float *images, size_t count,
                      float *activations, Error *error);

#endif
