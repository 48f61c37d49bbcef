#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "compute/random.h"
#include "golden/darknet_golden.h"
#include "image/darknet_library.h"
#include "image/darknet_module.h"

static const char GOLDEN_CFG[] = "tests/golden/darknet.cfg";

static DarknetNetwork *open_golden(int threads) {
    Error error = {""};
    DarknetNetworkOptions options = {.cfg = GOLDEN_CFG, .batch = 8, .threads = threads, .seed = 1};
    DarknetNetwork *network = darknet_network_open(&options, &error);
    if (!network) fail_msg("%s", error.message);
    assert_int_equal(darknet_network_parameters(network), sizeof GOLDEN_PARAMETERS / sizeof(float));
    char path[] = "/tmp/latentdream-golden-XXXXXX";
    int descriptor = mkstemp(path);
    const int32_t header[] = {0, 2, 0, 0, 0};
    assert_int_equal(write(descriptor, header, sizeof header), sizeof header);
    assert_int_equal(write(descriptor, GOLDEN_PARAMETERS, sizeof GOLDEN_PARAMETERS), sizeof GOLDEN_PARAMETERS);
    close(descriptor);
    if (darknet_network_load(network, path, &error) != 0) fail_msg("%s", error.message);
    unlink(path);
    return network;
}

static Module *open_module(DarknetNetwork *network, int first, int last, DarknetSite site) {
    Error error = {""};
    DarknetModuleOptions options = {.first = first, .last = last, .site = site, .batch = 8};
    Module *module = darknet_module(network, &options, &error);
    if (!module) fail_msg("%s", error.message);
    return module;
}

static void assert_near(const float *found, const float *expected, size_t count, double tolerance, const char *what) {
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)found[i] - expected[i]) <= tolerance * (1 + fabs((double)expected[i]))))
            fail_msg("%s[%zu] = %.8g, expected %.8g", what, i, found[i], expected[i]);
}

static void check_golden(int layer, DarknetSite site, const float *y, size_t y_count, const float *dx) {
    for (int threads = 1; threads <= 2; threads++) {
        Error error;
        DarknetNetwork *network = open_golden(threads);
        Module *module = open_module(network, 0, layer, site);
        size_t outputs = GOLDEN_BATCH * module->outputs, inputs = GOLDEN_BATCH * module->inputs;
        float *found = calloc(outputs, sizeof *found), *dy = calloc(outputs, sizeof *dy);
        float *gradient = calloc(inputs, sizeof *gradient);
        assert_int_equal(outputs, y_count);
        for (size_t i = 0; i < outputs; i++) dy[i] = (float)sin((double)(i + 1));
        for (int repeat = 0; repeat < 2; repeat++) {
            assert_int_equal(module_forward(module, GOLDEN_X, GOLDEN_BATCH, found, &error), 0);
            assert_near(found, y, outputs, 2e-6, "y");
            assert_int_equal(module_backward(module, dy, GOLDEN_BATCH, gradient, &error), 0);
            assert_near(gradient, dx, inputs, 5e-6, "dx");
        }
        free(found);
        free(dy);
        free(gradient);
        module_free(module);
        darknet_network_close(network);
    }
}

