// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "compute/threads.h"
#include "text/held_out.h"
#include "text/muon.h"
#include "text/train_language_model.h"
#include "text/training_windows.h"
#include "unit/text/small_model.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { V = 61, TOKENS = 400, HELD_OUT = 90 };

/* Books of a language that is easy to learn: each token is the last one plus 7, or sometimes plus 12. */
typedef struct Fixture {
    uint16_t training[TOKENS], held_out[HELD_OUT];
    Corpus corpus;
    char folder[64];
    Tokenizer *tokenizer;
} Fixture;

static void fill(uint16_t *ids, size_t count, uint64_t seed) {
    Random random = random_stream(seed, "books");
    for (size_t i = 1; i < count; i++) ids[i] = (uint16_t)((ids[i - 1] + (random_below(&random, 8) ? 7 : 12)) % V);
}

static int open_fixture(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    fill(fixture->training, TOKENS, 1);
    fill(fixture->held_out, HELD_OUT, 2);
    fixture->corpus.training =
        (CorpusPart){.ids = fixture->training, .tokens = TOKENS, .characters = 900, .books = 1};
    fixture->corpus.held_out =
        (CorpusPart){.ids = fixture->held_out, .tokens = HELD_OUT, .characters = 200, .books = 1};
    small_folder(fixture->folder);
    threads_set(2);
    *state = fixture;
    return 0;
}

