// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "engine/optimizer.h"
#include "golden/optimizer_golden.h"
#include "unit/engine/analytic.h"

static OptimizerSettings settings_of(OptimizerKind kind) {
    return (OptimizerSettings){.kind = kind,
                               .learning_rate = golden_rate,
                               .momentum = 0.8f,
                               .beta2 = 0.99f,
                               .epsilon = 1e-6f,
                               .steps = GOLDEN_STEPS,
                               .minimum = -INFINITY,
                               .maximum = INFINITY};
}

static void test_paths_equal_pytorch(void **state) {
    (void)state;
    for (size_t g = 0; g < sizeof golden_paths / sizeof golden_paths[0]; g++) {
        OptimizerKind kind;
        assert_int_equal(optimizer_kind_from_name(golden_paths[g].optimizer, &kind), 0);
        OptimizerSettings settings = settings_of(kind);
        assert_int_equal(schedule_from_name(golden_paths[g].schedule, &settings.schedule), 0);
        Optimizer optimizer;
        assert_int_equal(optimizer_open(&optimizer, &settings, 1, 3, NULL), 0);
        float z[3], gradient[3];
        memcpy(z, golden_start, sizeof z);
        for (long step = 0; step < GOLDEN_STEPS; step++) {
            for (int i = 0; i < 3; i++) gradient[i] = -golden_curvature[i] * (z[i] - golden_center[i]);
            optimizer_step(&optimizer, step, 1, z, gradient, golden_start, NULL);
            for (int i = 0; i < 3; i++) assert_float_equal(z[i], golden_paths[g].z[step][i], 2e-6);
        }
        optimizer_close(&optimizer);
    }
}

static void test_rows_do_not_depend_on_each_other(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        OptimizerSettings settings = settings_of((OptimizerKind)kind);
        settings.normalize_gradient = true;
        settings.radius = 0.2f;
        float together[12], alone[12], gradient[12];
        Random random = random_stream(1, "rows");
        random_fill_normal(&random, together, 12, 1);
        memcpy(alone, together, sizeof alone);
        float start[12];
        memcpy(start, together, sizeof start);
        Optimizer optimizer, single[3];
        assert_int_equal(optimizer_open(&optimizer, &settings, 3, 4, NULL), 0);
        for (int b = 0; b < 3; b++) assert_int_equal(optimizer_open(&single[b], &settings, 1, 4, NULL), 0);
        for (long step = 0; step < 5; step++) {
            random_fill_normal(&random, gradient, 12, 3);
            optimizer_step(&optimizer, step, 3, together, gradient, start, NULL);
            for (int b = 0; b < 3; b++)
                optimizer_step(&single[b], step, 1, alone + 4 * b, gradient + 4 * b, start + 4 * b, NULL);
        }
        assert_memory_equal(together, alone, sizeof alone);
        optimizer_close(&optimizer);
        for (int b = 0; b < 3; b++) optimizer_close(&single[b]);
    }
}

static void test_rows_that_do_not_move_stay(void **state) {
    (void)state;
    OptimizerSettings settings = settings_of(OPTIMIZER_ADAM);
    Optimizer optimizer;
    assert_int_equal(optimizer_open(&optimizer, &settings, 2, 2, NULL), 0);
    float z[4] = {1, 2, 3, 4};
    const float gradient[4] = {1, 1, 1, 1}, start[4] = {0};
    const unsigned char moving[2] = {0, 1};
    optimizer_step(&optimizer, 0, 2, z, gradient, start, moving);
    assert_float_equal(z[0], 1, 0);
    assert_float_equal(z[1], 2, 0);
    assert_true(z[2] > 3 && z[3] > 4);
    optimizer_close(&optimizer);
}

static void test_radius_keeps_z_on_the_ball_around_its_start(void **state) {
    (void)state;
    OptimizerSettings settings = settings_of(OPTIMIZER_SGD);
    settings.learning_rate = 10;
    settings.radius = 0.5f;
    Optimizer optimizer;
    assert_int_equal(optimizer_open(&optimizer, &settings, 1, 2, NULL), 0);
    const float start[2] = {1, -1}, gradient[2] = {3, 4}, small[2] = {0.003f, 0.004f};
    float z[2] = {1, -1};
    optimizer_step(&optimizer, 0, 1, z, gradient, start, NULL);
    assert_float_equal(z[0], 1.3, 1e-6);
    assert_float_equal(z[1], -0.6, 1e-6);
    memcpy(z, start, sizeof z);
    optimizer_step(&optimizer, 1, 1, z, small, start, NULL);  // inside: untouched
    assert_float_equal(z[0], 1.03, 1e-6);
    assert_float_equal(z[1], -0.96, 1e-6);
    optimizer_close(&optimizer);
}

