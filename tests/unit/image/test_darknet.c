#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "unit/temporary_folder.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/darknet_library.h"
#include "image/darknet_network.h"
#include "image/digits.h"

static const char *cfg_of(const char *text) {
    Error error;
    const char *path = in_folder("network.cfg");
    if (file_write(path, text, strlen(text), &error) != 0) fail_msg("%s", error.message);
    return path;
}

static DarknetNetwork *open_cfg(const char *path, int latent_size, uint64_t seed) {
    Error error = {""};
    DarknetNetworkOptions options = {
        .cfg = path, .batch = 16, .threads = 2, .seed = seed, .latent_size = latent_size};
    DarknetNetwork *network = darknet_network_open(&options, &error);
    if (!network) fail_msg("%s", error.message);
    return network;
}

static void assert_cfg_refused(const char *text, const char *because) {
    Error error = {""};
    DarknetNetworkOptions options = {.cfg = cfg_of(text)};
    DarknetNetwork *network = darknet_network_open(&options, &error);
    if (network) fail_msg("accepted: %s", text);
    if (!strstr(error.message, because)) fail_msg("\"%s\" does not say \"%s\"", error.message, because);
    assert_non_null(strstr(error.message, "network.cfg"));
}

#define NET "[net]\nheight=8\nwidth=8\nchannels=1\n"

static void test_cfg_with_an_unknown_name_is_refused_with_the_nearest_known_one(void **state) {
    (void)state;
    assert_cfg_refused(NET "[convolutionl]\nfilters=2\n", "convolutional");
    assert_cfg_refused(NET "[convolutional]\nfilter=2\n", "filters");
    assert_cfg_refused(NET "[connected]\noutput=2\nactivation=rellu\n", "relu");
    assert_cfg_refused(NET "[yolo]\n", "yolo");
}

static void test_cfg_that_libdarknet_would_exit_on_is_refused(void **state) {
    (void)state;
    assert_cfg_refused("", "net");
    assert_cfg_refused("[connected]\noutput=2\n[net]\ninputs=4\n", "begins with [net]");
    assert_cfg_refused("[net]\nbatch=1\n[connected]\noutput=2\n", "height, width and channels");
    assert_cfg_refused("[net]\nheight=8\nwidth=8\n[connected]\noutput=2\n", "together");
    assert_cfg_refused(NET, "no layer behind [net]");
    assert_cfg_refused("[net]\ninputs=9\n[convolutional]\nfilters=1\n", "needs an image");
    assert_cfg_refused("[net]\ninputs=9\n[maxpool]\nsize=2\nstride=2\n", "needs an image");
    assert_cfg_refused(NET "[convolutional]\nfilters=1\nsize=9\n", "does not fit");
    assert_cfg_refused(NET "[convolutional]\nfilters=3\ngroups=2\n", "groups=2");
    assert_cfg_refused(NET "[maxpool]\nsize=30\npadding=0\n", "does not fit");
    assert_cfg_refused(NET "[dropout]\n[connected]\noutput=2\n", "[dropout]");
    assert_cfg_refused(NET "[connected]\noutput=3\n[softmax]\ngroups=2\n", "groups=2");
    assert_cfg_refused(NET "[connected]\noutput=3\n[softmax]\n[connected]\noutput=3\n", "ends a network");
    assert_cfg_refused(NET "[connected]\noutput=-3\n", "output");
    assert_cfg_refused(NET "[connected]\noutput=3\nactivation\n", "");
}

static void test_cfg_that_asks_for_too_much_memory_is_refused_before_it_is_taken(void **state) {
    (void)state;
    assert_cfg_refused("[net]\nheight=4096\nwidth=4096\nchannels=4\n[convolutional]\nfilters=60000\n", "MiB");
    assert_cfg_refused("[net]\ninputs=16000000\n[connected]\noutput=1000000\n", "MiB");
}

static void test_random_bytes_as_cfg_are_refused(void **state) {
    (void)state;
    char bytes[300];
    for (int i = 0; i < 299; i++) bytes[i] = (char)(1 + (i * 197 + i * i * 31) % 255);
    bytes[299] = 0;
    assert_cfg_refused(bytes, "network.cfg");
}

