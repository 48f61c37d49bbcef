// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "compute/random.h"
#include "text/incremental_pass.h"
#include "text/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A network with weights large enough that every token sees those before it, and sentences for it.
typedef struct Case {
    TextNetwork network;
    TextHead *head;
    size_t B, T, C, V;
    float *x;       // (B, T, C)
    float *logits;  // (B, T, V) of a full pass over x
} Case;

static void full_logits(Case *c, const float *x, size_t B, size_t T, float *logits) {
    Error error;
    const TextPassSettings settings = {
        .batch = (int)B, .positions = (int)T, .layer = c->network.shape.layers - 1, .site = TEXT_SITE_RESID_POST};
    TextPass *pass = text_pass_new(&c->network, &settings, &error);
    assert_non_null(pass);
    assert_int_equal(text_pass_forward(pass, x, (int)B, (int)T, NULL, &error), 0);
    assert_int_equal(text_head_logits(c->head, text_pass_last(pass), B * T, logits, &error), 0);
    text_pass_free(pass);
}

static void case_open(Case *c, TextNetworkShape shape, size_t B, size_t T) {
    Error error;
    *c = (Case){.B = B, .T = T, .C = (size_t)shape.width, .V = (size_t)shape.vocabulary};
    assert_int_equal(text_network_open(&c->network, &shape, &error), 0);
    assert_int_equal(text_network_allocate(&c->network, &error), 0);
    Random random = random_stream(5, "weights");
    random_fill_normal(&random, c->network.storage, c->network.total, 0.2f);
    c->x = malloc(B * T * c->C * sizeof *c->x);
    c->logits = malloc(B * T * c->V * sizeof *c->logits);
    random_fill_normal(&random, c->x, B * T * c->C, 0.5f);
    c->head = text_head_new(&c->network, PRECISION_F32, &error);
    assert_non_null(c->head);
    full_logits(c, c->x, B, T, c->logits);
}

static void case_close(Case *c) {
    text_head_free(c->head);
    text_network_close(&c->network);
    free(c->x);
    free(c->logits);
}

static const TextNetworkShape TIED = {2, 20, 5, 37, 80, true, true, 1e-5f};
static const TextNetworkShape UNTIED = {3, 48, 3, 64, 96, true, false, 1e-5f};

static IncrementalPass *pass_of(Case *c, int sentences, int positions) {
    Error error;
    const IncrementalPassSettings settings = {.sentences = sentences, .positions = positions};
    IncrementalPass *pass = incremental_pass_new(&c->network, &settings, &error);
    if (!pass) fail_msg("%s", error.message);
    return pass;
}

// Tokens first .. first + n of every sentence of x (B, T, C), next to each other.
static float *part(const float *x, size_t B, size_t T, size_t C, size_t first, size_t n) {
    float *tokens = malloc(B * n * C * sizeof *tokens);
    for (size_t b = 0; b < B; b++) memcpy(tokens + b * n * C, x + (b * T + first) * C, n * C * sizeof *tokens);
    return tokens;
}

static void append(IncrementalPass *pass, const Case *c, size_t first, size_t n) {
    Error error;
    float *tokens = part(c->x, c->B, c->T, c->C, first, n);
    if (incremental_pass_append(pass, tokens, (int)c->B, (int)n, &error) != 0) fail_msg("%s", error.message);
    assert_int_equal(incremental_pass_count(pass), first + n);
    free(tokens);
}

static void assert_near(const float *values, const float *expected, size_t count) {
    double largest = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)values[i] - (double)expected[i]);
        if (!(difference <= worst)) worst = difference;
        largest = fmax(largest, fabs((double)expected[i]));
    }
    if (!(largest > 0 && worst <= 1e-4 * largest)) fail_msg("off by %g of the largest logit", worst / largest);
}

// The logits of the last call, B sentences of n tokens, against rows `first` on of expected (B, T, V).
static void assert_logits(Case *c, const IncrementalPass *pass, size_t first, size_t n) {
    Error error;
    float *logits = malloc(c->B * n * c->V * sizeof *logits);
    assert_non_null(incremental_pass_resid(pass));
    assert_int_equal(text_head_logits(c->head, incremental_pass_resid(pass), c->B * n, logits, &error), 0);
    for (size_t b = 0; b < c->B; b++)
        assert_near(logits + b * n * c->V, c->logits + (b * c->T + first) * c->V, n * c->V);
    free(logits);
}

