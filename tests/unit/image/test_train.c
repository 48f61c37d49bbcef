#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "unit/temporary_folder.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/tsv.h"
#include "image/darknet_library.h"
#include "image/train.h"
#include "image/train_internal.h"

static Digits digits;
static uint32_t indices[4096];
static volatile sig_atomic_t interrupted;

static const char AUTOENCODER[] = "cfg/mnist_autoencoder.cfg", CLASSIFIER[] = "cfg/mnist_classifier.cfg";

static int open_digits(void) {
    Error error;
    for (uint32_t i = 0; i < 4096; i++) indices[i] = i;
    return digits_open(&digits, "data/mnist/images-idx3-ubyte.gz", "data/mnist/labels-idx1-ubyte.gz", 10, &error);
}

static int prepare(void **state) { return make_folder(state) != 0 || open_digits() != 0; }

static int finish(void **state) {
    digits_close(&digits);
    return remove_folder(state);
}

static DarknetNetwork *open_network(const char *cfg, int threads) {
    Error error = {""};
    DarknetNetworkOptions options = {.cfg = cfg, .batch = 100, .threads = threads, .seed = 3};
    DarknetNetwork *network = darknet_network_open(&options, &error);
    if (!network) fail_msg("%s", error.message);
    return network;
}

typedef struct Job {
    const char *cfg, *name;
    TrainKind kind;
    double epochs;
    size_t count, held_out;
    int threads, shift;
    float noise, decay;
    double checkpoint_seconds;
    bool resume;
} Job;

/* Trains in folder/work and leaves the weights there. */
static int run_job(const Job *job, TrainResult *result, Error *error) {
    DarknetNetwork *network = open_network(job->cfg, job->threads);
    TrainSettings settings = train_settings_default(job->kind);
    settings.epochs = job->epochs;
    settings.batch = 64;
    settings.shift = job->shift;
    settings.latent_noise = job->noise;
    settings.weight_decay = job->decay;
    settings.checkpoint_seconds = job->checkpoint_seconds;
    Run run = {.seed = 3, .threads = job->threads, .resume = job->resume, .interrupted = &interrupted};
    snprintf(run.folder, sizeof run.folder, "%s", folder);
    int status = network_train(network, &digits, indices, job->count, indices + 3072, job->held_out, job->name,
                               &settings, &run, result, error);
    darknet_network_close(network);
    return status;
}

static TrainResult must_run(const Job *job) {
    TrainResult result;
    Error error = {""};
    if (run_job(job, &result, &error) != 0) fail_msg("%s", error.message);
    return result;
}

static void read_weights(const char *name, char **bytes, size_t *size) {
    Error error = {""};
    char file[128];
    snprintf(file, sizeof file, "work/%s.weights", name);
    if (file_read(in_folder(file), 1 << 26, bytes, size, &error) != 0) fail_msg("%s", error.message);
}

static void assert_same_weights(const char *one, const char *other) {
    char *a, *b;
    size_t a_size, b_size;
    read_weights(one, &a, &a_size);
    read_weights(other, &b, &b_size);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    memory_free(a);
    memory_free(b);
}

static void check_losses_equal_stock(Job job, size_t steps) {
    TsvTable curves[2];
    Error error = {""};
    for (int stock = 0; stock < 2; stock++) {
        char name[64], path[128];
        snprintf(name, sizeof name, "%s-%d", job.name, stock);
        darknet_use_stock(stock);
        Job run = job;
        run.name = name;
        must_run(&run);
        darknet_use_stock(false);
        snprintf(path, sizeof path, "curves/train-%s.tsv", name);
        if (tsv_table_read(&curves[stock], in_folder(path), &error) != 0) fail_msg("%s", error.message);
    }
    assert_int_equal(curves[0].rows, steps);
    assert_int_equal(curves[1].rows, steps);
    for (size_t row = 0; row < steps; row++) {
        double fast = tsv_table_number(&curves[0], row, 2), slow = tsv_table_number(&curves[1], row, 2);
        if (!(fabs(fast - slow) <= 1e-4 * slow))
            fail_msg("%s, step %zu: loss %.7g, of stock libdarknet %.7g", job.cfg, row + 1, fast, slow);
    }
    tsv_table_free(&curves[0]);
    tsv_table_free(&curves[1]);
}