static int close_fixture(void **state) {
    Fixture *fixture = *state;
    small_folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

static LanguageTraining small_training(const char *name, bool muon, long steps) {
    LanguageTraining training = {
        .steps = steps,
        .warm_up = 2,
        .batch = 3,
        .tokens = 12,
        .muon = muon,
        .adamw = {.learning_rate = 0.02f, .beta1 = 0.9f, .beta2 = 0.95f, .epsilon = 1e-8f, .weight_decay = 0.1f},
        .matrix_learning_rate = 0.02f,
        .matrix_momentum = 0.95f,
        .schedule = SCHEDULE_COSINE,
        .clip = 1,
        .evaluate_every = 5,
        .evaluate_windows = 4,
        .seed = 7,
        .store = NUMBER_F32};
    snprintf(training.name, sizeof training.name, "%s", name);
    return training;
}

static int train(Fixture *fixture, TextNetwork *network, const LanguageTraining *training, Run *run,
                 LanguageTrainingResult *result, Error *error) {
    TextNetworkShape shape = small_shape(V);
    snprintf(run->folder, sizeof run->folder, "%s", fixture->folder);
    run->threads = 2;
    assert_int_equal(text_network_open(network, &shape, error), 0);
    assert_int_equal(text_network_allocate(network, error), 0);
    return language_model_train(network, &fixture->corpus, fixture->tokenizer, training, run, result, error);
}

static void learns(void **state, const char *name, bool muon, Precision precision) {
    LanguageTraining training = small_training(name, muon, 300);
    training.precision = precision;
    LanguageTrainingResult result;
    TextNetwork network;
    Run run = {.seed = 1};
    Error error;
    assert_int_equal(train(*state, &network, &training, &run, &result, &error), 0);
    assert_true(result.held_out_loss < 2.0);  // from log 61 = 4.1
    assert_int_equal(result.tokens, 300 * 3 * 12);
    text_network_close(&network);
}

static void test_adamw_learns(void **state) { learns(state, "adamw", false, PRECISION_F32); }
static void test_muon_learns(void **state) { learns(state, "muon", true, PRECISION_F32); }
static void test_adamw_learns_in_bf16(void **state) { learns(state, "bf16", false, PRECISION_BF16); }

static volatile sig_atomic_t stop_flag;
static char watched[224];

/* Presses Ctrl-C as soon as the training has written the row of its fifth step. */
static void *press(void *nothing) {
    for (int tries = 0; tries < 20000 && !stop_flag; tries++) {
        char *bytes;
        size_t size;
        if (file_exists(watched) && file_read(watched, 1 << 20, &bytes, &size, NULL) == 0) {
            stop_flag = strstr(bytes, "\n5\t") != NULL;
            memory_free(bytes);
        }
        usleep(200);
    }
    return nothing;
}

static void stop_after(const Fixture *fixture, const char *name, pthread_t *thread) {
    snprintf(watched, sizeof watched, "%s/curves/train-%s.tsv", fixture->folder, name);
    stop_flag = 0;
    assert_int_equal(pthread_create(thread, NULL, press, NULL), 0);
}

/* Ends the first of two trainings in the middle: by Ctrl-C, or, where the rate is constant, by fewer steps. */
static void train_in_two(Fixture *fixture, const LanguageTraining *whole, TextNetwork *network) {
    LanguageTraining training = *whole, first = training;
    LanguageTrainingResult result;
    Run run = {.seed = 1, .interrupted = &stop_flag};
    Error error;
    if (training.schedule == SCHEDULE_CONSTANT) {
        first.cool_down = 0;
        first.steps = 9;
        assert_int_equal(train(fixture, network, &first, &run, &result, &error), 0);
    } else {
        pthread_t thread;
        stop_after(fixture, first.name, &thread);
        assert_int_equal(train(fixture, network, &first, &run, &result, &error), -1);
        pthread_join(thread, NULL);
        assert_non_null(strstr(error.message, "--resume"));
    }
    text_network_close(network);
    stop_flag = 0;
    run.resume = true;
    assert_int_equal(train(fixture, network, &training, &run, &result, &error), 0);
}

static void resumes_to_the_same_bytes(Fixture *fixture, bool muon, Schedule schedule, Precision precision) {
    TextNetwork whole, resumed;
    char name[48];
    snprintf(name, sizeof name, "whole-%d-%d-%d", muon, (int)schedule, (int)precision);
    LanguageTraining training = small_training(name, muon, 40);
    training.schedule = schedule;
    training.precision = precision;
    training.cool_down = schedule == SCHEDULE_CONSTANT ? 4 : 0;
    LanguageTrainingResult result;
    Run run = {.seed = 1};
    assert_int_equal(train(fixture, &whole, &training, &run, &result, NULL), 0);
    training.name[0] = 'W';
    train_in_two(fixture, &training, &resumed);
    assert_memory_equal(whole.storage, resumed.storage, whole.total * sizeof(float));
    text_network_close(&whole);
    text_network_close(&resumed);
}

static void test_interrupted_training_resumes_to_the_same_bytes(void **state) {
    resumes_to_the_same_bytes(*state, false, SCHEDULE_COSINE, PRECISION_F32);
    resumes_to_the_same_bytes(*state, true, SCHEDULE_LINEAR, PRECISION_F32);
    resumes_to_the_same_bytes(*state, false, SCHEDULE_COSINE, PRECISION_BF16);
}

static void test_prolonged_training_is_the_longer_training(void **state) {
    resumes_to_the_same_bytes(*state, true, SCHEDULE_CONSTANT, PRECISION_F32);
}

static void test_checkpoint_of_another_length_is_refused_once_the_rate_falls(void **state) {
    LanguageTraining training = small_training("bound", false, 10);
    training.schedule = SCHEDULE_CONSTANT;
    training.cool_down = 5;
    LanguageTrainingResult result;
    TextNetwork network;
    Run run = {.seed = 1};
    Error error;
    assert_int_equal(train(*state, &network, &training, &run, &result, &error), 0);
    text_network_close(&network);
    training.steps = 20;
    run.resume = true;
    assert_int_equal(train(*state, &network, &training, &run, &result, &error), -1);
    assert_non_null(strstr(error.message, "bound.training"));
    text_network_close(&network);
}

static void test_checkpoint_of_another_precision_is_not_gone_on_from(void **state) {
    LanguageTraining training = small_training("fresh", false, 6);
    LanguageTrainingResult result;
    TextNetwork fresh, single, resumed;
    Run run = {.seed = 1};
    training.precision = PRECISION_BF16;
    assert_int_equal(train(*state, &fresh, &training, &run, &result, NULL), 0);
    training = small_training("precision", false, 6);
    assert_int_equal(train(*state, &single, &training, &run, &result, NULL), 0);
    training.precision = PRECISION_BF16;
    run.resume = true;
    assert_int_equal(train(*state, &resumed, &training, &run, &result, NULL), 0);
    assert_memory_equal(resumed.storage, fresh.storage, fresh.total * sizeof(float));
    assert_memory_not_equal(resumed.storage, single.storage, fresh.total * sizeof(float));
    text_network_close(&fresh);
    text_network_close(&single);
    text_network_close(&resumed);
}

static void test_damaged_checkpoint_is_refused(void **state) {
    Fixture *fixture = *state;
    LanguageTraining training = small_training("damaged", false, 4);
    LanguageTrainingResult result;
    TextNetwork network;
    Run run = {.seed = 1};
    Error error;
    assert_int_equal(train(fixture, &network, &training, &run, &result, &error), 0);
    text_network_close(&network);
    char path[128], *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/work/damaged.training", fixture->folder);
    assert_int_equal(file_read(path, 1 << 24, &bytes, &size, &error), 0);
    run.resume = true;
    const size_t cuts[] = {10, 100, size - 1};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(file_write(path, bytes, cuts[i], &error), 0);
        assert_int_equal(train(fixture, &network, &training, &run, &result, &error), -1);
        assert_non_null(strstr(error.message, "damaged.training"));
        text_network_close(&network);
    }
    bytes[size / 2] ^= 1;
    assert_int_equal(file_write(path, bytes, size, &error), 0);
    assert_int_equal(train(fixture, &network, &training, &run, &result, &error), -1);
    assert_non_null(strstr(error.message, "have changed"));
    text_network_close(&network);
    memory_free(bytes);
}