static void test_range_clamps_every_coordinate(void **state) {
    (void)state;
    OptimizerSettings settings = settings_of(OPTIMIZER_SGD);
    settings.learning_rate = 1;
    settings.minimum = 0;
    settings.maximum = 1;
    Optimizer optimizer;
    assert_int_equal(optimizer_open(&optimizer, &settings, 1, 3, NULL), 0);
    const float start[3] = {0}, gradient[3] = {5, -5, 0.25f};
    float z[3] = {0.5f, 0.5f, 0.5f};
    optimizer_step(&optimizer, 0, 1, z, gradient, start, NULL);
    assert_float_equal(z[0], 1, 0);
    assert_float_equal(z[1], 0, 0);
    assert_float_equal(z[2], 0.75, 0);
    optimizer_close(&optimizer);
}

static void test_normalized_gradient_has_unit_root_mean_square(void **state) {
    (void)state;
    OptimizerSettings settings = settings_of(OPTIMIZER_SGD);
    settings.learning_rate = 1;
    settings.normalize_gradient = true;
    Optimizer optimizer;
    assert_int_equal(optimizer_open(&optimizer, &settings, 2, 2, NULL), 0);
    const float start[4] = {0}, gradient[4] = {3e-5f, 4e-5f, 0, 0};
    float z[4] = {0};
    optimizer_step(&optimizer, 0, 2, z, gradient, start, NULL);
    assert_float_equal(z[0], 3 / sqrt(12.5), 1e-5);
    assert_float_equal(z[1], 4 / sqrt(12.5), 1e-5);
    assert_float_equal(z[2], 0, 0);  // a gradient of zero stays zero
    optimizer_close(&optimizer);
}

static void test_reset_forgets_the_moments(void **state) {
    (void)state;
    OptimizerSettings settings = settings_of(OPTIMIZER_ADAM);
    Optimizer optimizer;
    assert_int_equal(optimizer_open(&optimizer, &settings, 1, 1, NULL), 0);
    const float start = 0, up = 1, down = -2;
    float first = 0, again = 0;
    optimizer_step(&optimizer, 0, 1, &first, &up, &start, NULL);
    optimizer_step(&optimizer, 1, 1, &first, &down, &start, NULL);
    optimizer_reset(&optimizer);
    optimizer_step(&optimizer, 0, 1, &again, &up, &start, NULL);
    optimizer_step(&optimizer, 1, 1, &again, &down, &start, NULL);
    assert_memory_equal(&first, &again, sizeof first);
    optimizer_close(&optimizer);
}

static void test_out_of_memory_is_reported(void **state) {
    (void)state;
    OptimizerSettings settings = settings_of(OPTIMIZER_ADAM);
    Optimizer optimizer;
    for (long n = 1; n <= 2; n++) {
        Error error = {""};
        memory_fail_after(n);
        assert_int_equal(optimizer_open(&optimizer, &settings, 4, 4, &error), -1);
        assert_non_null(strstr(error.message, "out of memory"));
    }
    memory_fail_after(0);
}

static void test_names_are_read_and_others_refused(void **state) {
    (void)state;
    OptimizerKind kind;
    Schedule schedule;
    assert_int_equal(optimizer_kind_from_name("adagrad", &kind), -1);
    assert_int_equal(schedule_from_name("cosine", &schedule), 0);
    assert_int_equal(schedule, SCHEDULE_COSINE);
    assert_int_equal(schedule_from_name("step", &schedule), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_equal_pytorch),
        cmocka_unit_test(test_rows_do_not_depend_on_each_other),
        cmocka_unit_test(test_rows_that_do_not_move_stay),
        cmocka_unit_test(test_radius_keeps_z_on_the_ball_around_its_start),
        cmocka_unit_test(test_range_clamps_every_coordinate),
        cmocka_unit_test(test_normalized_gradient_has_unit_root_mean_square),
        cmocka_unit_test(test_reset_forgets_the_moments),
        cmocka_unit_test(test_out_of_memory_is_reported),
        cmocka_unit_test(test_names_are_read_and_others_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
