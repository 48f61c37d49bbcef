// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "compute/random.h"
#include "image/transform.h"

#include <math.h>
#include <string.h>

enum { SIDE = 9, PIXELS = SIDE * SIDE, BATCH = 3, COPIES = 2 };

static Module *small_transform(void) {
    TransformSettings settings = {
        .height = SIDE, .width = SIDE, .jitter = 2, .rotate = 20, .scale = 0.2f, .copies = COPIES};
    Module *transform = transform_new(&settings, NULL);
    assert_non_null(transform);
    module_begin_step(transform, 3, 5);
    return transform;
}

/* <dy, T x> = <T^t dy, x> for random x and dy: backward is the transpose of forward. */
static void test_backward_is_the_transpose_of_forward(void **state) {
    (void)state;
    Module *transform = small_transform();
    float x[BATCH * PIXELS], y[BATCH * COPIES * PIXELS], dy[BATCH * COPIES * PIXELS], dx[BATCH * PIXELS];
    Random random = random_stream(1, "test");
    random_fill_normal(&random, x, BATCH * PIXELS, 1);
    random_fill_normal(&random, dy, BATCH * COPIES * PIXELS, 1);
    assert_int_equal(module_forward(transform, x, BATCH, y, NULL), 0);
    assert_int_equal(module_backward(transform, dy, BATCH, dx, NULL), 0);
    double outside = 0, inside = 0, size = 0;
    for (int i = 0; i < BATCH * COPIES * PIXELS; i++) outside += (double)dy[i] * y[i];
    for (int i = 0; i < BATCH * PIXELS; i++) inside += (double)dx[i] * x[i];
    for (int i = 0; i < BATCH * COPIES * PIXELS; i++) size += fabs((double)dy[i] * y[i]);
    assert_true(size > 1);
    assert_true(fabs(outside - inside) < 1e-5 * size);
    module_free(transform);
}

static void test_restart_is_shown_the_same_in_any_batch(void **state) {
    (void)state;
    Module *transform = small_transform();
    float x[BATCH * PIXELS], all[BATCH * COPIES * PIXELS], one[COPIES * PIXELS];
    Random random = random_stream(2, "test");
    random_fill_normal(&random, x, BATCH * PIXELS, 1);
    const int restarts[BATCH] = {4, 7, 9};
    transform_set_restarts(transform, restarts, BATCH);
    assert_int_equal(module_forward(transform, x, BATCH, all, NULL), 0);
    transform_set_restarts(transform, restarts + 2, 1);
    assert_int_equal(module_forward(transform, x + 2 * PIXELS, 1, one, NULL), 0);
    assert_memory_equal(one, all + 2 * COPIES * PIXELS, sizeof one);
    module_free(transform);
}

static void test_each_step_and_copy_draws_another_map(void **state) {
    (void)state;
    Module *transform = small_transform();
    float x[PIXELS], now[COPIES * PIXELS], later[COPIES * PIXELS];
    Random random = random_stream(2, "test");
    random_fill_normal(&random, x, PIXELS, 1);
    assert_int_equal(module_forward(transform, x, 1, now, NULL), 0);
    module_begin_step(transform, 3, 6);
    assert_int_equal(module_forward(transform, x, 1, later, NULL), 0);
    assert_memory_not_equal(now, later, sizeof now);
    assert_memory_not_equal(now, now + PIXELS, PIXELS * sizeof *now);
    module_begin_step(transform, 3, 5);
    assert_int_equal(module_forward(transform, x, 1, later, NULL), 0);
    assert_memory_equal(now, later, sizeof now);
    module_free(transform);
}

static void test_whole_pixel_shift_moves_pixels(void **state) {
    (void)state;
    float x[PIXELS] = {0}, y[PIXELS];
    x[4 * SIDE + 4] = 1;
    transform_resample(x, SIDE, SIDE, 0, 1, 2, -1, y);
    for (int i = 0; i < PIXELS; i++) assert_float_equal(y[i], i == 3 * SIDE + 6 ? 1 : 0, 1e-6);
}

static void test_quarter_turn_moves_a_corner_to_the_next(void **state) {
    (void)state;
    float x[PIXELS] = {0}, y[PIXELS];
    x[SIDE + 1] = 1;  // near the upper left corner
    transform_resample(x, SIDE, SIDE, 90, 1, 0, 0, y);
    assert_float_equal(y[SIDE + SIDE - 2], 1, 1e-5);  // clockwise: near the upper right one
}

static void test_doubling_spreads_a_point(void **state) {
    (void)state;
    float x[PIXELS] = {0}, y[PIXELS];
    x[4 * SIDE + 4] = 1;
    transform_resample(x, SIDE, SIDE, 0, 2, 0, 0, y);
    assert_float_equal(y[4 * SIDE + 4], 1, 1e-6);
    assert_float_equal(y[4 * SIDE + 5], 0.5f, 1e-6);
    assert_float_equal(y[5 * SIDE + 5], 0.25f, 1e-6);
}

static void test_transform_out_of_memory_is_an_error(void **state) {
    (void)state;
    TransformSettings settings = {.height = SIDE, .width = SIDE, .copies = 1};
    Error error;
    memory_fail_after(1);
    assert_null(transform_new(&settings, &error));
    memory_fail_after(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backward_is_the_transpose_of_forward),
        cmocka_unit_test(test_restart_is_shown_the_same_in_any_batch),
        cmocka_unit_test(test_each_step_and_copy_draws_another_map),
        cmocka_unit_test(test_whole_pixel_shift_moves_pixels),
        cmocka_unit_test(test_quarter_turn_moves_a_corner_to_the_next),
        cmocka_unit_test(test_doubling_spreads_a_point),
        cmocka_unit_test(test_transform_out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
