#include "engine/optimizer.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

int optimizer_open(Optimizer *optimizer, const OptimizerSettings *settings, int batch, size_t size, Error *error) {
    memset(optimizer, 0, sizeof *optimizer);
    optimizer->settings = *settings;
    optimizer->size = size;
    optimizer->batch = batch;
    size_t row = size * sizeof(float);
    if (settings->kind != OPTIMIZER_SGD) {
        optimizer->first = memory_new((size_t)batch, row, "optimizer", error);
        if (!optimizer->first) return -1;
    }
    if (settings->kind == OPTIMIZER_ADAM) {
        optimizer->second = memory_new((size_t)batch, row, "optimizer", error);
        if (!optimizer->second) return optimizer_close(optimizer), -1;
    }
    return 0;
}

void optimizer_close(Optimizer *optimizer) {
    memory_free(optimizer->first);
    memory_free(optimizer->second);
    optimizer->first = optimizer->second = NULL;
}

void optimizer_reset(Optimizer *optimizer) {
    size_t bytes = (size_t)optimizer->batch * optimizer->size * sizeof(float);
    if (optimizer->first) memset(optimizer->first, 0, bytes);
    if (optimizer->second) memset(optimizer->second, 0, bytes);
}

float optimizer_learning_rate(const OptimizerSettings *settings, long step) {
    double share = settings->steps > 0 ? (double)step / (double)settings->steps : 0;
    if (settings->schedule == SCHEDULE_LINEAR) return (float)((double)settings->learning_rate * (1 - share));
    if (settings->schedule == SCHEDULE_COSINE)
        return (float)((double)settings->learning_rate * 0.5 * (1 + cos(M_PI * share)));
    return settings->learning_rate;
}

/* 1 / root mean square of a row; 1 where the gradient vanishes. */
static float gradient_scale(const OptimizerSettings *settings, const float *gradient, size_t size) {
    if (!settings->normalize_gradient) return 1.0f;
    double sum = 0;
    for (size_t i = 0; i < size; i++) sum += (double)gradient[i] * (double)gradient[i];
    double rms = sqrt(sum / (double)size);
    return rms > 0 ? (float)(1 / rms) : 1.0f;
}

static void sgd_row(float rate, float scale, size_t size, float *restrict z, const float *restrict gradient) {
    for (size_t i = 0; i < size; i++) z[i] += rate * scale * gradient[i];
}

/* The heavy ball (Polyak 1964): first = momentum * first + gradient. */
static void momentum_row(float rate, float scale, float momentum, size_t size, float *restrict z,
                         const float *restrict gradient, float *restrict first) {
    for (size_t i = 0; i < size; i++) {
        first[i] = momentum * first[i] + scale * gradient[i];
        z[i] += rate * first[i];
    }
}

/* Algorithm 1 of Kingma and Ba 2015, with the sign of ascent. */
static void adam_row(const OptimizerSettings *settings, long step, float rate, float scale, size_t size,
                     float *restrict z, const float *restrict gradient, float *restrict first,
                     float *restrict second) {
    double beta1 = (double)settings->momentum, beta2 = (double)settings->beta2;
    float m = settings->momentum, v = settings->beta2, epsilon = settings->epsilon;
    float step_size = (float)((double)rate / (1 - pow(beta1, (double)step + 1)));
    float unbias = (float)(1 / sqrt(1 - pow(beta2, (double)step + 1)));
    for (size_t i = 0; i < size; i++) {
        float g = scale * gradient[i];
        first[i] = m * first[i] + (1.0f - m) * g;
        second[i] = v * second[i] + (1.0f - v) * g * g;
        z[i] += step_size * first[i] / (sqrtf(second[i]) * unbias + epsilon);
    }
}

/* Onto the ball around the start, then into the range: with a start inside the range the second does not leave the
 * ball, since a projection onto a convex set brings no point further from one in it. */
static void project_row(const OptimizerSettings *settings, size_t size, float *z, const float *start) {
    if (settings->radius > 0) {
        double sum = 0;
        for (size_t i = 0; i < size; i++)
            sum += ((double)z[i] - (double)start[i]) * ((double)z[i] - (double)start[i]);
        float shrink = sum > (double)settings->radius * (double)settings->radius
                           ? (float)((double)settings->radius / sqrt(sum))
                           : 1.0f;
        for (size_t i = 0; shrink < 1.0f && i < size; i++) z[i] = start[i] + shrink * (z[i] - start[i]);
    }
    float low = settings->minimum, high = settings->maximum;
    if (low == -INFINITY && high == INFINITY) return;
    for (size_t i = 0; i < size; i++) z[i] = z[i] < low ? low : z[i] > high ? high : z[i];
}

void optimizer_step(Optimizer *optimizer, long step, int rows, float *z, const float *gradient, const float *start,
                    const unsigned char *moving) {
    const OptimizerSettings *settings = &optimizer->settings;
    size_t size = optimizer->size;
    float rate = optimizer_learning_rate(settings, step);
#pragma omp parallel for schedule(static) if ((size_t)rows * size > 32768)
    for (int b = 0; b < rows; b++) {
        if (moving && !moving[b]) continue;
        size_t at = (size_t)b * size;
        float scale = gradient_scale(settings, gradient + at, size);
        if (settings->kind == OPTIMIZER_SGD)
            sgd_row(rate, scale, size, z + at, gradient + at);
        else if (settings->kind == OPTIMIZER_MOMENTUM)
            momentum_row(rate, scale, settings->momentum, size, z + at, gradient + at, optimizer->first + at);
        else
            adam_row(settings, step, rate, scale, size, z + at, gradient + at, optimizer->first + at,
                     optimizer->second + at);
        project_row(settings, size, z + at, start + at);
    }
}

int optimizer_kind_from_name(const char *name, OptimizerKind *kind) {
    static const char *const names[] = {"sgd", "momentum", "adam"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) return *kind = (OptimizerKind)i, 0;
    return -1;
}

int schedule_from_name(const char *name, Schedule *schedule) {
    static const char *const names[] = {"constant", "linear", "cosine"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) return *schedule = (Schedule)i, 0;
    return -1;
}
