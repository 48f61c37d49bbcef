// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "compute/random.h"
#include "image/total_variation.h"

#include <math.h>

enum { HEIGHT = 5, WIDTH = 4, PIXELS = HEIGHT * WIDTH };

static double penalty_of(Regularizer *regularizer, const float *x) {
    float penalty, gradient[PIXELS] = {0};
    int restart = 0;
    assert_int_equal(regularizer->apply(regularizer, x, &restart, 1, &penalty, gradient, NULL), 0);
    return (double)penalty;
}

static void test_flat_picture_has_no_variation(void **state) {
    (void)state;
    Regularizer *regularizer = regularizer_total_variation(1, HEIGHT, WIDTH, NULL);
    float x[PIXELS];
    for (int i = 0; i < PIXELS; i++) x[i] = 0.7f;
    assert_true(fabs(penalty_of(regularizer, x)) < 1e-7);
    regularizer_free(regularizer);
}

static void test_edge_counts_its_length(void **state) {
    (void)state;
    Regularizer *regularizer = regularizer_total_variation(1, HEIGHT, WIDTH, NULL);
    float x[PIXELS];
    for (int i = 0; i < PIXELS; i++) x[i] = i % WIDTH < 2 ? 0.0f : 1.0f;  // an upright edge, HEIGHT pixels long
    double expected = HEIGHT * (sqrt(1 + 1e-4) - 0.01) / PIXELS;
    assert_true(fabs(penalty_of(regularizer, x) - expected) < 1e-6);
    regularizer_free(regularizer);
}

static void test_gradient_agrees_with_finite_differences(void **state) {
    (void)state;
    const float weight = 3;
    Regularizer *regularizer = regularizer_total_variation(weight, HEIGHT, WIDTH, NULL);
    float x[2 * PIXELS], gradient[2 * PIXELS], penalties[2];
    const int restarts[2] = {0, 1};
    Random random = random_stream(1, "test");
    for (int i = 0; i < 2 * PIXELS; i++) x[i] = random_uniform(&random);
    for (int i = 0; i < 2 * PIXELS; i++) gradient[i] = 0.25f;
    assert_int_equal(regularizer->apply(regularizer, x, restarts, 2, penalties, gradient, NULL), 0);
    for (int i = 0; i < 2 * PIXELS; i++) {
        float *picture = x + i / PIXELS * PIXELS, kept = x[i];
        x[i] = kept + 1e-3f;
        double above = penalty_of(regularizer, picture);
        x[i] = kept - 1e-3f;
        double below = penalty_of(regularizer, picture);
        x[i] = kept;
        double expected = weight * (above - below) / 2e-3;
        assert_true(fabs((double)gradient[i] - 0.25 - expected) < 2e-3);  // added to what was there
    }
    regularizer_free(regularizer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flat_picture_has_no_variation),
        cmocka_unit_test(test_edge_counts_its_length),
        cmocka_unit_test(test_gradient_agrees_with_finite_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