static void test_rate_warms_up_and_falls_to_zero(void **state) {
    (void)state;
    LanguageTraining training = small_training("rate", false, 100);
    training.warm_up = 10;
    assert_float_equal(language_training_rate(&training, 0), 0.1, 1e-3);
    assert_float_equal(language_training_rate(&training, 50), 0.5, 1e-6);
    assert_float_equal(language_training_rate(&training, 100), 0, 1e-9);
    training.schedule = SCHEDULE_LINEAR;
    assert_float_equal(language_training_rate(&training, 75), 0.25, 1e-9);
    training.schedule = SCHEDULE_CONSTANT;
    training.cool_down = 20;
    assert_float_equal(language_training_rate(&training, 80), 1, 1e-9);
    assert_float_equal(language_training_rate(&training, 90), 0.5, 1e-9);
    assert_true(language_training_is_open(&training, 80));
    assert_false(language_training_is_open(&training, 81));
}

static void test_an_epoch_reads_every_window_once(void **state) {
    Fixture *fixture = *state;
    TrainingWindows windows;
    enum { T = 12, B = 5 };
    assert_int_equal(training_windows_open(&windows, &fixture->corpus.training, T, 3, NULL), 0);
    int ids[B * T], targets[B * T], seen[TOKENS] = {0};
    uint16_t places[TOKENS];
    for (int i = 0; i < TOKENS; i++) places[i] = (uint16_t)i;
    windows.part = &(CorpusPart){.ids = places, .tokens = TOKENS};
    long steps = (long)windows.count / B;
    for (long step = 0; step < steps; step++) {
        training_windows_batch(&windows, step, B, ids, targets);
        for (int i = 0; i < B * T; i++) {
            assert_int_equal(targets[i], ids[i] + 1);
            seen[ids[i]]++;
        }
    }
    int once = 0;
    for (int i = 0; i < TOKENS; i++) {
        assert_true(seen[i] <= 1);
        once += seen[i];
    }
    assert_int_equal(once, steps * B * T);
    assert_true(once > TOKENS - 6 * T);
    training_windows_close(&windows);
}