static void test_losses_equal_those_of_stock_libdarknet_step_by_step(void **state) {
    (void)state;
    check_losses_equal_stock((Job){AUTOENCODER, "ae", TRAIN_AUTOENCODER, 3, 512, .threads = 2}, 24);
    check_losses_equal_stock((Job){CLASSIFIER, "subject", TRAIN_CLASSIFIER, 3, 256, .threads = 2}, 12);
    check_losses_equal_stock((Job){"cfg/mnist_judge.cfg", "judge", TRAIN_CLASSIFIER, 2, 128, .threads = 2}, 4);
}

static void test_training_learns(void **state) {
    (void)state;
    TrainResult classifier =
        must_run(&(Job){CLASSIFIER, "learns-c", TRAIN_CLASSIFIER, 4, 3072, 1000, .threads = 2, .shift = 1});
    assert_true(classifier.accuracy > 0.93);
    assert_true(classifier.loss < 0.4 && classifier.held_out_loss < 0.3);
    TrainResult coder =
        must_run(&(Job){AUTOENCODER, "learns-a", TRAIN_AUTOENCODER, 6, 3072, 1000, .threads = 2, .noise = 0.1f});
    assert_true(coder.held_out_loss < 0.035);
    assert_true(isnan(coder.accuracy));
    assert_int_equal(coder.steps, 6 * 48);
}

static void test_same_seed_gives_same_weights(void **state) {
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        Job job = {AUTOENCODER, "twice-1", TRAIN_AUTOENCODER, 2, 300, .threads = threads, .shift = 1, .noise = 0.2f};
        must_run(&job);
        job.name = "twice-2";
        must_run(&job);
        assert_same_weights("twice-1", "twice-2");
    }
}

static void test_threads_agree_up_to_rounding(void **state) {
    (void)state;
    Job job = {CLASSIFIER, "one-thread", TRAIN_CLASSIFIER, 2, 512, 500, .threads = 1, .decay = 0.01f};
    TrainResult one = must_run(&job);
    job.name = "two-threads";
    job.threads = 2;
    TrainResult two = must_run(&job);
    assert_true(fabs(one.loss - two.loss) < 1e-3 * one.loss);
}

static const char EVERYTHING[] =
    "[net]\nheight=28\nwidth=28\nchannels=1\n[maxpool]\nsize=2\nstride=2\npadding=0\n[convolutional]\nfilters="
    "8\nsize=3\n"
    "stride=2\npad=1\nbatch_normalize=1\nactivation=relu\n[dropout]\nprobability=0.1\n[connected]\noutput=32\n"
    "batch_normalize=1\nactivation=leaky\n[activation]\nactivation=tanh\n[connected]\noutput=10\nactivation=linear\n"
    "[softmax]\n[cost]\ntype=sse\nscale=0\n";

static void test_batch_normalization_dropout_and_a_pooled_input_train_too(void **state) {
    (void)state;
    Error error;
    const char *cfg = in_folder("everything.cfg");
    assert_int_equal(file_write(cfg, EVERYTHING, strlen(EVERYTHING), &error), 0);
    Job job = {cfg, "every-1", TRAIN_CLASSIFIER, 6, 2048, 1000, .threads = 2};
    TrainResult result = must_run(&job);
    assert_true(result.accuracy > 0.8);
    job.name = "every-2";
    must_run(&job);
    assert_same_weights("every-1", "every-2");
}

static void ring(int signal) {
    (void)signal;
    interrupted = 1;
}

