#include "engine/dream.h"
#include "golden/gpt2.h"
#include "text/gpt2_module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { B = 3, T = 7, C = 20 };

static TextNetwork network;
static float *x, *dx, *y;

static int open_network(void **state) {
    Error error;
    int ids[B * T];
    (void)state;
    x = calloc(B * T * C, sizeof *x);
    dx = calloc(B * T * C, sizeof *dx);
    y = calloc(B * T * 4 * C, sizeof *y);
    if (!x || !dx || !y || golden_network(&GOLDEN_SHAPES[0], &network, &error) != 0) return -1;
    golden_ids(&GOLDEN_SHAPES[0], ids);
    return text_network_embed(&network, ids, B * T, x, &error);
}

static int close_network(void **state) {
    (void)state;
    text_network_close(&network);
    free(x);
    free(dx);
    free(y);
    return 0;
}

static void test_one_neuron_equals_that_neuron_of_all(void **state) {
    (void)state;
    Error error;
    const int neurons[B] = {2, 79, 40}, lengths[B] = {7, 4, 1};
    for (int post = 0; post < 2; post++) {
        TextSite site = post ? TEXT_SITE_MLP_POST : TEXT_SITE_MLP_PRE;
        Module *all = gpt2_module_new(&network, 1, site, false, T, B, PRECISION_F32, &error);
        Module *one = gpt2_module_new(&network, 1, site, true, T, B, PRECISION_F32, &error);
        assert_non_null(all);
        assert_non_null(one);
        assert_int_equal(all->inputs, T * C);
        assert_int_equal(all->outputs, T * 4 * C);
        assert_int_equal(one->outputs, T);
        assert_int_equal(gpt2_module_layout(one).neurons, 1);
        ActivationLayout layout = gpt2_module_layout(all);
        assert_int_equal(layout.neurons, 4 * C);
        assert_int_equal(gpt2_module_set_lengths(all, lengths, B, &error), 0);
        assert_int_equal(gpt2_module_set_lengths(one, lengths, B, &error), 0);
        assert_int_equal(gpt2_module_set_neurons(one, neurons, B, &error), 0);
        float single[B * T], *dall = calloc(B * T * 4 * C, sizeof *dall), done[B * T * C];
        assert_int_equal(module_forward(all, x, B, y, &error), 0);
        assert_int_equal(module_forward(one, x, B, single, &error), 0);
        for (int b = 0; b < B; b++)
            for (int t = 0; t < lengths[b]; t++) {
                size_t at = (size_t)(b * T) * 4 * C + (size_t)t * layout.position_stride +
                            (size_t)neurons[b] * layout.neuron_stride;
                assert_float_equal(single[b * T + t], y[at], 1e-5);
                dall[at] = 1.0f;
            }
        for (int i = 0; i < B * T; i++) single[i] = i % T < lengths[i / T] ? 1.0f : 0.0f;
        assert_int_equal(module_backward(all, dall, B, dx, &error), 0);
        assert_int_equal(module_backward(one, single, B, done, &error), 0);
        for (int i = 0; i < B * T * C; i++) assert_float_equal(dx[i], done[i], 1e-5);
        free(dall);
        module_free(all);
        module_free(one);
    }
}

static void test_padding_gets_no_gradient(void **state) {
    (void)state;
    Error error;
    const int neurons[B] = {1, 2, 3}, lengths[B] = {7, 4, 1};
    Module *module = gpt2_module_new(&network, 1, TEXT_SITE_MLP_PRE, true, T, B, PRECISION_F32, &error);
    assert_int_equal(gpt2_module_set_lengths(module, lengths, B, &error), 0);
    assert_int_equal(gpt2_module_set_neurons(module, neurons, B, &error), 0);
    float activations[B * T];
    assert_int_equal(module_forward(module, x, B, activations, &error), 0);
    for (int i = 0; i < B * T; i++) activations[i] = i % T < lengths[i / T] ? 1.0f : 0.0f;
    assert_int_equal(module_backward(module, activations, B, dx, &error), 0);
    for (int i = 0; i < B * T * C; i++)
        if (i / C % T >= lengths[i / C / T]) assert_true(dx[i] == 0.0f);
    module_free(module);
}

static int begin_batch(void *context, const int *restarts, int count, Error *error) {
    int neurons[B];
    for (int i = 0; i < count; i++) neurons[i] = 5 + restarts[i];
    return gpt2_module_set_neurons(context, neurons, count, error);
}

static void test_a_dream_of_a_neuron_raises_its_activation(void **state) {
    (void)state;
    Error error;
    Module *subject = gpt2_module_new(&network, 1, TEXT_SITE_MLP_PRE, true, T, 2, PRECISION_F32, &error);
    const int zeros[B] = {0};
    Dream dream = {.subject = subject,
                   .target = {.layout = gpt2_module_layout(subject), .reduce = REDUCE_MEAN, .neurons = zeros},
                   .optimizer = {.kind = OPTIMIZER_ADAM,
                                 .learning_rate = 0.05f,
                                 .momentum = 0.9f,
                                 .beta2 = 0.999f,
                                 .epsilon = 1e-8f,
                                 .steps = 30,
                                 .minimum = -INFINITY,
                                 .maximum = INFINITY},
                   .restarts = B,
                   .batch = 2,
                   .starts = x,
                   .steps = 30,
                   .begin_batch = begin_batch,
                   .context = subject};
    Trajectory trajectory;
    if (dream_run(&dream, &trajectory, NULL, &error) != 0) fail_msg("%s", error.message);
    for (int r = 0; r < B; r++) assert_true(trajectory.values[30 * B + r] > trajectory.values[r] + 0.5f);
    trajectory_close(&trajectory);
    module_free(subject);
}

static void test_what_the_model_lacks_is_refused(void **state) {
    (void)state;
    Error error;
    assert_null(gpt2_module_new(&network, 2, TEXT_SITE_MLP_PRE, false, T, B, PRECISION_F32, &error));
    assert_null(gpt2_module_new(&network, 0, TEXT_SITE_MLP_PRE, false, 12, B, PRECISION_F32, &error));
    assert_null(gpt2_module_new(&network, 0, TEXT_SITE_RESID_MID, true, T, B, PRECISION_F32, &error));
    Module *module = gpt2_module_new(&network, 0, TEXT_SITE_RESID_MID, false, T, B, PRECISION_F32, &error);
    const int empty[B] = {1, 0, 1}, fine[B] = {1, 2, 3};
    assert_int_equal(gpt2_module_set_lengths(module, empty, B, &error), -1);
    assert_non_null(strstr(error.message, "has 0 tokens"));
    assert_int_equal(gpt2_module_set_lengths(module, fine, B, &error), 0);
    assert_int_equal(module_forward(module, x, 2, y, &error), -1);
    module_free(module);
    for (long n = 1; n < 8; n++) {
        memory_fail_after(n);
        module = gpt2_module_new(&network, 0, TEXT_SITE_RESID_MID, false, T, B, PRECISION_F32, &error);
        memory_fail_after(0);
        module_free(module);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_neuron_equals_that_neuron_of_all),
        cmocka_unit_test(test_padding_gets_no_gradient),
        cmocka_unit_test(test_a_dream_of_a_neuron_raises_its_activation),
        cmocka_unit_test(test_what_the_model_lacks_is_refused),
    };
    return cmocka_run_group_tests(tests, open_network, close_network);
}
