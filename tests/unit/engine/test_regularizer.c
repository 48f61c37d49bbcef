// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "engine/regularizer.h"
#include "unit/engine/analytic.h"

enum { SIZE = 5, RESTARTS = 4, B = 2, SAMPLES = 400 };

static const int restarts[B] = {3, 1};

/* Finite differences of weight * penalty against what apply adds to a gradient that is not zero before. */
static void check_gradient(Regularizer *regularizer, float *values) {
    float gradient[B * SIZE], scratch[B * SIZE] = {0}, above[B], below[B], penalties[B];
    for (int i = 0; i < B * SIZE; i++) gradient[i] = 7;
    assert_int_equal(regularizer->apply(regularizer, values, restarts, B, penalties, gradient, NULL), 0);
    for (int i = 0; i < B * SIZE; i++) {
        float kept = values[i], step = 1e-2f;
        values[i] = kept + step;
        regularizer->apply(regularizer, values, restarts, B, above, scratch, NULL);
        values[i] = kept - step;
        regularizer->apply(regularizer, values, restarts, B, below, scratch, NULL);
        values[i] = kept;
        double weight = (double)regularizer->weight;
        assert_true(slope_agrees((double)gradient[i] - 7, weight * above[i / SIZE], weight * below[i / SIZE],
                                 (double)step, 2e-3));
    }
}

static void test_l2_start_is_the_mean_squared_distance_to_the_own_start(void **state) {
    (void)state;
    float starts[RESTARTS * SIZE], values[B * SIZE], penalties[B], gradient[B * SIZE] = {0};
    Random random = random_stream(1, "starts");
    random_fill_normal(&random, starts, RESTARTS * SIZE, 1);
    random_fill_normal(&random, values, B * SIZE, 1);
    Regularizer *l2 = regularizer_l2_start(REGULARIZER_X, 0.3f, starts, SIZE, NULL);
    assert_int_equal(l2->domain, REGULARIZER_X);
    assert_int_equal(l2->apply(l2, values, restarts, B, penalties, gradient, NULL), 0);
    for (int b = 0; b < B; b++) {
        double sum = 0;
        for (int i = 0; i < SIZE; i++) {
            double difference = (double)values[b * SIZE + i] - (double)starts[restarts[b] * SIZE + i];
            sum += difference * difference;
        }
        assert_float_equal(penalties[b], sum / SIZE, 1e-6);
    }
    check_gradient(l2, values);
    regularizer_free(l2);
}

static void correlated_samples(float *samples) {
    Random random = random_stream(2, "samples");
    for (int s = 0; s < SAMPLES; s++) {
        float *row = samples + s * SIZE;
        random_fill_normal(&random, row, SIZE, 1);
        row[1] = 3 * row[1] + row[0];
        row[3] = 0.2f * row[3] - 0.5f * row[1] + 4;
    }
}

static void test_latent_prior_gradient_equals_finite_differences(void **state) {
    (void)state;
    float samples[SAMPLES * SIZE], values[B * SIZE];
    correlated_samples(samples);
    Random random = random_stream(3, "z");
    random_fill_normal(&random, values, B * SIZE, 0.5f);
    values[3] += 4;
    values[8] += 4;
    Regularizer *prior = regularizer_latent_prior(0.01f, samples, SAMPLES, SIZE, NULL);
    check_gradient(prior, values);
    regularizer_free(prior);
}

/* The samples' own Mahalanobis distances average to (count - 1) / count times the size, but for the ridge. */
static void test_latent_prior_of_its_own_samples_is_one_on_average(void **state) {
    (void)state;
    static float samples[SAMPLES * SIZE], penalties[SAMPLES], gradient[SAMPLES * SIZE];
    static int rows[SAMPLES];
    correlated_samples(samples);
    Regularizer *prior = regularizer_latent_prior(1, samples, SAMPLES, SIZE, NULL);
    assert_int_equal(prior->apply(prior, samples, rows, SAMPLES, penalties, gradient, NULL), 0);
    double mean = 0;
    for (int s = 0; s < SAMPLES; s++) mean += (double)penalties[s] / SAMPLES;
    assert_float_equal(mean, 1, 0.01);
    regularizer_free(prior);
}

/* With independent coordinates it is the mean of squared standard scores; the mean itself costs nothing. */
static void test_latent_prior_counts_standard_deviations(void **state) {
    (void)state;
    const float samples[8] = {-1, -10, 1, 10, -1, 10, 1, -10};  // variances 4/3 and 400/3
    Regularizer *prior = regularizer_latent_prior(1, samples, 4, 2, NULL);
    const float z[6] = {0, 0, 1, 0, 0, 10};
    const int rows[3] = {0};
    float penalties[3], gradient[6] = {0};
    assert_int_equal(prior->apply(prior, z, rows, 3, penalties, gradient, NULL), 0);
    double ridge = 1e-4 * (4.0 / 3 + 400.0 / 3) / 2;
    assert_float_equal(penalties[0], 0, 0);
    assert_float_equal(penalties[1], 0.5 / (4.0 / 3 + ridge), 1e-6);
    assert_float_equal(penalties[2], 50 / (400.0 / 3 + ridge), 1e-6);
    regularizer_free(prior);
}

static void test_latent_prior_survives_a_dead_coordinate_and_refuses_dead_data(void **state) {
    (void)state;
    const float dead_coordinate[6] = {1, 5, 2, 5, 3, 5}, equal[6] = {1, 5, 1, 5, 1, 5}, bad[6] = {1, 5, NAN, 5, 3, 5};
    Error error;
    Regularizer *prior = regularizer_latent_prior(1, dead_coordinate, 3, 2, &error);
    assert_non_null(prior);
    regularizer_free(prior);
    assert_null(regularizer_latent_prior(1, equal, 3, 2, &error));
    assert_non_null(strstr(error.message, "all equal or not finite"));
    assert_null(regularizer_latent_prior(1, bad, 3, 2, &error));
    assert_null(regularizer_latent_prior(1, equal, 1, 2, &error));
    assert_non_null(strstr(error.message, "at least 2"));
}

static void test_out_of_memory_is_reported(void **state) {
    (void)state;
    float samples[SAMPLES * SIZE];
    correlated_samples(samples);
    Regularizer *made = NULL;
    long n = 1;
    for (; !made; n++) {
        Error error = {""};
        memory_fail_after(n);
        made = regularizer_latent_prior(1, samples, SAMPLES, SIZE, &error);
        if (!made) assert_non_null(strstr(error.message, "out of memory"));
    }
    memory_fail_after(1);
    assert_null(regularizer_l2_start(REGULARIZER_Z, 1, samples, SIZE, NULL));
    memory_fail_after(0);
    assert_int_equal(n, 6);
    regularizer_free(made);
    regularizer_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_l2_start_is_the_mean_squared_distance_to_the_own_start),
        cmocka_unit_test(test_latent_prior_gradient_equals_finite_differences),
        cmocka_unit_test(test_latent_prior_of_its_own_samples_is_one_on_average),
        cmocka_unit_test(test_latent_prior_counts_standard_deviations),
        cmocka_unit_test(test_latent_prior_survives_a_dead_coordinate_and_refuses_dead_data),
        cmocka_unit_test(test_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