static void test_interrupted_and_resumed_training_ends_in_the_same_bytes(void **state) {
    (void)state;
    Job job = {CLASSIFIER, "whole", TRAIN_CLASSIFIER, 6, 2048, 200, .threads = 2, .shift = 2};
    TrainResult whole = must_run(&job), parts;
    job.name = "parts";
    job.resume = true;
    signal_catch(SIGALRM, ring, SA_RESTART);
    int stops = 0;
    for (int status = -1; status != 0;) {
        Error error = {""};
        interrupted = 0;
        struct itimerval timer = {.it_value = {.tv_sec = stops / 8, .tv_usec = 60000 + 110000 * (stops % 8)}};
        setitimer(ITIMER_REAL, &timer, NULL);
        status = run_job(&job, &parts, &error);
        timer.it_value = (struct timeval){0};
        setitimer(ITIMER_REAL, &timer, NULL);
        if (status == 0) break;
        if (!strstr(error.message, "--resume")) fail_msg("%s", error.message);
        assert_true(file_exists(in_folder("work/parts.checkpoint")));
        assert_false(file_exists(in_folder("work/parts.weights")));
        assert_true(stops++ < 200);
    }
    interrupted = 0;
    assert_true(stops > 0);
    assert_false(parts.reused);
    assert_same_weights("whole", "parts");
    assert_true(whole.loss == parts.loss && whole.accuracy == parts.accuracy);
    char *curves[2];
    size_t sizes[2];
    Error error;
    file_read(in_folder("curves/train-whole.tsv"), 1 << 20, &curves[0], &sizes[0], &error);
    file_read(in_folder("curves/train-parts.tsv"), 1 << 20, &curves[1], &sizes[1], &error);
    assert_string_equal(curves[0], curves[1]);
    memory_free(curves[0]);
    memory_free(curves[1]);
    assert_false(file_exists(in_folder("work/parts.checkpoint")));
}

static Job killed_job(void) {
    return (Job){AUTOENCODER, "killed", TRAIN_AUTOENCODER, 8, 2048, .threads = 2, .checkpoint_seconds = 1e-3};
}

/* This program again, training until it is killed. */
static int train_until_killed(const char *where) {
    snprintf(folder, sizeof folder, "%s", where);
    if (open_digits() != 0) return 1;
    Job job = killed_job();
    job.epochs = 8;
    TrainResult result;
    Error error;
    return run_job(&job, &result, &error) == 0 ? 0 : 1;
}

static void test_killed_and_resumed_training_ends_in_the_same_bytes(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        setenv("LATENTDREAM_TEST_TRAIN", folder, 1);
        execl("/proc/self/exe", "test_train", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 3000 && !file_exists(in_folder("work/killed.checkpoint")); i++) usleep(10000);
    usleep(30000);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_true(file_exists(in_folder("work/killed.checkpoint")));
    assert_false(file_exists(in_folder("work/killed.weights")));
    Job job = killed_job();
    job.resume = true;
    must_run(&job);
    job.resume = false;
    job.name = "unhurt";
    must_run(&job);
    assert_same_weights("killed", "unhurt");
}

static void test_weights_are_reused_only_for_the_same_cfg_data_and_settings(void **state) {
    (void)state;
    Job job = {AUTOENCODER, "cached", TRAIN_AUTOENCODER, 1, 256, 100, .threads = 1};
    TrainResult first = must_run(&job), again = must_run(&job);
    assert_false(first.reused);
    assert_true(again.reused);
    assert_true(first.held_out_loss == again.held_out_loss && first.loss == again.loss && first.steps == again.steps);
    job.shift = 1;
    assert_false(must_run(&job).reused);
    assert_true(must_run(&job).reused);
    job.count = 255;
    assert_false(must_run(&job).reused);
    digits.images[0] ^= 1;
    assert_false(must_run(&job).reused);
    digits.images[0] ^= 1;
    assert_false(must_run(&job).reused);
    job.threads = 2;
    assert_false(must_run(&job).reused);
}

