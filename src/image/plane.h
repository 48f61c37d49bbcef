/* plane.h: many dimensions seen in two: the plane of largest variance (principal components, Pearson 1901). */
#ifndef LATENT_DREAM_IMAGE_PLANE_H
#define LATENT_DREAM_IMAGE_PLANE_H

#include "base/error.h"

#include <stddef.h>

typedef struct Plane {
    size_t size;
    double *mean;  // (size)
    double *axes;  // (2, size), unit vectors; the largest entry of each is positive
    double share;  // of the variance that lies in the plane, 0..1
} Plane;

/* Fits the plane to samples (count, size); size is at least 2. Freed with plane_close. */
int plane_fit(Plane *plane, const float *samples, size_t count, size_t size, Error *error);
void plane_close(Plane *plane);

void plane_project(const Plane *plane, const float *sample, double *x, double *y);

#endif