static void test_a_cfg_with_stock_darknets_training_keys_is_read(void **state) {
    (void)state;
    DarknetNetwork *network = open_cfg(
        cfg_of("[net]\nbatch=64\nsubdivisions=2\ninputs=6\nadam=1\nB1=0.8\npolicy=steps\nsteps=10,20\nscales=.1,.1\n"
               "momentum=0.9\ndecay=0.0005\nmax_batches=100\n[connected]\noutput=2\nactivation=ramp\n[softmax]\n"),
        0, 1);
    assert_int_equal(darknet_network_layers(network), 2);
    darknet_network_close(network);
}

static void test_layers_are_described(void **state) {
    (void)state;
    DarknetNetwork *network = open_cfg("cfg/mnist_classifier.cfg", 0, 1);
    DarknetLayer layer = darknet_network_layer(network, 1);
    assert_string_equal(layer.kind, "convolutional");
    assert_string_equal(layer.activation, "leaky");
    assert_int_equal(layer.channels, 32);
    assert_int_equal(layer.height, 7);
    assert_int_equal(layer.outputs, 32 * 7 * 7);
    assert_int_equal(layer.parameters, 32 + 32 * 16 * 9);
    assert_int_equal(darknet_network_inputs(network), 784);
    assert_int_equal(darknet_network_outputs(network), 10);
    assert_string_equal(darknet_network_layer(network, darknet_network_output_layer(network)).kind, "softmax");
    darknet_network_close(network);
}

static void test_latent_size_replaces_the_narrowest_layers_outputs(void **state) {
    (void)state;
    for (int k = 10; k <= 100; k += 45) {
        DarknetNetwork *network = open_cfg("cfg/mnist_autoencoder.cfg", k, 1);
        assert_int_equal(darknet_network_latent_layer(network), 1);
        assert_int_equal(darknet_network_layer(network, 1).outputs, k);
        assert_int_equal(darknet_network_outputs(network), 784);
        assert_int_equal(darknet_network_parameters(network),
                         784 * 256 + 256 + 256 * k + k + k * 256 + 256 + 256 * 784 + 784);
        darknet_network_close(network);
    }
}

