// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "text/fluency.h"
#include "text/loss.h"
#include "unit/text/small_model.h"

#include <math.h>

enum { V = 97, C = 16, T = 6, B = 3 };

/* Restarts 0 to 3; the batches below hold some of them. */
static const int LENGTHS[4] = {6, 4, 1, 5};
static const int RESTARTS[B] = {3, 1, 0};

typedef struct Fixture {
    TextNetwork network;
    EmbeddingTable table;
    int ids[B * T];
    float x[B * T * C];
} Fixture;

static int open_fixture(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    Error error;
    if (small_network(&fixture->network, V, &error) != 0) return -1;
    if (embedding_table_open(&fixture->table, &fixture->network, &error) != 0) return -1;
    for (int i = 0; i < B * T; i++) fixture->ids[i] = (i * 37 + 5) % V;
    *state = fixture;
    return text_network_embed(&fixture->network, fixture->ids, B * T, fixture->x, &error);
}

static int close_fixture(void **state) {
    Fixture *fixture = *state;
    embedding_table_close(&fixture->table);
    text_network_close(&fixture->network);
    free(fixture);
    return 0;
}

static Regularizer *make(Fixture *fixture, float weight, int candidates, float temperature) {
    FluencySettings settings = {.weight = weight,
                                .candidates = candidates,
                                .temperature = temperature,
                                .tokens = T,
                                .lengths = LENGTHS,
                                .batch = B};
    Error error;
    Regularizer *made = regularizer_fluency(&fixture->network, &fixture->table, &settings, &error);
    assert_non_null(made);
    return made;
}

static double total(Regularizer *fluency, const float *x) {
    float penalties[B], gradient[B * T * C] = {0};
    assert_int_equal(fluency->apply(fluency, x, RESTARTS, B, penalties, gradient, NULL), 0);
    double sum = 0;
    for (int b = 0; b < B; b++) sum += (double)penalties[b];
    return sum;
}

static void test_gradient_is_that_of_finite_differences(void **state) {
    Fixture *fixture = *state;
    Regularizer *fluency = make(fixture, 0.7f, V, 0.8f);  // every token a candidate: smooth everywhere
    float x[B * T * C], penalties[B], gradient[B * T * C] = {0};
    Random random = random_stream(9, "away");
    for (int i = 0; i < B * T * C; i++) x[i] = fixture->x[i] + 0.1f * random_normal(&random);
    assert_int_equal(fluency->apply(fluency, x, RESTARTS, B, penalties, gradient, NULL), 0);
    for (int i = 3; i < B * T * C; i += 7) {
        float kept = x[i], step = 4e-3f;
        x[i] = kept + step;
        double above = total(fluency, x);
        x[i] = kept - step;
        double below = total(fluency, x);
        x[i] = kept;
        double expected = 0.7 * (above - below) / (2 * (double)step);
        assert_float_equal(gradient[i], expected, 2e-3 + 0.01 * fabs(expected));
    }
    regularizer_free(fluency);
}

static void test_padding_gets_no_gradient(void **state) {
    Fixture *fixture = *state;
    Regularizer *fluency = make(fixture, 1, 8, 0.5f);
    float penalties[B], gradient[B * T * C] = {0};
    assert_int_equal(fluency->apply(fluency, fixture->x, RESTARTS, B, penalties, gradient, NULL), 0);
    for (int b = 0; b < B; b++)
        for (int i = LENGTHS[RESTARTS[b]] * C; i < T * C; i++) assert_true(gradient[b * T * C + i] == 0);
    regularizer_free(fluency);
}

static void test_real_tokens_cost_what_the_language_model_loses_on_them(void **state) {
    Fixture *fixture = *state;
    Regularizer *fluency = make(fixture, 1, 8, 1e-4f);  // so cold that a token is itself alone
    float penalties[B], gradient[B * T * C] = {0}, losses[B];
    assert_int_equal(fluency->apply(fluency, fixture->x, RESTARTS, B, penalties, gradient, NULL), 0);
    TextPassSettings settings = {
        .batch = B, .positions = T, .layer = fixture->network.shape.layers - 1, .site = TEXT_SITE_RESID_POST};
    TextPass *pass = text_pass_new(&fixture->network, &settings, NULL);
    TextHead *head = text_head_new(&fixture->network, PRECISION_F32, NULL);
    int lengths[B];
    for (int b = 0; b < B; b++) lengths[b] = LENGTHS[RESTARTS[b]];
    assert_int_equal(
        text_language_loss(pass, head, fixture->x, B, T, lengths, fixture->ids, losses, NULL, NULL, NULL), 0);
    for (int b = 0; b < B; b++) assert_float_equal(penalties[b], losses[b], 1e-4);
    text_head_free(head);
    text_pass_free(pass);
    regularizer_free(fluency);
}

static void test_a_sentence_of_one_token_costs_nothing(void **state) {
    Fixture *fixture = *state;
    Regularizer *fluency = make(fixture, 1, 8, 0.5f);
    int restart = 2;
    float penalty = 7, gradient[T * C] = {0};
    assert_int_equal(fluency->apply(fluency, fixture->x, &restart, 1, &penalty, gradient, NULL), 0);
    assert_true(penalty == 0);
    for (int i = 0; i < T * C; i++) assert_true(gradient[i] == 0);
    regularizer_free(fluency);
}

static void test_sentence_l2_looks_at_real_tokens_alone(void **state) {
    Fixture *fixture = *state;
    float starts[4 * T * C] = {0}, penalties[B], gradient[B * T * C] = {0};
    Error error;
    Regularizer *l2 = regularizer_sentence_l2(0.5f, starts, LENGTHS, T, C, &error);
    assert_non_null(l2);
    assert_int_equal(l2->apply(l2, fixture->x, RESTARTS, B, penalties, gradient, NULL), 0);
    for (int b = 0; b < B; b++) {
        int count = LENGTHS[RESTARTS[b]] * C;
        double sum = 0;
        for (int i = 0; i < T * C; i++) {
            float v = fixture->x[b * T * C + i];
            if (i < count) sum += (double)v * (double)v;
            assert_float_equal(gradient[b * T * C + i], i < count ? 0.5 * 2 * (double)v / count : 0, 1e-6);
        }
        assert_float_equal(penalties[b], sum / count, 1e-5);
    }
    regularizer_free(l2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_is_that_of_finite_differences),
        cmocka_unit_test(test_padding_gets_no_gradient),
        cmocka_unit_test(test_real_tokens_cost_what_the_language_model_loses_on_them),
        cmocka_unit_test(test_a_sentence_of_one_token_costs_nothing),
        cmocka_unit_test(test_sentence_l2_looks_at_real_tokens_alone),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
