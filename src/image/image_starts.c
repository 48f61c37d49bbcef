#include "image/image_starts.h"

#include "base/memory.h"
#include "compute/random.h"
#include "image/frechet.h"

#include <lapacke.h>
#include <string.h>

int image_encode(const ImageNetwork *autoencoder, const float *images, size_t count, float *latents, Error *error) {
    return darknet_network_run(autoencoder->network, 0, autoencoder->latent_layer, images, count, latents, error);
}

size_t image_arm_size(const ImagePlan *plan, const ImageArm *arm) {
    return arm->autoencoder ? (size_t)arm->autoencoder->latent : plan->data.digits.pixels;
}

/* A held-out image of another class than `class` (-1: any). */
static uint32_t draw_image(const ImageData *data, int class, Random *random) {
    for (int tries = 0; tries < 1000; tries++) {
        uint32_t index = data->held_out[random_below(random, (uint32_t)data->held_out_count)];
        if (class < 0 || data->digits.labels[index] != class) return index;
    }
    return data->held_out[0];  // nothing but this class is held out
}

static int starts_from_data(const ImagePlan *plan, const ImageArm *arm, int target, int restarts, uint64_t seed,
                            float *starts, Error *error) {
    const ImageTarget *wanted = &plan->targets[arm->targets[target]];
    size_t pixels = plan->data.digits.pixels;
    float *images = starts;
    if (arm->autoencoder) {
        images = memory_new((size_t)restarts * pixels, sizeof *images, "start images", error);
        if (!images) return -1;
    }
    for (int r = 0; r < restarts; r++) {
        uint64_t at = ((uint64_t)arm->targets[target] << 32) + (uint64_t)r;
        Random random = random_stream_at(seed, "start image", at);
        uint32_t index = draw_image(&plan->data, wanted->class, &random);
        digits_floats(&plan->data.digits, &index, 1, images + (size_t)r * pixels);
    }
    if (!arm->autoencoder) return 0;
    int status = image_encode(arm->autoencoder, images, (size_t)restarts, starts, error);
    memory_free(images);
    return status;
}

/* mean (n) and the lower triangle L (n, n) with L L^T = covariance plus a ridge of 1e-4 of the mean variance. */
static int factor_latents(const float *latents, size_t count, size_t n, double *mean, double *factor, Error *error) {
    moments_of(latents, count, n, mean, factor);
    double variance = 0;
    for (size_t i = 0; i < n; i++) variance += factor[i * n + i] / (double)n;
    for (size_t i = 0; i < n; i++) factor[i * n + i] += 1e-4 * variance + 1e-12;
    int status = LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', (lapack_int)n, factor, (lapack_int)n);
    if (status != 0) return error_set(error, "the latents' covariance is not positive: LAPACK's dpotrf: %d", status);
    return 0;
}

static void draw_latent(const double *mean, const double *factor, size_t n, double noise, Random *random,
                        float *latent, double *draws) {
    for (size_t i = 0; i < n; i++) draws[i] = noise * (double)random_normal(random);
    for (size_t i = 0; i < n; i++) {
        double sum = mean[i];
        for (size_t j = 0; j <= i; j++) sum += factor[i * n + j] * draws[j];
        latent[i] = (float)sum;
    }
}

static Random noise_stream(const ImageArm *arm, int target, int r, uint64_t seed) {
    return random_stream_at(seed, "start noise", ((uint64_t)arm->targets[target] << 32) + (uint64_t)r);
}

int image_starts(const ImagePlan *plan, const ImageArm *arm, int restarts, uint64_t seed, const float *latents,
                 size_t latent_count, float *starts, Error *error) {
    size_t size = image_arm_size(plan, arm);
    int groups = image_arm_groups(arm);
    double noise = config_real(arm->section, "noise");
    double *memory = NULL;
    if (arm->autoencoder && arm->from_noise) {
        memory = memory_new(size * size + 2 * size, sizeof *memory, "the latents' covariance", error);
        if (!memory || factor_latents(latents, latent_count, size, memory, memory + 2 * size, error) != 0) {
            memory_free(memory);
            return -1;
        }
    }
    int status = 0;
    for (int target = 0; status == 0 && target < arm->target_count; target++) {
        float *rows = starts + (size_t)target * (size_t)groups * (size_t)restarts * size;
        for (int r = 0; arm->from_noise && r < restarts; r++) {
            Random random = noise_stream(arm, target, r, seed);
            float *row = rows + (size_t)r * size;
            if (memory)
                draw_latent(memory, memory + 2 * size, size, noise, &random, row, memory + size);
            else
                for (size_t i = 0; i < size; i++) row[i] = (float)noise * random_uniform(&random);
        }
        if (arm->from_data)
            status = starts_from_data(plan, arm, target, restarts, seed,
                                      rows + (size_t)(groups - 1) * (size_t)restarts * size, error);
    }
    memory_free(memory);
    return status;
}