static void test_damaged_cached_weights_are_trained_again(void **state) {
    (void)state;
    Job job = {AUTOENCODER, "damaged", TRAIN_AUTOENCODER, 1, 256, .threads = 1};
    must_run(&job);
    char *bytes;
    size_t size;
    Error error;
    read_weights("damaged", &bytes, &size);
    bytes[size / 2] ^= 1;
    assert_int_equal(file_write(in_folder("work/damaged.weights"), bytes, size, &error), 0);
    memory_free(bytes);
    assert_false(must_run(&job).reused);
    assert_int_equal(file_write(in_folder("work/damaged.weights"), "", 0, &error), 0);
    assert_false(must_run(&job).reused);
    assert_true(must_run(&job).reused);
}

static void test_a_damaged_checkpoint_is_refused_and_another_trainings_is_left_alone(void **state) {
    (void)state;
    Error error = {""};
    Job job = {AUTOENCODER, "checkpoint", TRAIN_AUTOENCODER, 4, 256, .threads = 1, .resume = true};
    TrainResult result;
    interrupted = 1;
    assert_int_equal(run_job(&job, &result, &error), -1);
    interrupted = 0;
    char *bytes;
    size_t size;
    assert_int_equal(file_read(in_folder("work/checkpoint.checkpoint"), 1 << 26, &bytes, &size, &error), 0);
    assert_int_equal(file_write(in_folder("work/checkpoint.checkpoint"), bytes, size - 4, &error), 0);
    assert_int_equal(run_job(&job, &result, &error), -1);
    assert_non_null(strstr(error.message, "damaged"));
    bytes[10] ^= 1; /* the key */
    assert_int_equal(file_write(in_folder("work/checkpoint.checkpoint"), bytes, size, &error), 0);
    memory_free(bytes);
    job.epochs = 1;
    assert_int_equal(run_job(&job, &result, &error), 0);
}

static void assert_job_refused(Job job, const char *because) {
    TrainResult result;
    Error error = {""};
    job.threads = 1;
    job.epochs = 1;
    assert_int_equal(run_job(&job, &result, &error), -1);
    if (!strstr(error.message, because)) fail_msg("\"%s\" does not say \"%s\"", error.message, because);
}

static void test_networks_that_do_not_fit_the_digits_are_refused(void **state) {
    (void)state;
    Error error;
    const char *cfg = in_folder("misfit.cfg");
    static const char ONE[] = "[net]\ninputs=100\n[connected]\noutput=10\n[softmax]\n";
    assert_int_equal(file_write(cfg, ONE, strlen(ONE), &error), 0);
    assert_job_refused((Job){cfg, "misfit", TRAIN_CLASSIFIER, .count = 64}, "takes 100 inputs");
    assert_job_refused((Job){CLASSIFIER, "misfit", TRAIN_AUTOENCODER, .count = 64}, "needs 784");
    assert_job_refused((Job){AUTOENCODER, "misfit", TRAIN_CLASSIFIER, .count = 64}, "needs 10");
    assert_job_refused((Job){CLASSIFIER, "misfit", TRAIN_CLASSIFIER, .count = 0}, "no digits");
    static const char TWO[] = "[net]\ninputs=784\n[connected]\noutput=784\n";
    assert_int_equal(file_write(cfg, TWO, strlen(TWO), &error), 0);
    assert_job_refused((Job){cfg, "misfit", TRAIN_AUTOENCODER, .count = 64}, "[cost]");
}