#define GOLDEN(layer, site)                                                                                          \
    check_golden(layer, DARKNET_##site, GOLDEN_Y_##layer##_##site, sizeof GOLDEN_Y_##layer##_##site / sizeof(float), \
                 GOLDEN_DX_##layer##_##site)

static void test_outputs_and_gradients_equal_those_of_pytorch_at_every_site(void **state) {
    (void)state;
    GOLDEN(0, BEFORE);
    GOLDEN(1, AFTER);
    GOLDEN(2, BEFORE);
    GOLDEN(2, AFTER);
    GOLDEN(3, AFTER);
    GOLDEN(4, AFTER);
    GOLDEN(5, BEFORE);
    GOLDEN(5, AFTER);
}

/* Layers first..last alone, against central differences in double steps of the value sum(dy * y). */
static void check_differences(DarknetNetwork *network, int first, int last, DarknetSite site) {
    Error error;
    Module *module = open_module(network, first, last, site);
    enum { B = 2 };
    float *x = calloc(B * module->inputs, sizeof *x), *dx = calloc(B * module->inputs, sizeof *x);
    float *y = calloc(B * module->outputs, sizeof *y), *dy = calloc(B * module->outputs, sizeof *y);
    Random random = random_stream(3, "differences");
    random_fill_normal(&random, x, B * module->inputs, 0.5f);
    random_fill_normal(&random, dy, B * module->outputs, 1);
    assert_int_equal(module_forward(module, x, B, y, &error), 0);
    assert_int_equal(module_backward(module, dy, B, dx, &error), 0);
    int checked = 0, off = 0;
    for (size_t i = 0; i < B * module->inputs; i += 1 + module->inputs / 23) {
        const float step = 4e-3f, kept = x[i];
        double sides[2];
        for (int side = 0; side < 2; side++) {
            x[i] = side ? kept + step : kept - step;
            module_forward(module, x, B, y, &error);
            sides[side] = 0;
            for (size_t o = 0; o < B * module->outputs; o++) sides[side] += (double)dy[o] * y[o];
        }
        x[i] = kept;
        double slope = (sides[1] - sides[0]) / (2.0 * step);
        off += fabs(slope - dx[i]) > 5e-3 * (1 + fabs(slope));
        checked++;
    }
    /* A kink of relu or maxpool between the two sides may spoil one. */
    if (off * 20 > checked) fail_msg("layers %d..%d: %d of %d gradients are off", first, last, off, checked);
    free(x);
    free(dx);
    free(y);
    free(dy);
    module_free(module);
}

static void test_gradients_of_any_range_of_layers_equal_finite_differences(void **state) {
    (void)state;
    DarknetNetwork *network = open_golden(2);
    for (int first = 0; first < 6; first++)
        for (int last = first; last < 6; last++)
            for (int site = DARKNET_AFTER; site <= DARKNET_BEFORE; site++)
                if (!(first == 5 && site == DARKNET_BEFORE))
                    check_differences(network, first, last, (DarknetSite)site);
    darknet_network_close(network);
}

static void test_gradients_of_the_shipped_networks_equal_finite_differences(void **state) {
    (void)state;
    static const char *const CFGS[] = {"cfg/mnist_autoencoder.cfg", "cfg/mnist_classifier.cfg",
                                       "cfg/mnist_judge.cfg"};
    for (int i = 0; i < 3; i++) {
        Error error = {""};
        DarknetNetworkOptions options = {.cfg = CFGS[i], .batch = 4, .threads = 2, .seed = 5};
        DarknetNetwork *network = darknet_network_open(&options, &error);
        if (!network) fail_msg("%s", error.message);
        check_differences(network, 0, darknet_network_output_layer(network), DARKNET_BEFORE);
        check_differences(network, 1, darknet_network_output_layer(network), DARKNET_AFTER);
        darknet_network_close(network);
    }
}

static void test_rows_do_not_depend_on_their_batch(void **state) {
    (void)state;
    Error error;
    DarknetNetwork *network = open_golden(1);
    Module *module = open_module(network, 0, 5, DARKNET_AFTER);
    float together[GOLDEN_BATCH * 5], alone[5];
    assert_int_equal(module_forward(module, GOLDEN_X, GOLDEN_BATCH, together, &error), 0);
    for (int b = 0; b < GOLDEN_BATCH; b++) {
        assert_int_equal(module_forward(module, GOLDEN_X + (size_t)b * module->inputs, 1, alone, &error), 0);
        assert_near(alone, together + 5 * b, 5, 1e-6, "y");
    }
    module_free(module);
    darknet_network_close(network);
}

static void test_same_input_gives_same_bytes(void **state) {
    (void)state;
    Error error;
    float y[2][GOLDEN_BATCH * 5], dx[2][sizeof GOLDEN_X / sizeof(float)], dy[GOLDEN_BATCH * 5];
    for (int i = 0; i < GOLDEN_BATCH * 5; i++) dy[i] = 1;
    for (int run = 0; run < 2; run++) {
        DarknetNetwork *network = open_golden(2);
        Module *module = open_module(network, 0, 4, DARKNET_AFTER);
        assert_int_equal(module_forward(module, GOLDEN_X, GOLDEN_BATCH, y[run], &error), 0);
        assert_int_equal(module_backward(module, dy, GOLDEN_BATCH, dx[run], &error), 0);
        module_free(module);
        darknet_network_close(network);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_memory_equal(dx[0], dx[1], sizeof dx[0]);
}

static void test_modules_of_one_network_do_not_disturb_each_other(void **state) {
    (void)state;
    Error error;
    DarknetNetwork *network = open_golden(1);
    Module *a = open_module(network, 0, 4, DARKNET_AFTER), *b = open_module(network, 0, 2, DARKNET_BEFORE);
    float y[GOLDEN_BATCH * 5], other[GOLDEN_BATCH * 40], dx[sizeof GOLDEN_X / sizeof(float)], dy[GOLDEN_BATCH * 5];
    float zeros[sizeof GOLDEN_X / sizeof(float)] = {0};
    for (int i = 0; i < GOLDEN_BATCH * 5; i++) dy[i] = (float)sin(i + 1.0);
    assert_true(b->outputs <= 40);
    module_forward(a, GOLDEN_X, GOLDEN_BATCH, y, &error);
    module_forward(b, zeros, GOLDEN_BATCH, other, &error);
    assert_int_equal(module_backward(a, dy, GOLDEN_BATCH, dx, &error), 0);
    assert_near(dx, GOLDEN_DX_4_AFTER, sizeof GOLDEN_X / sizeof(float), 5e-6, "dx");
    module_free(a);
    module_free(b);
    darknet_network_close(network);
}

static void test_stock_loops_give_the_same_outputs(void **state) {
    (void)state;
    Error error;
    DarknetNetwork *network = open_golden(2);
    Module *module = open_module(network, 0, 5, DARKNET_AFTER);
    float fast[GOLDEN_BATCH * 5], stock[GOLDEN_BATCH * 5];
    assert_int_equal(module_forward(module, GOLDEN_X, GOLDEN_BATCH, fast, &error), 0);
    darknet_use_stock(true);
    assert_int_equal(module_forward(module, GOLDEN_X, GOLDEN_BATCH, stock, &error), 0);
    darknet_use_stock(false);
    assert_near(stock, fast, GOLDEN_BATCH * 5, 1e-6, "y");
    module_free(module);
    darknet_network_close(network);
}

static void test_layers_that_do_not_exist_and_too_large_batches_are_refused(void **state) {
    (void)state;
    Error error = {""};
    DarknetNetwork *network = open_golden(1);
    assert_null(darknet_module(network, &(DarknetModuleOptions){.first = 3, .last = 6}, &error));
    assert_non_null(strstr(error.message, "they are 0 to 5"));
    assert_null(
        darknet_module(network, &(DarknetModuleOptions){.first = 5, .last = 5, .site = DARKNET_BEFORE}, &error));
    assert_non_null(strstr(error.message, "computes nothing"));
    Module *module = open_module(network, 0, 5, DARKNET_AFTER);
    float y[9 * 5], *x = calloc(9, module->inputs * sizeof *x);
    assert_int_equal(module_forward(module, x, 9, y, &error), -1);
    assert_non_null(strstr(error.message, "a batch of 9, made for 1 to 8"));
    free(x);
    module_free(module);
    darknet_network_close(network);
}

static void test_layout_names_channels_neurons_and_pixels_positions(void **state) {
    (void)state;
    DarknetNetwork *network = open_golden(1);
    ActivationLayout image = darknet_layout(network, 0), vector = darknet_layout(network, 3);
    assert_int_equal(image.neurons, 3);
    assert_int_equal(image.positions, 72);
    assert_int_equal(image.neuron_stride, 72);
    assert_int_equal(vector.neurons, 6);
    assert_int_equal(vector.positions, 1);
    DarknetSite site;
    assert_int_equal(darknet_site_from_name("before", &site), 0);
    assert_int_equal(site, DARKNET_BEFORE);
    assert_int_equal(darknet_site_from_name("beside", &site), -1);
    darknet_network_close(network);
}

static void test_out_of_memory_is_an_error_at_every_allocation(void **state) {
    (void)state;
    DarknetNetwork *network = open_golden(2);
    bool made = false;
    for (long n = 1; n < 200 && !made; n++) {
        Error error;
        memory_fail_after(n);
        Module *module = darknet_module(network, &(DarknetModuleOptions){.last = -1}, &error);
        memory_fail_after(0);
        made = module != NULL;
        module_free(module);
    }
    assert_true(made);
    darknet_network_close(network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outputs_and_gradients_equal_those_of_pytorch_at_every_site),
        cmocka_unit_test(test_gradients_of_any_range_of_layers_equal_finite_differences),
        cmocka_unit_test(test_gradients_of_the_shipped_networks_equal_finite_differences),
        cmocka_unit_test(test_rows_do_not_depend_on_their_batch),
        cmocka_unit_test(test_same_input_gives_same_bytes),
        cmocka_unit_test(test_modules_of_one_network_do_not_disturb_each_other),
        cmocka_unit_test(test_stock_loops_give_the_same_outputs),
        cmocka_unit_test(test_layers_that_do_not_exist_and_too_large_batches_are_refused),
        cmocka_unit_test(test_layout_names_channels_neurons_and_pixels_positions),
        cmocka_unit_test(test_out_of_memory_is_an_error_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
