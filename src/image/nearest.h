/* nearest.h: distances between pictures: to the nearest of many, and among themselves.
 *
 * Distances are Euclidean over pixels of 0..1. Are dreams copies of training digits? Their distance to the nearest
 * one tells, held against the same figure of real digits that were held out. Is a dream one picture again and again?
 * The mean distance between dreams of one neuron tells, held against the same figure of real digits. */
#ifndef LATENT_DREAM_IMAGE_NEAREST_H
#define LATENT_DREAM_IMAGE_NEAREST_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* distances (count): from each row of x (count, size) to its nearest row of references (reference_count, size), and
 * which one (nearest, or NULL). The search is by matrix products in tiles; the distance of the one found is then
 * computed directly, so it has no rounding of large norms in it. */
int nearest_find(const float *x, size_t count, const float *references, size_t reference_count, size_t size,
                 double *distances, uint32_t *nearest, Error *error);

/* Mean distance between two different rows of x; NAN when there are fewer than two. */
double diversity_of(const float *x, size_t count, size_t size);

#endif