static void check_steps(const TextNetworkShape *shape, size_t B, size_t T) {
    static const size_t steps[][4] = {{1, 1, 1, 1}, {5, 1, 26, 1}, {29, 2, 3, 4}, {96, 96, 96, 96}};
    Case c;
    case_open(&c, *shape, B, T);
    for (size_t s = 0; s < 4; s++) {
        IncrementalPass *pass = pass_of(&c, (int)B, (int)T);
        for (size_t first = 0, i = 0; first < T; i++) {
            size_t n = steps[s][i % 4] < T - first ? steps[s][i % 4] : T - first;
            append(pass, &c, first, n);
            assert_logits(&c, pass, first, n);
            first += n;
        }
        incremental_pass_free(pass);
    }
    case_close(&c);
}

static void test_logits_by_steps_equal_those_of_a_full_pass_at_every_position(void **state) {
    (void)state;
    check_steps(&TIED, 1, 33);
    check_steps(&TIED, 3, 80);
    check_steps(&UNTIED, 1, 96);
    check_steps(&UNTIED, 2, 61);
}

static void test_going_on_after_truncating_equals_a_fresh_run(void **state) {
    (void)state;
    Case c;
    case_open(&c, UNTIED, 2, 40);
    Error error;
    IncrementalPass *fresh = pass_of(&c, 2, 40), *cut = pass_of(&c, 2, 40);
    append(fresh, &c, 0, 9);
    append(fresh, &c, 9, 20);
    append(cut, &c, 0, 9);
    float *others = part(c.x, 2, 40, c.C, 10, 30);
    assert_int_equal(incremental_pass_append(cut, others, 2, 30, &error), 0);
    free(others);
    assert_int_equal(incremental_pass_truncate(cut, 9, &error), 0);
    append(cut, &c, 9, 20);
    assert_memory_equal(incremental_pass_resid(cut), incremental_pass_resid(fresh), 2 * 20 * c.C * sizeof(float));
    assert_logits(&c, cut, 9, 20);
    // Emptied, it takes another number of sentences.
    assert_int_equal(incremental_pass_truncate(cut, 0, &error), 0);
    assert_int_equal(incremental_pass_append(cut, c.x, 1, 40, &error), 0);
    incremental_pass_free(fresh);
    incremental_pass_free(cut);
    case_close(&c);
}

/* Candidates are sentences of their own that begin with sentence 0's first tokens. */
static void test_candidates_share_a_prefix_and_leave_it_as_it_was(void **state) {
    (void)state;
    enum { PREFIX = 30, N = 7, CANDIDATES = 50 };
    Case c;
    case_open(&c, TIED, 1, PREFIX + N);
    Error error;
    size_t T = PREFIX + N, whole = T * c.C, tail = N * c.C;
    float *tails = malloc(CANDIDATES * tail * sizeof *tails), *sentences = malloc(CANDIDATES * whole * sizeof *tails);
    float *expected = malloc(CANDIDATES * T * c.V * sizeof *expected), *logits = malloc(CANDIDATES * N * c.V * 4);
    Random random = random_stream(6, "candidates");
    random_fill_normal(&random, tails, CANDIDATES * tail, 0.5f);
    for (size_t b = 0; b < CANDIDATES; b++) {
        memcpy(sentences + b * whole, c.x, PREFIX * c.C * sizeof *c.x);
        memcpy(sentences + b * whole + PREFIX * c.C, tails + b * tail, tail * sizeof *tails);
    }
    full_logits(&c, sentences, CANDIDATES, T, expected);
    IncrementalPass *pass = pass_of(&c, 1, (int)T);
    append(pass, &c, 0, PREFIX);
    assert_int_equal(incremental_pass_continue(pass, tails, CANDIDATES, N, &error), 0);
    assert_int_equal(text_head_logits(c.head, incremental_pass_resid(pass), CANDIDATES * N, logits, &error), 0);
    for (size_t b = 0; b < CANDIDATES; b++)
        assert_near(logits + b * N * c.V, expected + (b * T + PREFIX) * c.V, N * c.V);
    assert_int_equal(incremental_pass_count(pass), PREFIX);
    append(pass, &c, PREFIX, N);
    assert_logits(&c, pass, PREFIX, N);
    // Behind nothing, candidates are sentences.
    assert_int_equal(incremental_pass_truncate(pass, 0, &error), 0);
    assert_int_equal(incremental_pass_continue(pass, sentences, 2, (int)T, &error), 0);
    assert_int_equal(text_head_logits(c.head, incremental_pass_resid(pass), N, logits, &error), 0);
    assert_near(logits, expected, N * c.V);
    incremental_pass_free(pass);
    free(tails), free(sentences), free(expected), free(logits);
    case_close(&c);
}

