#include "compute/threads.h"
#include "golden/gpt2.h"
#include "text/training.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TOKENS = 64 };

// Each token's target is the next one; behind a causal sentence's end, and at a row's last token, none.
static void golden_targets(const GoldenShape *golden, const int *ids, int *targets) {
    for (int b = 0; b < golden->B; b++)
        for (int t = 0; t < golden->T; t++) {
            int end = golden->shape.causal ? golden->lengths[b] : golden->T;
            targets[b * golden->T + t] = t + 1 < end ? ids[b * golden->T + t + 1] : -1;
        }
}

static void check_gradients(const GoldenShape *golden) {
    Error error;
    TextNetwork network;
    GoldenFile file;
    int ids[TOKENS], targets[TOKENS];
    double loss;
    assert_int_equal(golden_open(golden, &file, &error), 0);
    assert_int_equal(golden_network(golden, &network, &error), 0);
    golden_ids(golden, ids);
    golden_targets(golden, ids, targets);
    TextTrainer *trainer = text_trainer_new(&network, golden->B, golden->T, PRECISION_F32, &error);
    assert_non_null(trainer);
    assert_int_equal(text_trainer_gradients(trainer, ids, targets, golden->B, golden->T, false, &loss, &error), 0);
    float single = (float)loss;
    double worst = golden_error(golden, &file, "training_loss", &single, 1, 1e-5);
    assert_true(worst <= 1e-5);
    worst = 0.0;
    for (int i = 0; i < network.parameter_count; i++) {
        char name[80];
        snprintf(name, sizeof name, "grad.%s", network.parameters[i].name);
        double off = golden_error(golden, &file, name, text_trainer_gradient(trainer) + network.parameters[i].offset,
                                  network.parameters[i].count, 1e-4);
        if (off > worst) worst = off;
    }
    printf("%s: gradients of all weights within %.1e\n", golden->name, worst);
    assert_true(worst <= 1e-4);
    text_trainer_free(trainer);
    text_network_close(&network);
    golden_close(&file);
}

static void test_training_loss_and_every_gradient_equal_transformers(void **state) {
    (void)state;
    for (int i = 0; i < GOLDEN_SMALL; i++) check_gradients(&GOLDEN_SHAPES[i]);
}

static void test_training_gradients_equal_transformers_at_distilgpt2_shape(void **state) {
    (void)state;
    check_gradients(&GOLDEN_SHAPES[GOLDEN_DISTILGPT2]);
}

// The loss and all gradients (network->total) of one batch; the caller frees them.
static float *gradients_in(const GoldenShape *golden, TextNetwork *network, Precision precision, double *loss) {
    Error error;
    int ids[TOKENS], targets[TOKENS];
    golden_ids(golden, ids);
    golden_targets(golden, ids, targets);
    TextTrainer *trainer = text_trainer_new(network, golden->B, golden->T, precision, &error);
    assert_non_null(trainer);
    assert_int_equal(text_trainer_gradients(trainer, ids, targets, golden->B, golden->T, false, loss, &error), 0);
    float *gradients = malloc(network->total * sizeof *gradients);
    memcpy(gradients, text_trainer_gradient(trainer), network->total * sizeof *gradients);
    text_trainer_free(trainer);
    return gradients;
}

// sqrt(sum (a - b)^2 / sum a^2)
static double distance(const float *a, const float *b, size_t count) {
    double difference = 0.0, square = 1e-300;
    for (size_t i = 0; i < count; i++) {
        difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        square += (double)a[i] * (double)a[i];
    }
    return sqrt(difference / square);
}

static void check_bf16(const GoldenShape *golden) {
    Error error;
    TextNetwork network;
    double loss, rounded_loss, worst = 0.0;
    assert_int_equal(golden_network(golden, &network, &error), 0);
    float *exact = gradients_in(golden, &network, PRECISION_F32, &loss);
    float *rounded = gradients_in(golden, &network, PRECISION_BF16, &rounded_loss);
    for (int i = 0; i < network.parameter_count; i++) {
        const TextParameter *p = &network.parameters[i];
        double off = distance(exact + p->offset, rounded + p->offset, p->count);
        if (off > worst) worst = off;
        if (off <= 1e-4) printf("%s: %s does not feel bf16\n", golden->name, p->name);
        assert_true(off > 1e-4);
    }
    double all = distance(exact, rounded, network.total), off = fabs(rounded_loss - loss) / loss;
    printf("%s in bf16: loss off by %.1e, gradients by %.1e, the worst tensor's by %.1e\n", golden->name, off, all,
           worst);
    assert_true(off > 0.0 && off <= 1e-3);
    assert_true(all <= 1.5e-2 && worst <= 2.5e-2);
    free(exact), free(rounded);
    text_network_close(&network);
}

