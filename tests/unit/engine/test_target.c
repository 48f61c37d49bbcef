// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "engine/target.h"
#include "unit/engine/analytic.h"

enum { B = 3, COPIES = 2, NEURONS = 4, POSITIONS = 5, STRIDE = 24 };

static const int neurons[B] = {2, 0, 3};
static const int positions[B] = {5, 1, 3};

/* Pixels of a channel lie side by side in a convolutional layer, neurons of a token in a language model. */
static const ActivationLayout layouts[2] = {{NEURONS, POSITIONS, POSITIONS, 1}, {NEURONS, POSITIONS, 1, NEURONS}};

static void fill(float *activations) {
    Random random = random_stream(3, "activations");
    random_fill_normal(&random, activations, B * COPIES * STRIDE, 2.0f);
}

static float at(const ActivationLayout *layout, const float *activations, int b, int c, int neuron, int position) {
    return activations[(b * COPIES + c) * STRIDE + neuron * (int)layout->neuron_stride +
                       position * (int)layout->position_stride];
}

static float logistic(float a) { return 1 / (1 + expf(-a)); }

static void test_mean_counts_only_the_positions_of_the_restart(void **state) {
    (void)state;
    float activations[B * COPIES * STRIDE], values[B], raw[B];
    fill(activations);
    for (int l = 0; l < 2; l++) {
        Target target = {layouts[l], REDUCE_MEAN, SQUASH_SIGMOID, neurons, positions};
        target_value(&target, activations, B, COPIES, STRIDE, values, raw);
        for (int b = 0; b < B; b++) {
            double squashed = 0, plain = 0;
            for (int c = 0; c < COPIES; c++) {
                for (int p = 0; p < positions[b]; p++) {
                    float a = at(&layouts[l], activations, b, c, neurons[b], p);
                    squashed += logistic(a) / positions[b] / COPIES;
                    plain += a / positions[b] / COPIES;
                }
            }
            assert_float_equal(values[b], squashed, 1e-6);
            assert_float_equal(raw[b], plain, 1e-6);
        }
    }
}

static void test_max_takes_the_strongest_and_last_the_last_counted_position(void **state) {
    (void)state;
    float activations[B * COPIES * STRIDE], values[B];
    fill(activations);
    for (int l = 0; l < 2; l++) {
        for (int last = 0; last < 2; last++) {
            Target target = {layouts[l], last ? REDUCE_LAST : REDUCE_MAX, SQUASH_NONE, neurons, positions};
            target_value(&target, activations, B, COPIES, STRIDE, values, NULL);
            for (int b = 0; b < B; b++) {
                double expected = 0;
                for (int c = 0; c < COPIES; c++) {
                    float strongest = -INFINITY;
                    for (int p = 0; p < positions[b]; p++)
                        strongest = fmaxf(strongest, at(&layouts[l], activations, b, c, neurons[b], p));
                    float final = at(&layouts[l], activations, b, c, neurons[b], positions[b] - 1);
                    expected += (last ? final : strongest) / COPIES;
                }
                assert_float_equal(values[b], expected, 1e-6);
            }
        }
    }
}

static void test_without_position_counts_all_count(void **state) {
    (void)state;
    float activations[B * COPIES * STRIDE], values[B], counted[B];
    fill(activations);
    const int all[B] = {POSITIONS, POSITIONS, POSITIONS};
    Target target = {layouts[0], REDUCE_MEAN, SQUASH_NONE, neurons, NULL};
    target_value(&target, activations, B, COPIES, STRIDE, values, NULL);
    target.positions = all;
    target_value(&target, activations, B, COPIES, STRIDE, counted, NULL);
    assert_memory_equal(values, counted, sizeof values);
}

static void test_gradient_equals_finite_differences_and_is_zero_elsewhere(void **state) {
    (void)state;
    float activations[B * COPIES * STRIDE], gradient[B * COPIES * STRIDE], above[B], below[B];
    fill(activations);
    for (int kind = 0; kind < 12; kind++) {
        Target target = {layouts[kind % 2], (Reduce)(kind / 2 % 3), (Squash)(kind / 6), neurons, positions};
        memset(gradient, 0x7f, sizeof gradient);
        target_gradient(&target, activations, B, COPIES, STRIDE, gradient);
        int slopes = 0;
        for (int i = 0; i < B * COPIES * STRIDE; i++) {
            float kept = activations[i], step = 1e-2f;
            activations[i] = kept + step;
            target_value(&target, activations, B, COPIES, STRIDE, above, NULL);
            activations[i] = kept - step;
            target_value(&target, activations, B, COPIES, STRIDE, below, NULL);
            activations[i] = kept;
            int b = i / (COPIES * STRIDE);
            assert_true(slope_agrees(gradient[i], above[b], below[b], step, 1e-3));
            slopes += gradient[i] != 0;
        }
        assert_int_equal(slopes, target.reduce == REDUCE_MEAN ? (5 + 1 + 3) * COPIES : B * COPIES);
    }
}

static void test_nan_activation_is_not_hidden_by_max(void **state) {
    (void)state;
    const int neuron = 0;
    ActivationLayout layout = {1, 3, 1, 1};
    for (int p = 0; p < 3; p++) {
        float activations[3] = {1, 2, 3}, value;
        activations[p] = NAN;
        Target target = {layout, REDUCE_MAX, SQUASH_NONE, &neuron, NULL};
        target_value(&target, activations, 1, 1, 3, &value, NULL);
        assert_true(isnan(value));
    }
}

static void test_sigmoid_of_huge_activations_is_finite(void **state) {
    (void)state;
    const int both[2] = {0, 0};
    float activations[2] = {1000, -1000}, values[2], gradient[2];
    Target target = {{1, 1, 1, 1}, REDUCE_MEAN, SQUASH_SIGMOID, both, NULL};
    target_value(&target, activations, 2, 1, 1, values, NULL);
    target_gradient(&target, activations, 2, 1, 1, gradient);
    assert_float_equal(values[0], 1, 0);
    assert_float_equal(values[1], 0, 0);
    assert_float_equal(gradient[0], 0, 0);
    assert_float_equal(gradient[1], 0, 0);
}

static void test_names_are_read_and_others_refused(void **state) {
    (void)state;
    Reduce reduce;
    Squash squash;
    assert_int_equal(reduce_from_name("last", &reduce), 0);
    assert_int_equal(reduce, REDUCE_LAST);
    assert_int_equal(reduce_from_name("sum", &reduce), -1);
    assert_int_equal(squash_from_name("sigmoid", &squash), 0);
    assert_int_equal(squash, SQUASH_SIGMOID);
    assert_int_equal(squash_from_name("tanh", &squash), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_counts_only_the_positions_of_the_restart),
        cmocka_unit_test(test_max_takes_the_strongest_and_last_the_last_counted_position),
        cmocka_unit_test(test_without_position_counts_all_count),
        cmocka_unit_test(test_gradient_equals_finite_differences_and_is_zero_elsewhere),
        cmocka_unit_test(test_nan_activation_is_not_hidden_by_max),
        cmocka_unit_test(test_sigmoid_of_huge_activations_is_finite),
        cmocka_unit_test(test_names_are_read_and_others_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