static void test_passes_share_the_packed_weights(void **state) {
    (void)state;
    Case c;
    case_open(&c, UNTIED, 1, 12);
    size_t bytes = text_network_packed_bytes(&c.network);
    IncrementalPass *pass = pass_of(&c, 1, 12);
    append(pass, &c, 0, 12);
    assert_logits(&c, pass, 0, 12);
    assert_true(bytes > 0);
    assert_int_equal(text_network_packed_bytes(&c.network), bytes);
    incremental_pass_free(pass);
    case_close(&c);
}

static void assert_refused(int status, const Error *error, const char *why) {
    assert_int_equal(status, -1);
    if (!strstr(error->message, why)) fail_msg("%s", error->message);
}

static void test_what_does_not_fit_is_refused(void **state) {
    (void)state;
    Case c;
    case_open(&c, TIED, 2, 10);
    Error error;
    IncrementalPassSettings settings = {.sentences = 1, .positions = TIED.context + 1};
    assert_null(incremental_pass_new(&c.network, &settings, &error));
    assert_non_null(strstr(error.message, "81 tokens"));
    settings = (IncrementalPassSettings){.sentences = 0, .positions = 4};
    assert_null(incremental_pass_new(&c.network, &settings, &error));
    IncrementalPass *pass = pass_of(&c, 2, 10);
    assert_null(incremental_pass_resid(pass));
    assert_refused(incremental_pass_append(pass, c.x, 2, 11, &error), &error, "11 tokens");
    assert_refused(incremental_pass_append(pass, c.x, 2, 0, &error), &error, "0 tokens");
    assert_refused(incremental_pass_append(pass, c.x, 3, 1, &error), &error, "3 sentences");
    append(pass, &c, 0, 8);
    assert_refused(incremental_pass_append(pass, c.x, 2, 3, &error), &error, "3 tokens");
    assert_null(incremental_pass_resid(pass));
    assert_refused(incremental_pass_append(pass, c.x, 1, 1, &error), &error, "1 sentences");
    assert_refused(incremental_pass_continue(pass, c.x, 2, 1, &error), &error, "one sentence");
    assert_refused(incremental_pass_truncate(pass, 9, &error), &error, "8 tokens");
    assert_refused(incremental_pass_truncate(pass, -1, &error), &error, "-1");
    append(pass, &c, 8, 2);
    assert_logits(&c, pass, 8, 2);
    incremental_pass_free(pass);
    case_close(&c);
}

static void test_a_network_that_is_not_causal_is_refused(void **state) {
    (void)state;
    TextNetworkShape shape = TIED;
    shape.causal = false;
    Case c;
    case_open(&c, shape, 1, 4);
    Error error;
    const IncrementalPassSettings settings = {.sentences = 1, .positions = 4};
    assert_null(incremental_pass_new(&c.network, &settings, &error));
    assert_non_null(strstr(error.message, "causal"));
    case_close(&c);
}

/* Fails the first allocation, then the second, ...: each is reported, and the cache stays as it was. */
static void test_lack_of_memory_is_reported(void **state) {
    (void)state;
    Case c;
    case_open(&c, TIED, 1, 20);
    Error error;
    const IncrementalPassSettings settings = {.sentences = 1, .positions = 20};
    IncrementalPass *pass = NULL;
    for (long n = 1; !pass; n++) {
        memory_fail_after(n);
        pass = incremental_pass_new(&c.network, &settings, &error);
        memory_fail_after(0);
        assert_true(pass || strstr(error.message, "out of memory"));
        assert_true(n > 1 || !pass);
    }
    append(pass, &c, 0, 3);
    float *tokens = part(c.x, 1, 20, c.C, 3, 17);
    int status = -1;
    for (long n = 1; status != 0; n++) {
        memory_fail_after(n);
        status = incremental_pass_append(pass, tokens, 1, 17, &error);
        memory_fail_after(0);
        assert_int_equal(incremental_pass_count(pass), status == 0 ? 20 : 3);
        assert_true(n > 1 || status != 0);
    }
    assert_logits(&c, pass, 3, 17);
    free(tokens);
    incremental_pass_free(pass);
    case_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logits_by_steps_equal_those_of_a_full_pass_at_every_position),
        cmocka_unit_test(test_going_on_after_truncating_equals_a_fresh_run),
        cmocka_unit_test(test_candidates_share_a_prefix_and_leave_it_as_it_was),
        cmocka_unit_test(test_passes_share_the_packed_weights),
        cmocka_unit_test(test_what_does_not_fit_is_refused),
        cmocka_unit_test(test_a_network_that_is_not_causal_is_refused),
        cmocka_unit_test(test_lack_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
