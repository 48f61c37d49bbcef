#include "image/total_variation.h"

#include "base/memory.h"

#include <math.h>

typedef struct TotalVariation {
    Regularizer regularizer;
    int height, width;
} TotalVariation;

static const float SMOOTH = 0.01f;

/* One picture; returns its penalty. */
static float variation_of(const TotalVariation *variation, const float *x, float *gradient) {
    int height = variation->height, width = variation->width;
    float scale = variation->regularizer.weight / (float)(height * width);
    double sum = 0;
    for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
            int at = row * width + column;
            float right = column + 1 < width ? x[at + 1] - x[at] : 0.0f;
            float below = row + 1 < height ? x[at + width] - x[at] : 0.0f;
            float length = sqrtf(right * right + below * below + SMOOTH * SMOOTH);
            sum += length - SMOOTH;
            if (!gradient) continue;
            float by_right = scale * right / length, by_below = scale * below / length;
            gradient[at] -= by_right + by_below;
            if (column + 1 < width) gradient[at + 1] += by_right;
            if (row + 1 < height) gradient[at + width] += by_below;
        }
    }
    return (float)(sum / (height * width));
}

static int variation_apply(Regularizer *regularizer, const float *values, const int *restarts, int batch,
                           float *penalties, float *gradient, Error *error) {
    (void)restarts;
    (void)error;
    const TotalVariation *variation = (const TotalVariation *)regularizer;
    size_t size = regularizer->size;
#pragma omp parallel for schedule(static)
    for (int b = 0; b < batch; b++)
        penalties[b] = variation_of(variation, values + b * size, gradient ? gradient + b * size : NULL);
    return 0;
}

static void variation_free(Regularizer *regularizer) { memory_free(regularizer); }

Regularizer *regularizer_total_variation(float weight, int height, int width, Error *error) {
    TotalVariation *variation = memory_new(1, sizeof *variation, "the total variation", error);
    if (!variation) return NULL;
    variation->regularizer = (Regularizer){.name = "total_variation",
                                           .domain = REGULARIZER_X,
                                           .weight = weight,
                                           .size = (size_t)height * (size_t)width,
                                           .apply = variation_apply,
                                           .free = variation_free};
    variation->height = height;
    variation->width = width;
    return &variation->regularizer;
}
