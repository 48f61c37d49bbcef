/* image_cuts.h: the dreams of an arm, one cut of the subject after the other.
 *
 * Targets that read the same layer at the same site are dreamed of together: one module, one dream_run. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_CUTS_H
#define LATENT_DREAM_IMAGE_IMAGE_CUTS_H

#include "image/image_dreams.h"

typedef struct ImageCutInputs {
    const ImagePlan *plan;
    const float *starts;      // (dreams->count, size of z)
    const double *strongest;  // (plan->target_count) the activation that ceiling= is a multiple of
    const float *latents;     // (latent_count, latent) of real images; NULL for pixels
    size_t latent_count;
    Run *run;
} ImageCutInputs;

/* Fills in the arm's trajectory and the latents of its paths. */
int image_cuts_run(ImageDreams *dreams, const ImageCutInputs *inputs, Error *error);

#endif
