#include "base/memory.h"
#include "engine/regularizer.h"

#include <math.h>

/* P is never formed: with the covariance C = L L^T, (z - mean)^T P (z - mean) = |w|^2 for w = L^-1 (z - mean), and
 * its gradient is 2 L^-T w (Golub and Van Loan, "Matrix Computations", section 4.2). */
typedef struct PriorRegularizer {
    Regularizer regularizer;
    double *mean;      // (size)
    double *cholesky;  // (size, size) L, lower triangular
    double *whitened;  // (size)
} PriorRegularizer;

static const double ridge_share = 1e-4;

static void prior_free(Regularizer *regularizer) {
    PriorRegularizer *prior = (PriorRegularizer *)regularizer;
    memory_free(prior->mean);
    memory_free(prior->cholesky);
    memory_free(prior->whitened);
    memory_free(prior);
}

/* w = L^-1 w; the next one: w = L^-T w. */
static void solve_lower(const double *l, size_t n, double *w) {
    for (size_t i = 0; i < n; i++) {
        double sum = w[i];
        for (size_t j = 0; j < i; j++) sum -= l[i * n + j] * w[j];
        w[i] = sum / l[i * n + i];
    }
}

static void solve_upper(const double *l, size_t n, double *w) {
    for (size_t i = n; i-- > 0;) {
        w[i] /= l[i * n + i];
        for (size_t j = 0; j < i; j++) w[j] -= l[i * n + j] * w[i];
    }
}

static int prior_apply(Regularizer *regularizer, const float *values, const int *restarts, int batch,
                       float *penalties, float *gradient, Error *error) {
    (void)restarts, (void)error;
    PriorRegularizer *prior = (PriorRegularizer *)regularizer;
    size_t n = regularizer->size;
    double *w = prior->whitened, slope = 2.0 * (double)regularizer->weight / (double)n;
    for (int b = 0; b < batch; b++) {
        const float *z = values + (size_t)b * n;
        float *row = gradient + (size_t)b * n;
        for (size_t i = 0; i < n; i++) w[i] = (double)z[i] - prior->mean[i];
        solve_lower(prior->cholesky, n, w);
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += w[i] * w[i];
        penalties[b] = (float)(sum / (double)n);
        solve_upper(prior->cholesky, n, w);
        for (size_t i = 0; i < n; i++) row[i] += (float)(slope * w[i]);
    }
    return 0;
}

/* Mean, and the covariance's lower triangle with its ridge. */
static void measure_samples(PriorRegularizer *prior, const float *samples, size_t count, size_t n) {
    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < n; i++) prior->mean[i] += (double)samples[s * n + i];
    for (size_t i = 0; i < n; i++) prior->mean[i] /= (double)count;
    double *deviation = prior->whitened, trace = 0;
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; i < n; i++) deviation[i] = (double)samples[s * n + i] - prior->mean[i];
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++) prior->cholesky[i * n + j] += deviation[i] * deviation[j];
    }
    for (size_t i = 0; i < n * n; i++) prior->cholesky[i] /= (double)(count - 1);
    for (size_t i = 0; i < n; i++) trace += prior->cholesky[i * n + i];
    for (size_t i = 0; i < n; i++) prior->cholesky[i * n + i] += ridge_share * trace / (double)n;
}

/* C = L L^T in place, row by row. -1 where C is not positive definite (or holds a NaN). */
static int factorize(double *c, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = c[i * n + j];
            for (size_t k = 0; k < j; k++) sum -= c[i * n + k] * c[j * n + k];
            if (j < i) {
                c[i * n + j] = sum / c[j * n + j];
            } else {
                if (!(sum > 0) || !isfinite(sum)) return -1;
                c[i * n + i] = sqrt(sum);
            }
        }
    }
    return 0;
}

Regularizer *regularizer_latent_prior(float weight, const float *samples, size_t count, size_t size, Error *error) {
    if (count < 2 || size == 0) {
        error_set(error, "latent prior: %zu latents of %zu numbers, at least 2 of 1 are needed", count, size);
        return NULL;
    }
    PriorRegularizer *prior = memory_new(1, sizeof *prior, "latent prior", error);
    if (!prior) return NULL;
    prior->regularizer = (Regularizer){"latent_prior", REGULARIZER_Z, weight, size, prior_apply, prior_free};
    prior->mean = memory_new(size, sizeof(double), "latent prior", error);
    prior->whitened = prior->mean ? memory_new(size, sizeof(double), "latent prior", error) : NULL;
    prior->cholesky = prior->whitened ? memory_new(size, size * sizeof(double), "latent prior", error) : NULL;
    if (!prior->cholesky) {
        prior_free(&prior->regularizer);
        return NULL;
    }
    measure_samples(prior, samples, count, size);
    if (factorize(prior->cholesky, size) != 0) {
        error_set(error,
                  "latent prior: the %zu latents of real data are all equal or not finite; train the autoencoder",
                  count);
        prior_free(&prior->regularizer);
        return NULL;
    }
    return &prior->regularizer;
}
