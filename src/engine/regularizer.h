/* regularizer.h: terms that keep a dream plausible.
 *
 * A regularizer gives one penalty a restart and adds weight * d(penalty) to a gradient. It looks at z (what the
 * optimiser moves) or at x (what the subject sees). Image and text rooms bring their own kinds (total variation,
 * fluency) by filling in the same struct.
 *
 * Its turn comes after the decoder's forward and before the subject's, so a kind may run the subject's own network.
 */
#ifndef LATENT_DREAM_ENGINE_REGULARIZER_H
#define LATENT_DREAM_ENGINE_REGULARIZER_H

#include "base/error.h"

#include <stddef.h>

typedef enum RegularizerDomain { REGULARIZER_Z, REGULARIZER_X } RegularizerDomain;

typedef struct Regularizer Regularizer;
struct Regularizer {
    const char *name;  // the column in curves/ARM.tsv
    RegularizerDomain domain;
    float weight;
    size_t size;  // floats of one restart
    /* penalties (B), unweighted; gradient (B, size) += weight * d penalty. `restarts` (B) gives the number of each
     * row among all restarts of the arm, for kinds that hold data of each. */
    int (*apply)(Regularizer *regularizer, const float *values, const int *restarts, int batch, float *penalties,
                 float *gradient, Error *error);
    void (*free)(Regularizer *regularizer);
};

void regularizer_free(Regularizer *regularizer);

/* mean over coordinates of (v - start)^2; `starts` (restarts, size) is borrowed. */
Regularizer *regularizer_l2_start(RegularizerDomain domain, float weight, const float *starts, size_t size,
                                  Error *error);

/* Squared Mahalanobis distance to real data's latents, divided by size: (z - mean)^T P (z - mean) / size with
 * P = inverse of the covariance (plus a ridge of 1e-4 times its mean variance). `samples` (count, size) is read once.
 */
Regularizer *regularizer_latent_prior(float weight, const float *samples, size_t count, size_t size, Error *error);

#endif
