/* image_starts.h: where the dreams of an arm begin.
 *
 * From data: a held-out image of another class than the target's, drawn for each target and restart from the seed, so
 * that every arm begins at the same images (through the encoder where latents are optimised). From noise: uniform
 * pixels, or latents drawn from a normal distribution with the mean and covariance of real images' latents. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_STARTS_H
#define LATENT_DREAM_IMAGE_IMAGE_STARTS_H

#include "image/image_plan.h"

/* Latents (count, latent) of images (count, pixels). */
int image_encode(const ImageNetwork *autoencoder, const float *images, size_t count, float *latents, Error *error);

/* Floats that the arm optimises for each dream. */
size_t image_arm_size(const ImagePlan *plan, const ImageArm *arm);

/* starts (targets, groups, restarts, size), in the order of arm->targets. `latents` (latent_count, latent): those of
 * real images; NULL for pixels. */
int image_starts(const ImagePlan *plan, const ImageArm *arm, int restarts, uint64_t seed, const float *latents,
                 size_t latent_count, float *starts, Error *error);

#endif
