#include "image/frechet.h"

#include "base/memory.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

void moments_of(const float *samples, size_t count, size_t size, double *mean, double *covariance) {
    memset(mean, 0, size * sizeof *mean);
    memset(covariance, 0, size * size * sizeof *covariance);
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < size; i++) mean[i] += samples[n * size + i];
    for (size_t i = 0; i < size; i++) mean[i] /= (double)count;
    for (size_t n = 0; n < count; n++) {
        const float *sample = samples + n * size;
        for (size_t i = 0; i < size; i++) {
            double from_mean = sample[i] - mean[i];
            for (size_t j = 0; j <= i; j++) covariance[i * size + j] += from_mean * (sample[j] - mean[j]);
        }
    }
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j <= i; j++)
            covariance[j * size + i] = covariance[i * size + j] /= (double)(count > 1 ? count - 1 : 1);
}

/* C (n, n) = A B. */
static void multiply(const double *a, const double *b, size_t n, double *c) {
    memset(c, 0, n * n * sizeof *c);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double by = a[i * n + k];
            for (size_t j = 0; j < n; j++) c[i * n + j] += by * b[k * n + j];
        }
}

/* Eigenvalues (n) of the symmetric matrix (n, n); with `vectors`, its columns become the eigenvectors. */
static int eigen(double *matrix, size_t n, double *values, int vectors, Error *error) {
    int status =
        LAPACKE_dsyevd(LAPACK_ROW_MAJOR, vectors ? 'V' : 'N', 'U', (lapack_int)n, matrix, (lapack_int)n, values);
    if (status != 0) return error_set(error, "the Frechet distance: LAPACK's dsyevd failed with status %d", status);
    return 0;
}

/* root = matrix^1/2; the matrix is overwritten. scratch holds n * n + n doubles. */
static int square_root(double *matrix, size_t n, double *root, double *scratch, Error *error) {
    double *values = scratch + n * n;
    if (eigen(matrix, n, values, 1, error) != 0) return -1;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            scratch[k * n + i] = matrix[i * n + k];
            matrix[i * n + k] *= sqrt(fmax(values[k], 0.0));
        }
    multiply(matrix, scratch, n, root);
    return 0;
}

int frechet_distance(const float *a, size_t a_count, const float *b, size_t b_count, size_t size, double *distance,
                     Error *error) {
    *distance = NAN;
    if (a_count < 2 || b_count < 2)
        return error_set(error, "the Frechet distance needs two samples on each side, got %zu and %zu", a_count,
                         b_count);
    size_t square = size * size;
    double *memory = memory_new(5 * square + 3 * size, sizeof *memory, "the Frechet distance", error);
    if (!memory) return -1;
    double *a_covariance = memory, *b_covariance = memory + square, *root = memory + 2 * square;
    double *product = memory + 3 * square, *scratch = memory + 4 * square;
    double *a_mean = memory + 5 * square + size, *b_mean = a_mean + size;
    moments_of(a, a_count, size, a_mean, a_covariance);
    moments_of(b, b_count, size, b_mean, b_covariance);
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        double between = a_mean[i] - b_mean[i];
        sum += between * between + a_covariance[i * size + i] + b_covariance[i * size + i];
    }
    int status = square_root(a_covariance, size, root, scratch, error);
    if (status == 0) {
        multiply(root, b_covariance, size, product);
        multiply(product, root, size, a_covariance);
        status = eigen(a_covariance, size, scratch, 0, error);
    }
    for (size_t i = 0; status == 0 && i < size; i++) sum -= 2.0 * sqrt(fmax(scratch[i], 0.0));
    if (status == 0) *distance = fmax(sum, 0.0);
    memory_free(memory);
    return status;
}