static void test_initial_weights_depend_on_the_seed_alone(void **state) {
    (void)state;
    Error error;
    float x[784], y[3][10];
    for (int i = 0; i < 784; i++) x[i] = (float)(i % 7) / 7;
    const uint64_t seeds[] = {1, 1, 2};
    for (int i = 0; i < 3; i++) {
        DarknetNetwork *network = open_cfg("cfg/mnist_classifier.cfg", 0, seeds[i]);
        assert_int_equal(darknet_network_predict(network, x, 1, y[i], &error), 0);
        darknet_network_close(network);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_memory_not_equal(y[0], y[2], sizeof y[0]);
}

static const char SMALL[] = "[net]\ninputs=3\n[connected]\noutput=2\nactivation=linear\n";

static const char *weights_of(const float *values, size_t count, size_t extra) {
    char bytes[256] = {0};
    const int32_t header[] = {0, 2, 0, 0, 0};
    memcpy(bytes, header, sizeof header);
    memcpy(bytes + sizeof header, values, count * sizeof *values);
    Error error;
    const char *path = in_folder("some.weights");
    if (file_write(path, bytes, sizeof header + count * sizeof *values + extra, &error) != 0)
        fail_msg("%s", error.message);
    return path;
}

static void assert_weights_refused(DarknetNetwork *network, const char *path, const char *because) {
    Error error = {""};
    const float x[] = {1, 2, 3};
    float before[2], after[2];
    darknet_network_predict(network, x, 1, before, &error);
    assert_int_equal(darknet_network_load(network, path, &error), -1);
    if (!strstr(error.message, because)) fail_msg("\"%s\" does not say \"%s\"", error.message, because);
    darknet_network_predict(network, x, 1, after, &error);
    assert_memory_equal(before, after, sizeof before);
}

static void test_weights_are_read_in_darknets_order(void **state) {
    (void)state;
    Error error = {""};
    DarknetNetwork *network = open_cfg(cfg_of(SMALL), 0, 1);
    const float values[] = {10, 20, 1, 2, 3, 4, 5, 6}, x[] = {1, 10, 100};
    float y[2];
    if (darknet_network_load(network, weights_of(values, 8, 0), &error) != 0) fail_msg("%s", error.message);
    darknet_network_predict(network, x, 1, y, &error);
    assert_true(y[0] == 331 && y[1] == 674);
    darknet_network_close(network);
}

static void test_weights_of_a_wrong_length_are_refused(void **state) {
    (void)state;
    DarknetNetwork *network = open_cfg(cfg_of(SMALL), 0, 1);
    const float values[8] = {0};
    assert_weights_refused(network, weights_of(values, 7, 0), "needs 52");
    assert_weights_refused(network, weights_of(values, 8, 1), "53 bytes");
    assert_weights_refused(network, weights_of(values, 0, 0), "needs 52");
    assert_weights_refused(network, cfg_of(""), "too few");
    assert_weights_refused(network, in_folder("none.weights"), "none.weights");
    darknet_network_close(network);
}

static void test_weights_that_are_not_finite_are_refused_with_their_layer(void **state) {
    (void)state;
    DarknetNetwork *network = open_cfg(cfg_of(SMALL), 0, 1);
    float values[8] = {0};
    values[5] = NAN;
    assert_weights_refused(network, weights_of(values, 8, 0), "layer 0 [connected] holds NaN at parameter 5");
    values[5] = -INFINITY;
    assert_weights_refused(network, weights_of(values, 8, 0), "infinity");
    darknet_network_close(network);
}

static void test_saved_weights_load_to_the_same_predictions(void **state) {
    (void)state;
    Error error = {""};
    float x[784], y[2][10];
    for (int i = 0; i < 784; i++) x[i] = (float)(i % 5) / 5;
    DarknetNetwork *one = open_cfg("cfg/mnist_judge.cfg", 0, 1), *two = open_cfg("cfg/mnist_judge.cfg", 0, 2);
    if (darknet_network_save(one, in_folder("judge.weights"), &error) != 0) fail_msg("%s", error.message);
    if (darknet_network_load(two, in_folder("judge.weights"), &error) != 0) fail_msg("%s", error.message);
    darknet_network_predict(one, x, 1, y[0], &error);
    darknet_network_predict(two, x, 1, y[1], &error);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_int_equal(darknet_network_save(one, in_folder("no/such/folder.weights"), &error), -1);
    darknet_network_close(one);
    darknet_network_close(two);
}

static void write_text(const char *name, const char *text) {
    Error error;
    if (file_write(in_folder(name), text, strlen(text), &error) != 0) fail_msg("%s", error.message);
}

/* Debian's own program, in a process of its own: nothing of this program stands before its loops there. */
static void check_stock_program(const char *cfg) {
    Error error = {""};
    Digits digits;
    if (digits_open(&digits, "data/mnist/images-idx3-ubyte.gz", "data/mnist/labels-idx1-ubyte.gz", 10, &error) != 0)
        fail_msg("%s", error.message);
    DarknetNetwork *network = open_cfg(cfg, 0, 3);
    if (darknet_network_save(network, in_folder("stock.weights"), &error) != 0) fail_msg("%s", error.message);
    char text[PATH_LIMIT + 64] = "", command[4 * PATH_LIMIT];
    for (int c = 0; c < 10; c++) snprintf(text + strlen(text), sizeof text - strlen(text), "class%d\n", c);
    write_text("names", text);
    snprintf(text, sizeof text, "classes=10\nnames=%s\ntop=10\n", in_folder("names"));
    write_text("data", text);
    int shown = 0;
    for (size_t d = 0; d < 3; d++) {
        float x[784], y[10];
        const uint32_t index = (uint32_t)d;
        digits_floats(&digits, &index, 1, x);
        assert_int_equal(darknet_network_predict(network, x, 1, y, &error), 0);
        FILE *image = fopen(in_folder("digit.pgm"), "wb");
        fprintf(image, "P5\n28 28\n255\n");
        fwrite(digits.images + d * 784, 1, 784, image);
        fclose(image);
        snprintf(command, sizeof command, "darknet classifier predict %s %s %s %s 2>/dev/null", in_folder("data"),
                 cfg, in_folder("stock.weights"), in_folder("digit.pgm"));
        FILE *output = popen(command, "r");
        float percent;
        int class;
        while (fgets(text, sizeof text, output)) {
            if (sscanf(text, " %f%%: class%d", &percent, &class) != 2) continue;
            if (fabsf(percent - 100 * y[class]) > 0.011f)
                fail_msg("stock darknet gives class %d of digit %zu %.2f %%, here it is %.4f %%", class, d, percent,
                         100 * y[class]);
            shown++;
        }
        pclose(output);
    }
    assert_true(shown >= 15);
    digits_close(&digits);
    darknet_network_close(network);
}

static void test_stock_darknet_reads_cfg_and_weights_and_predicts_the_same(void **state) {
    (void)state;
    if (system("command -v darknet >/dev/null 2>&1") != 0) {
        print_message("skipped: the program darknet is not installed\n");
        skip();
    }
    check_stock_program("cfg/mnist_classifier.cfg");
    check_stock_program("cfg/mnist_judge.cfg");
}

static void test_libdarknet_says_nothing_and_our_output_stays(void **state) {
    (void)state;
    char shown[512] = "";
    fflush(stdout);
    fflush(stderr);
    int kept_out = dup(1), kept_err = dup(2);
    FILE *file = fopen(in_folder("shown"), "w+");
    dup2(fileno(file), 1);
    dup2(fileno(file), 2);
    printf("before ");
    Error error;
    DarknetNetworkOptions options = {.cfg = "cfg/mnist_judge.cfg"};
    DarknetNetwork *network = darknet_network_open(&options, &error);
    printf("after");
    fflush(stdout);
    dup2(kept_out, 1);
    dup2(kept_err, 2);
    close(kept_out);
    close(kept_err);
    rewind(file);
    size_t size = fread(shown, 1, sizeof shown - 1, file);
    fclose(file);
    darknet_network_close(network);
    assert_string_equal(shown, "before after");
    assert_int_equal(size, 12);
}

static void test_a_missing_libdarknet_is_an_error_with_the_command_that_installs_it(void **state) {
    (void)state;
    int status = system(
        "LATENTDREAM_DARKNET=/no/such/libdarknet.so LATENTDREAM_TEST_MISSING=1 /proc/$PPID/exe >/dev/null 2>&1");
    assert_int_equal(WEXITSTATUS(status), 7);
}

static int missing_library(void) {
    Error error = {""};
    if (darknet_library_open(&error) == 0) return 1;
    return strstr(error.message, "apt-get install darknet") && strstr(error.message, "LATENTDREAM_DARKNET") ? 7 : 2;
}

int main(void) {
    if (getenv("LATENTDREAM_TEST_MISSING")) return missing_library();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_missing_libdarknet_is_an_error_with_the_command_that_installs_it),
        cmocka_unit_test(test_libdarknet_says_nothing_and_our_output_stays),
        cmocka_unit_test(test_cfg_with_an_unknown_name_is_refused_with_the_nearest_known_one),
        cmocka_unit_test(test_cfg_that_libdarknet_would_exit_on_is_refused),
        cmocka_unit_test(test_cfg_that_asks_for_too_much_memory_is_refused_before_it_is_taken),
        cmocka_unit_test(test_random_bytes_as_cfg_are_refused),
        cmocka_unit_test(test_a_cfg_with_stock_darknets_training_keys_is_read),
        cmocka_unit_test(test_layers_are_described),
        cmocka_unit_test(test_latent_size_replaces_the_narrowest_layers_outputs),
        cmocka_unit_test(test_initial_weights_depend_on_the_seed_alone),
        cmocka_unit_test(test_weights_are_read_in_darknets_order),
        cmocka_unit_test(test_weights_of_a_wrong_length_are_refused),
        cmocka_unit_test(test_weights_that_are_not_finite_are_refused_with_their_layer),
        cmocka_unit_test(test_saved_weights_load_to_the_same_predictions),
        cmocka_unit_test(test_stock_darknet_reads_cfg_and_weights_and_predicts_the_same),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
