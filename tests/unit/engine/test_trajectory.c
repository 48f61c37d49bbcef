// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/file.h"
#include "base/memory.h"
#include "engine/trajectory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void open_example(Trajectory *trajectory) {
    assert_int_equal(trajectory_open(trajectory, 5, 2, 1, 0, NULL), 0);
    assert_int_equal(trajectory_add_regularizer(trajectory, "l2", NULL), 0);
    const float values[15] = {4, 0, 1, 3, 2, 10, 10, 10, 10, 10, 14, 10, 11, 13, 12};
    memcpy(trajectory->values, values, sizeof values);
    for (int i = 0; i < 15; i++) {
        trajectory->squashed[i] = values[i] / 2;
        trajectory->penalties[0][i] = 0.125f;
    }
    const long stopped[5] = {0, 1, 2, 2, 2};
    memcpy(trajectory->stopped, stopped, sizeof stopped);
}

static void check_curves(const Trajectory *trajectory, const float *hard, const char *expected) {
    char path[] = "/tmp/curves-XXXXXX", *bytes;
    size_t size;
    close(mkstemp(path));
    assert_int_equal(trajectory_write_curves(trajectory, hard, path, NULL), 0);
    assert_int_equal(file_read(path, 1 << 20, &bytes, &size, NULL), 0);
    assert_string_equal(bytes, expected);
    memory_free(bytes);
    unlink(path);
}

static void test_curves_hold_means_quantiles_and_the_share_that_moves(void **state) {
    (void)state;
    Trajectory trajectory;
    open_example(&trajectory);
    check_curves(
        &trajectory, NULL,
        "step\tvalue_mean\tvalue_p05\tvalue_p25\tvalue_p50\tvalue_p75\tvalue_p95\tobjective_mean\tl2\tmoving\n"
        "0\t2\t0.2\t1\t2\t3\t3.8\t1\t0.125\t1\n"
        "1\t10\t10\t10\t10\t10\t10\t5\t0.125\t0.8\n"
        "2\t12\t10.2\t11\t12\t13\t13.8\t6\t0.125\t0.6\n");
    trajectory_close(&trajectory);
    trajectory_close(&trajectory);
}

static void test_hard_values_that_were_not_measured_are_nan(void **state) {
    (void)state;
    Trajectory trajectory;
    open_example(&trajectory);
    const float hard[3] = {1.5f, NAN, -2};
    check_curves(
        &trajectory, hard,
        "step\tvalue_mean\tvalue_p05\tvalue_p25\tvalue_p50\tvalue_p75\tvalue_p95\tobjective_mean\tl2\tmoving\t"
        "hard_mean\n"
        "0\t2\t0.2\t1\t2\t3\t3.8\t1\t0.125\t1\t1.5\n"
        "1\t10\t10\t10\t10\t10\t10\t5\t0.125\t0.8\tnan\n"
        "2\t12\t10.2\t11\t12\t13\t13.8\t6\t0.125\t0.6\t-2\n");
    trajectory_close(&trajectory);
}

static void test_unwritable_curves_are_an_error(void **state) {
    (void)state;
    Trajectory trajectory;
    open_example(&trajectory);
    Error error;
    assert_int_equal(trajectory_write_curves(&trajectory, NULL, "/nonexistent/curves.tsv", &error), -1);
    assert_non_null(strstr(error.message, "/nonexistent/curves.tsv"));
    memory_fail_after(1);
    assert_int_equal(trajectory_write_curves(&trajectory, NULL, "/nonexistent/curves.tsv", &error), -1);
    memory_fail_after(0);
    assert_non_null(strstr(error.message, "out of memory"));
    trajectory_close(&trajectory);
}

static void test_too_many_regularizers_are_refused(void **state) {
    (void)state;
    Trajectory trajectory;
    open_example(&trajectory);
    Error error;
    for (int i = 1; i < TRAJECTORY_REGULARIZERS; i++)
        assert_int_equal(trajectory_add_regularizer(&trajectory, "more", &error), 0);
    assert_int_equal(trajectory_add_regularizer(&trajectory, "one_too_many", &error), -1);
    assert_non_null(strstr(error.message, "one_too_many"));
    trajectory_close(&trajectory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curves_hold_means_quantiles_and_the_share_that_moves),
        cmocka_unit_test(test_hard_values_that_were_not_measured_are_nan),
        cmocka_unit_test(test_unwritable_curves_are_an_error),
        cmocka_unit_test(test_too_many_regularizers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