static void test_windows_of_a_step_do_not_depend_on_those_before(void **state) {
    Fixture *fixture = *state;
    TrainingWindows windows, others;
    int a[24], b[24], targets[24];
    assert_int_equal(training_windows_open(&windows, &fixture->corpus.training, 12, 3, NULL), 0);
    assert_int_equal(training_windows_open(&others, &fixture->corpus.training, 12, 3, NULL), 0);
    for (long step = 0; step <= 40; step++) training_windows_batch(&windows, step, 2, a, targets);
    training_windows_batch(&others, 40, 2, b, targets);
    assert_memory_equal(a, b, sizeof a);
    training_windows_close(&windows);
    training_windows_close(&others);
}

static void test_a_corpus_too_short_is_refused(void **state) {
    Fixture *fixture = *state;
    CorpusPart part = fixture->corpus.training;
    part.tokens = 20;
    TrainingWindows windows;
    Error error;
    assert_int_equal(training_windows_open(&windows, &part, 12, 3, &error), -1);
    assert_non_null(strstr(error.message, "20 tokens"));
}

static void test_held_out_measure_predicts_every_token_once(void **state) {
    Fixture *fixture = *state;
    enum { T = 12 };
    TextNetwork network;
    assert_int_equal(small_network(&network, V, NULL), 0);
    TextTrainer *trainer = text_trainer_new(&network, 4, T, PRECISION_F32, NULL);
    HeldOut held_out;
    const CorpusPart *part = &fixture->corpus.held_out;
    assert_int_equal(held_out_measure(trainer, part, -1, 4, T, NULL, &held_out, NULL), 0);
    assert_int_equal(held_out.tokens, HELD_OUT - 1);
    // the same token by token: each from the window that first holds it
    double nats = 0;
    for (size_t place = 1; place < HELD_OUT; place++) {
        size_t start = place <= T ? 0 : (place - T + T / 2 - 1) / (T / 2) * (T / 2), last = HELD_OUT - 1 - T;
        if (start > last) start = last;
        int ids[T], targets[T];
        double loss;
        for (size_t t = 0; t < T; t++) {
            ids[t] = part->ids[start + t];
            targets[t] = start + t + 1 == place ? part->ids[place] : -1;
        }
        assert_int_equal(text_trainer_loss(trainer, ids, targets, 1, T, &loss, NULL), 0);
        nats += loss;
    }
    assert_float_equal(held_out.nats, nats, 1e-3);
    assert_float_equal(held_out_nats_per_character(&held_out), nats / 200, 1e-5);
    text_trainer_free(trainer);
    text_network_close(&network);
}

static void test_orthogonalized_matrix_has_singular_values_near_one(void **state) {
    (void)state;
    enum { R = 8, K = 20 };
    float x[R * K], a[R * R], b[R * R], c[R * K];
    Random random = random_stream(4, "matrix");
    random_fill_normal(&random, x, R * K, 3);
    assert_int_equal(muon_orthogonalize(x, R, K, a, b, c, NULL), 0);
    for (int i = 0; i < R; i++) {
        for (int j = 0; j < R; j++) {
            double dot = 0;
            for (int k = 0; k < K; k++) dot += (double)x[i * K + k] * (double)x[j * K + k];
            if (i == j) assert_true(dot > 0.4 && dot < 1.6);
            if (i != j) assert_true(fabs(dot) < 0.35);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adamw_learns),
        cmocka_unit_test(test_muon_learns),
        cmocka_unit_test(test_adamw_learns_in_bf16),
        cmocka_unit_test(test_interrupted_training_resumes_to_the_same_bytes),
        cmocka_unit_test(test_prolonged_training_is_the_longer_training),
        cmocka_unit_test(test_checkpoint_of_another_length_is_refused_once_the_rate_falls),
        cmocka_unit_test(test_checkpoint_of_another_precision_is_not_gone_on_from),
        cmocka_unit_test(test_damaged_checkpoint_is_refused),
        cmocka_unit_test(test_rate_warms_up_and_falls_to_zero),
        cmocka_unit_test(test_an_epoch_reads_every_window_once),
        cmocka_unit_test(test_windows_of_a_step_do_not_depend_on_those_before),
        cmocka_unit_test(test_a_corpus_too_short_is_refused),
        cmocka_unit_test(test_held_out_measure_predicts_every_token_once),
        cmocka_unit_test(test_orthogonalized_matrix_has_singular_values_near_one),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
