/* frechet.h: how far one set of feature vectors is from another.
 *
 * The Frechet distance between two normal distributions fitted to them (Dowson and Landau 1982; of images' features,
 * Heusel et al. 2017):
 *
 *     |ma - mb|^2 + trace(Ca + Cb - 2 (Ca^1/2 Cb Ca^1/2)^1/2)
 *
 * Symmetric square roots come from LAPACK's eigenvectors, so singular covariances (fewer samples than features) are
 * fine. 0 for equal sets; the unit is that of squared features. */
#ifndef LATENT_DREAM_IMAGE_FRECHET_H
#define LATENT_DREAM_IMAGE_FRECHET_H

#include "base/error.h"

#include <stddef.h>

/* a (a_count, size), b (b_count, size); covariances divide by count - 1, so both counts are at least 2. */
int frechet_distance(const float *a, size_t a_count, const float *b, size_t b_count, size_t size, double *distance,
                     Error *error);

/* mean (size) and covariance (size, size) of samples (count, size). */
void moments_of(const float *samples, size_t count, size_t size, double *mean, double *covariance);

#endif
