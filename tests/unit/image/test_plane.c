// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "compute/random.h"
#include "image/plane.h"

#include <math.h>
#include <string.h>

enum { COUNT = 500, SIZE = 6 };

/* Points spread widely along (1, 1, 0, ...) / sqrt(2), less along the third axis, little elsewhere. */
static void fill(float *samples) {
    Random random = random_stream(1, "test");
    for (int n = 0; n < COUNT; n++) {
        float *sample = samples + n * SIZE;
        for (int i = 0; i < SIZE; i++) sample[i] = 2 + 0.01f * random_normal(&random);
        float wide = 5 * random_normal(&random);
        sample[0] += wide;
        sample[1] += wide;
        sample[2] += random_normal(&random);
    }
}

static void test_plane_finds_the_widest_directions(void **state) {
    (void)state;
    float samples[COUNT * SIZE];
    fill(samples);
    Plane plane;
    assert_int_equal(plane_fit(&plane, samples, COUNT, SIZE, NULL), 0);
    assert_true(fabs(plane.axes[0] - sqrt(0.5)) < 0.01 && fabs(plane.axes[1] - sqrt(0.5)) < 0.01);
    assert_true(fabs(plane.axes[SIZE + 2] - 1) < 0.01);
    assert_true(plane.share > 0.999);
    plane_close(&plane);
}

static void test_projection_is_measured_from_the_mean(void **state) {
    (void)state;
    float samples[COUNT * SIZE], point[SIZE];
    fill(samples);
    Plane plane;
    assert_int_equal(plane_fit(&plane, samples, COUNT, SIZE, NULL), 0);
    double x, y;
    for (int i = 0; i < SIZE; i++) point[i] = (float)plane.mean[i];
    point[2] += 3;
    plane_project(&plane, point, &x, &y);
    assert_true(fabs(x) < 0.05 && fabs(y - 3) < 0.05);
    plane_close(&plane);
}

static void test_one_dimension_has_no_plane(void **state) {
    (void)state;
    const float samples[] = {1, 2, 3};
    Plane plane;
    Error error;
    assert_int_equal(plane_fit(&plane, samples, 3, 1, &error), -1);
    assert_non_null(strstr(error.message, "two dimensions"));
    plane_close(&plane);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plane_finds_the_widest_directions),
        cmocka_unit_test(test_projection_is_measured_from_the_mean),
        cmocka_unit_test(test_one_dimension_has_no_plane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