static void test_bf16_training_comes_near_float32_in_loss_and_every_gradient(void **state) {
    (void)state;
    for (int i = 0; i <= GOLDEN_DISTILGPT2; i++) check_bf16(&GOLDEN_SHAPES[i]);
}

static void small_batch(int *ids, int *targets) {
    for (int i = 0; i < 4 * 8; i++) ids[i] = (int)(golden_bits(7, (size_t)i / 2) % 13);
    for (int i = 0; i < 4 * 8; i++) targets[i] = i % 8 == 7 ? -1 : ids[i + 1];
}

// Trains a tiny network for some steps and returns its last loss and a sum over its weights.
static double train(Precision precision, int threads, long steps, double *last) {
    const TextNetworkShape shape = {2, 16, 2, 13, 8, true, true, 1e-5f};
    const AdamWSettings settings = {3e-3f, 0.9f, 0.95f, 1e-8f, 0.1f};
    Error error;
    TextNetwork network;
    int ids[32], targets[32];
    small_batch(ids, targets);
    threads_set(threads);
    assert_int_equal(text_network_open(&network, &shape, &error), 0);
    assert_int_equal(text_network_allocate(&network, &error), 0);
    text_network_initialize(&network, 3);
    TextTrainer *trainer = text_trainer_new(&network, 4, 8, precision, &error);
    assert_non_null(trainer);
    for (long step = 1; step <= steps; step++) {
        assert_int_equal(text_trainer_gradients(trainer, ids, targets, 4, 8, false, last, &error), 0);
        assert_true(text_trainer_update(trainer, &settings, 1.0f, step) > 0.0f);
    }
    double sum = 0.0;
    for (size_t i = 0; i < network.total; i++) sum += (double)network.storage[i] * (double)(i % 7 + 1);
    text_trainer_free(trainer);
    text_network_close(&network);
    threads_set(threads_available());
    return sum;
}

static void test_training_lowers_the_loss(void **state) {
    (void)state;
    for (Precision precision = PRECISION_F32; precision <= PRECISION_BF16; precision++) {
        double first, last;
        train(precision, 2, 1, &first);
        train(precision, 2, 150, &last);
        assert_true(first > 2.0 && last < 0.5 * first);
    }
}

static void test_training_same_seed_gives_same_bytes(void **state) {
    (void)state;
    double sums[2];
    for (Precision precision = PRECISION_F32; precision <= PRECISION_BF16; precision++) {
        double a, b;
        double first = train(precision, 2, 20, &a), second = train(precision, 2, 20, &b);
        assert_memory_equal(&first, &second, sizeof first);
        assert_memory_equal(&a, &b, sizeof a);
        sums[precision] = first;
    }
    assert_true(sums[PRECISION_F32] != sums[PRECISION_BF16]);
}

static void test_training_accumulates_gradients(void **state) {
    (void)state;
    Error error;
    TextNetwork network;
    int ids[32], targets[32];
    double loss;
    const TextNetworkShape shape = {1, 16, 2, 13, 8, true, true, 1e-5f};
    small_batch(ids, targets);
    assert_int_equal(text_network_open(&network, &shape, &error), 0);
    assert_int_equal(text_network_allocate(&network, &error), 0);
    text_network_initialize(&network, 3);
    TextTrainer *trainer = text_trainer_new(&network, 4, 8, PRECISION_F32, &error);
    assert_int_equal(text_trainer_gradients(trainer, ids, targets, 4, 8, false, &loss, &error), 0);
    float once = text_trainer_gradient(trainer)[5];
    assert_int_equal(text_trainer_gradients(trainer, ids, targets, 4, 8, true, &loss, &error), 0);
    assert_float_equal(text_trainer_gradient(trainer)[5], 2.0f * once, 1e-6f);
    double alone;
    assert_int_equal(text_trainer_loss(trainer, ids, targets, 4, 8, &alone, &error), 0);
    assert_float_equal(alone, loss, 1e-6);
    ids[3] = 13;
    assert_int_equal(text_trainer_gradients(trainer, ids, targets, 4, 8, false, &loss, &error), -1);
    assert_non_null(strstr(error.message, "vocabulary of 13"));
    text_trainer_free(trainer);
    text_network_close(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training_loss_and_every_gradient_equal_transformers),
        cmocka_unit_test(test_training_gradients_equal_transformers_at_distilgpt2_shape),
        cmocka_unit_test(test_bf16_training_comes_near_float32_in_loss_and_every_gradient),
        cmocka_unit_test(test_training_lowers_the_loss),
        cmocka_unit_test(test_training_same_seed_gives_same_bytes),
        cmocka_unit_test(test_training_accumulates_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