static void test_a_loss_that_is_not_finite_stops_with_a_remedy(void **state) {
    (void)state;
    Error error = {""};
    const char *cfg = in_folder("burst.cfg");
    static const char TEXT[] = "[net]\ninputs=784\n[connected]\noutput=10\nactivation=linear\n[softmax]\n";
    assert_int_equal(file_write(cfg, TEXT, strlen(TEXT), &error), 0);
    DarknetNetwork *network = open_network(cfg, 1);
    TrainSettings settings = train_settings_default(TRAIN_CLASSIFIER);
    settings.learning_rate = 1e38f;
    settings.epochs = 1;
    Run run = {.seed = 3, .threads = 1};
    snprintf(run.folder, sizeof run.folder, "%s", folder);
    TrainResult result;
    assert_int_equal(
        network_train(network, &digits, indices, 1024, NULL, 0, "burst", &settings, &run, &result, &error), -1);
    assert_non_null(strstr(error.message, "learning_rate"));
    darknet_network_close(network);
}

static void test_adam_step_is_the_papers(void **state) {
    (void)state;
    enum { N = 2500 };
    static float w[N], m[N], v[N], u[2 * N];
    static double w2[N], m2[N], v2[N];
    for (int i = 0; i < N; i++) w[i] = (float)(w2[i] = sinf((float)i));
    for (long step = 1; step <= 3; step++) {
        AdamStep adam = {w, m, v, u, N, 2, -0.25f, 0.01f, 0.9f, 0.999f, 1e-8f, 0.1f, step};
        for (int i = 0; i < N; i++) {
            u[i] = (float)sin(0.3 * i + (double)step);
            u[N + i] = (float)cos(0.7 * i);
            double g = -0.25 * ((double)u[i] + u[N + i]);
            m2[i] = 0.9 * m2[i] + 0.1 * g;
            v2[i] = 0.999 * v2[i] + 0.001 * g * g;
            double corrected = sqrt(v2[i] / (1 - pow(0.999, (double)step))) + 1e-8;
            w2[i] -= 0.01 * (m2[i] / (1 - pow(0.9, (double)step)) / corrected + 0.1 * w2[i]);
        }
        adam_apply(&adam, 0, 1111);
        adam_apply(&adam, 1111, N);
        for (int i = 0; i < 2 * N; i++) assert_true(u[i] == 0);
    }
    for (int i = 0; i < N; i++) assert_true(fabs(w[i] - w2[i]) < 2e-6);
}

static void test_sha256_gives_the_standards_values(void **state) {
    (void)state;
    Sha256 sha;
    char hex[65];
    sha256_begin(&sha);
    sha256_end(&sha, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_begin(&sha);
    sha256_add(&sha, "abcdbcdecdefdefgefghfghigh", 26);
    sha256_add(&sha, "ijhijkijkljklmklmnlmnomnopnopq", 30);
    sha256_end(&sha, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

int main(void) {
    const char *until_killed = getenv("LATENTDREAM_TEST_TRAIN");
    if (until_killed) return train_until_killed(until_killed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_gives_the_standards_values),
        cmocka_unit_test(test_adam_step_is_the_papers),
        cmocka_unit_test(test_losses_equal_those_of_stock_libdarknet_step_by_step),
        cmocka_unit_test(test_training_learns),
        cmocka_unit_test(test_same_seed_gives_same_weights),
        cmocka_unit_test(test_threads_agree_up_to_rounding),
        cmocka_unit_test(test_batch_normalization_dropout_and_a_pooled_input_train_too),
        cmocka_unit_test(test_interrupted_and_resumed_training_ends_in_the_same_bytes),
        cmocka_unit_test(test_killed_and_resumed_training_ends_in_the_same_bytes),
        cmocka_unit_test(test_weights_are_reused_only_for_the_same_cfg_data_and_settings),
        cmocka_unit_test(test_damaged_cached_weights_are_trained_again),
        cmocka_unit_test(test_a_damaged_checkpoint_is_refused_and_another_trainings_is_left_alone),
        cmocka_unit_test(test_networks_that_do_not_fit_the_digits_are_refused),
        cmocka_unit_test(test_a_loss_that_is_not_finite_stops_with_a_remedy),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
