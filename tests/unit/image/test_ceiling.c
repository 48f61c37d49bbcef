// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "image/ceiling.h"

#include <math.h>
#include <string.h>

enum { NEURONS = 2, ROWS = 3 };

/* The subject is the identity: neuron n of row b is x[b][n]. */
typedef struct Fixture {
    Module *subject, *ceiling;
    int neurons[4];
    float ceilings[4];
    Target target;
} Fixture;

static void open_fixture(Fixture *fixture, int copies) {
    *fixture = (Fixture){.neurons = {0, 1, 1, 0}, .ceilings = {1, 1, INFINITY, 5}};
    fixture->subject = module_identity(NEURONS, NULL);
    fixture->target =
        (Target){.layout = {.neurons = NEURONS, .positions = 1, .neuron_stride = 1, .position_stride = 1},
                 .neurons = fixture->neurons};
    fixture->ceiling = ceiling_new(fixture->subject, &fixture->target, fixture->ceilings, copies, 8, NULL);
    assert_non_null(fixture->ceiling);
}

static void close_fixture(Fixture *fixture) {
    module_free(fixture->ceiling);
    module_free(fixture->subject);
}

static void test_rows_above_their_ceiling_carry_no_gradient(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, 1);
    const float x[ROWS * NEURONS] = {2, 0, 2, 0, 0, 9}, dy[ROWS * NEURONS] = {1, 2, 3, 4, 5, 6};
    float y[ROWS * NEURONS], dx[ROWS * NEURONS];
    assert_int_equal(module_forward(fixture.ceiling, x, ROWS, y, NULL), 0);
    assert_memory_equal(y, x, sizeof x);
    assert_int_equal(module_backward(fixture.ceiling, dy, ROWS, dx, NULL), 0);
    // Row 0: neuron 0 is 2, above 1. Row 1: neuron 1 is 0, below. Row 2 has no ceiling.
    const float expected[ROWS * NEURONS] = {0, 0, 3, 4, 5, 6};
    assert_memory_equal(dx, expected, sizeof expected);
    close_fixture(&fixture);
}

static void test_rows_are_known_by_their_restart(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, 1);
    const int restarts[] = {3};  // neuron 0, ceiling 5
    ceiling_set_restarts(fixture.ceiling, restarts);
    const float below[] = {2, 9}, above[] = {5, 0}, dy[] = {1, 1};
    float y[NEURONS], dx[NEURONS];
    assert_int_equal(module_forward(fixture.ceiling, below, 1, y, NULL), 0);
    assert_int_equal(module_backward(fixture.ceiling, dy, 1, dx, NULL), 0);
    assert_true(dx[0] == 1);
    assert_int_equal(module_forward(fixture.ceiling, above, 1, y, NULL), 0);
    assert_int_equal(module_backward(fixture.ceiling, dy, 1, dx, NULL), 0);
    assert_true(dx[0] == 0);
    close_fixture(&fixture);
}

static void test_copies_are_averaged_before_the_ceiling(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, 2);
    const float x[2 * 2 * NEURONS] = {3, 0, -2, 0, 0, 2, 0, 1};  // row 0: mean 0.5, row 1: mean 1.5
    float y[2 * 2 * NEURONS], dx[2 * 2 * NEURONS], dy[2 * 2 * NEURONS];
    for (int i = 0; i < 8; i++) dy[i] = 1;
    assert_int_equal(module_forward(fixture.ceiling, x, 4, y, NULL), 0);
    assert_int_equal(module_backward(fixture.ceiling, dy, 4, dx, NULL), 0);
    const float expected[] = {1, 1, 1, 1, 0, 0, 0, 0};
    assert_memory_equal(dx, expected, sizeof expected);
    close_fixture(&fixture);
}

static void test_ceiling_out_of_memory_is_an_error(void **state) {
    (void)state;
    Module *subject = module_identity(NEURONS, NULL);
    const int neurons[] = {0};
    const float ceilings[] = {1};
    Target target = {.layout = {.neurons = NEURONS, .positions = 1}, .neurons = neurons};
    Error error;
    for (int n = 1; n <= 4; n++) {
        memory_fail_after(n);
        assert_null(ceiling_new(subject, &target, ceilings, 1, 4, &error));
    }
    memory_fail_after(0);
    module_free(subject);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_above_their_ceiling_carry_no_gradient),
        cmocka_unit_test(test_rows_are_known_by_their_restart),
        cmocka_unit_test(test_copies_are_averaged_before_the_ceiling),
        cmocka_unit_test(test_ceiling_out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
