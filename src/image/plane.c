#include "image/plane.h"

#include "base/memory.h"
#include "image/frechet.h"

#include <lapacke.h>
#include <math.h>

int plane_fit(Plane *plane, const float *samples, size_t count, size_t size, Error *error) {
    *plane = (Plane){.size = size};
    if (size < 2 || count < 2)
        return error_set(error, "the latent plane needs two dimensions and two samples, got %zu and %zu", size,
                         count);
    plane->mean = memory_new(3 * size, sizeof(double), "the latent plane", error);
    double *covariance = memory_new(size * size + size, sizeof(double), "the latent plane", error);
    if (!plane->mean || !covariance) {
        memory_free(covariance);
        return -1;
    }
    plane->axes = plane->mean + size;
    double *values = covariance + size * size;
    moments_of(samples, count, size, plane->mean, covariance);
    int status = LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'U', (lapack_int)size, covariance, (lapack_int)size, values);
    if (status != 0) {
        memory_free(covariance);
        return error_set(error, "the latent plane: LAPACK's dsyevd failed with status %d", status);
    }
    double all = 0;
    for (size_t i = 0; i < size; i++) all += fmax(values[i], 0.0);
    plane->share = all > 0 ? (values[size - 1] + values[size - 2]) / all : 0;
    for (size_t axis = 0; axis < 2; axis++) {
        size_t column = size - 1 - axis;  // LAPACK sorts eigenvalues upwards
        double largest = 0;
        for (size_t i = 0; i < size; i++)
            if (fabs(covariance[i * size + column]) > fabs(largest)) largest = covariance[i * size + column];
        for (size_t i = 0; i < size; i++)
            plane->axes[axis * size + i] =
                largest < 0 ? -covariance[i * size + column] : covariance[i * size + column];
    }
    memory_free(covariance);
    return 0;
}

void plane_close(Plane *plane) {
    memory_free(plane->mean);
    *plane = (Plane){0};
}

void plane_project(const Plane *plane, const float *sample, double *x, double *y) {
    *x = *y = 0;
    for (size_t i = 0; i < plane->size; i++) {
        double from_mean = sample[i] - plane->mean[i];
        *x += plane->axes[i] * from_mean;
        *y += plane->axes[plane->size + i] * from_mean;
    }
}
