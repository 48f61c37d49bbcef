// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "compute/random.h"
#include "golden/frechet_golden.h"
#include "image/frechet.h"

#include <math.h>
#include <string.h>

enum { MOST = 300 * 16 };

/* The formula of golden/frechet.py. */
static void fill(float *samples, int count, int size, int seed) {
    for (int n = 0; n < count; n++)
        for (int i = 0; i < size; i++)
            samples[n * size + i] = (float)((double)(float)sin(1.7 * seed + 0.9 * n + 2.3 * i + 0.37 * n * i * seed) *
                                            (1 + 0.1 * i * seed));
}

static void test_frechet_distance_equals_scipy(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof FRECHET_GOLDEN / sizeof *FRECHET_GOLDEN; i++) {
        float a[MOST], b[MOST];
        double distance;
        int size = FRECHET_GOLDEN[i].size;
        fill(a, FRECHET_GOLDEN[i].a_count, size, FRECHET_GOLDEN[i].a_seed);
        fill(b, FRECHET_GOLDEN[i].b_count, size, FRECHET_GOLDEN[i].b_seed);
        assert_int_equal(frechet_distance(a, (size_t)FRECHET_GOLDEN[i].a_count, b, (size_t)FRECHET_GOLDEN[i].b_count,
                                          (size_t)size, &distance, NULL),
                         0);
        assert_true(fabs(distance - FRECHET_GOLDEN[i].distance) < 1e-5 * FRECHET_GOLDEN[i].distance);
    }
}

static void test_equal_sets_are_at_distance_zero(void **state) {
    (void)state;
    float a[50 * 6];
    double distance;
    fill(a, 50, 6, 1);
    assert_int_equal(frechet_distance(a, 50, a, 50, 6, &distance, NULL), 0);
    assert_true(distance < 1e-6);
}

/* One feature: (ma - mb)^2 + (sa - sb)^2. */
static void test_one_feature_follows_the_closed_form(void **state) {
    (void)state;
    const float a[] = {0, 2}, b[] = {5, 5, 8, 8};  // mean 1, variance 2; mean 6.5, variance 3
    double distance, expected = 5.5 * 5.5 + pow(sqrt(2) - sqrt(3), 2);
    assert_int_equal(frechet_distance(a, 2, b, 4, 1, &distance, NULL), 0);
    assert_true(fabs(distance - expected) < 1e-9);
}

static void test_fewer_samples_than_features_are_fine(void **state) {
    (void)state;
    float a[4 * 16], b[20 * 16];
    double distance;
    fill(a, 4, 16, 1);
    fill(b, 20, 16, 2);
    assert_int_equal(frechet_distance(a, 4, b, 20, 16, &distance, NULL), 0);
    assert_true(isfinite(distance) && distance > 0);
}

static void test_a_single_sample_is_refused(void **state) {
    (void)state;
    const float a[2] = {1, 2};
    double distance;
    Error error;
    assert_int_equal(frechet_distance(a, 1, a, 2, 1, &distance, &error), -1);
    assert_non_null(strstr(error.message, "two samples"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frechet_distance_equals_scipy),
        cmocka_unit_test(test_equal_sets_are_at_distance_zero),
        cmocka_unit_test(test_one_feature_follows_the_closed_form),
        cmocka_unit_test(test_fewer_samples_than_features_are_fine),
        cmocka_unit_test(test_a_single_sample_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
