/* values.h: arrays for tests of numbers, and how near two of them are. cmocka.h comes before. */
#ifndef LATENT_DREAM_TESTS_VALUES_H
#define LATENT_DREAM_TESTS_VALUES_H

#include "compute/random.h"

#include <math.h>
#include <stdlib.h>

/* `count` normal numbers of this seed, freed with free. */
static inline float *normal(size_t count, uint64_t seed, float deviation) {
    float *values = malloc(count * sizeof *values + 1);
    Random random = random_stream(seed, "test");
    random_fill_normal(&random, values, count, deviation);
    return values;
}

/* The largest difference, over the largest value expected, is at most `limit`. */
static inline void assert_near(const float *values, const float *expected, size_t count, double limit) {
    double largest = 1e-30, worst = 0.0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)values[i] - (double)expected[i]);
        if (!(difference <= worst)) worst = difference;
        largest = fmax(largest, fabs((double)expected[i]));
    }
    if (!(worst <= limit * largest)) fail_msg("off by %g of the largest value", worst / largest);
}

#endif
