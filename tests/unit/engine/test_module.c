// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "unit/engine/analytic.h"

static void test_identity_passes_values_and_gradients(void **state) {
    (void)state;
    Module *module = module_identity(3, NULL);
    float x[6] = {1, 2, 3, 4, 5, 6}, y[6] = {0}, dx[6] = {0};
    assert_int_equal(module_forward(module, x, 2, y, NULL), 0);
    assert_memory_equal(x, y, sizeof x);
    assert_int_equal(module_backward(module, y, 2, dx, NULL), 0);
    assert_memory_equal(dx, x, sizeof x);
    module_free(module);
    module_free(NULL);
}

/* sum of weights * outputs of the chain. */
static double weighted_outputs(Module *module, const float *x, int batch, const float *weights) {
    float y[256];
    assert_int_equal(module_forward(module, x, batch, y, NULL), 0);
    double sum = 0;
    for (size_t i = 0; i < (size_t)batch * module->outputs; i++) sum += (double)weights[i] * y[i];
    return sum;
}

static void check_input_gradient(Module *module, int batch) {
    float x[64], weights[256], dx[64];
    Random random = random_stream(5, "point");
    random_fill_normal(&random, x, (size_t)batch * module->inputs, 0.5f);
    random_fill_normal(&random, weights, (size_t)batch * module->outputs, 1.0f);
    weighted_outputs(module, x, batch, weights);
    assert_int_equal(module_backward(module, weights, batch, dx, NULL), 0);
    for (size_t i = 0; i < (size_t)batch * module->inputs; i++) {
        float kept = x[i], step = 1e-2f;
        x[i] = kept + step;
        double above = weighted_outputs(module, x, batch, weights);
        x[i] = kept - step;
        double below = weighted_outputs(module, x, batch, weights);
        x[i] = kept;
        assert_true(slope_agrees(dx[i], above, below, step, 3e-3));
    }
}

static void test_chain_gradient_equals_finite_differences(void **state) {
    (void)state;
    Module *parts[3] = {bend_module("first", 4, 6, 0.1f, 1, NULL), bend_module("second", 6, 5, 0.05f, 2, NULL),
                        bend_module("third", 5, 3, 0, 3, NULL)};
    Module *chain = module_chain(parts, 3, 3, 1, NULL);
    assert_int_equal(chain->inputs, 4);
    assert_int_equal(chain->outputs, 3);
    assert_int_equal(chain->copies, 1);
    check_input_gradient(chain, 3);
    check_input_gradient(chain, 2);
    module_free(chain);
}

static void test_chain_with_copies_multiplies_the_rows_behind(void **state) {
    (void)state;
    Module *bend = bend_module("behind", 4, 2, 0.1f, 4, NULL);
    Module *parts[3] = {bend_module("before", 5, 4, 0.1f, 3, NULL), scale_module(4, 3, NULL), bend};
    Module *chain = module_chain(parts, 3, 2, 1, NULL);
    assert_int_equal(chain->copies, 3);
    assert_int_equal(chain->outputs, 6);
    module_begin_step(chain, 9, 4);
    check_input_gradient(chain, 2);
    assert_int_equal(((BendModule *)bend)->rows % 6, 0);
    module_free(chain);
}

static void test_chain_draws_its_random_modules_from_seed_and_step(void **state) {
    (void)state;
    Module *scale = scale_module(2, 2, NULL);
    Module *chain = module_chain(&scale, 1, 1, 1, NULL);
    float x[2] = {1, 1}, first[4], other[4], again[4];
    module_begin_step(chain, 1, 3);
    assert_int_equal(module_forward(chain, x, 1, first, NULL), 0);
    module_begin_step(chain, 1, 4);
    assert_int_equal(module_forward(chain, x, 1, other, NULL), 0);
    module_begin_step(chain, 1, 3);
    assert_int_equal(module_forward(chain, x, 1, again, NULL), 0);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
    module_free(chain);
}

static void test_chain_refuses_modules_that_do_not_fit(void **state) {
    (void)state;
    Module *parts[2] = {bend_module("decoder", 4, 6, 0, 1, NULL), bend_module("subject", 7, 2, 0, 1, NULL)};
    Error error;
    assert_null(module_chain(parts, 2, 1, 1, &error));
    assert_string_equal(error.message, "decoder gives 6 numbers, subject takes 7");
    assert_null(module_chain(parts, 0, 1, 0, &error));
    Module *one = module_chain(parts, 1, 2, 0, &error);
    float x[12] = {0}, y[18];
    assert_int_equal(module_forward(one, x, 3, y, &error), -1);
    assert_non_null(strstr(error.message, "batch of 3"));
    module_free(one);
    module_free(parts[0]);
    module_free(parts[1]);
}

static void test_chain_without_memory_leaves_the_modules_to_the_caller(void **state) {
    (void)state;
    Module *parts[2] = {bend_module("a", 4, 6, 0, 1, NULL), bend_module("b", 6, 2, 0, 1, NULL)};
    Module *chain = NULL;
    for (long n = 1; !chain; n++) {
        Error error = {""};
        memory_fail_after(n);
        chain = module_chain(parts, 2, 4, 1, &error);
        memory_fail_after(0);
        if (!chain) assert_non_null(strstr(error.message, "out of memory"));
        assert_in_range(n, 1, 20);
    }
    module_free(chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity_passes_values_and_gradients),
        cmocka_unit_test(test_chain_gradient_equals_finite_differences),
        cmocka_unit_test(test_chain_with_copies_multiplies_the_rows_behind),
        cmocka_unit_test(test_chain_draws_its_random_modules_from_seed_and_step),
        cmocka_unit_test(test_chain_refuses_modules_that_do_not_fit),
        cmocka_unit_test(test_chain_without_memory_leaves_the_modules_to_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
