// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "text/loss.h"
#include "text/sample_text.h"
#include "text/training.h"
#include "unit/text/small_model.h"

#include <math.h>

enum { V = 97, CONTEXT = 24 };  // the small network's

static int compare_descending(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a < b) - (a > b);
}

/* A token drawn from softmax(logits / temperature) among the K likeliest, in its plainest form. */
static int reference_draw(const float *logits, int K, double temperature, Random *random) {
    float sorted[V];
    memcpy(sorted, logits, sizeof sorted);
    qsort(sorted, V, sizeof *sorted, compare_descending);
    float least = K > 0 && K < V ? sorted[K - 1] : sorted[V - 1];
    double shares[V], sum = 0;
    for (int v = 0; v < V; v++)
        sum += shares[v] = temperature > 0 ? exp((double)(logits[v] - sorted[0]) / temperature) * (logits[v] >= least)
                                           : (double)(logits[v] == sorted[0]);
    double left = temperature > 0 ? sum * (double)random_uniform(random) : 0;
    int v = 0;
    while (v < V - 1 && (shares[v] == 0 || (left -= shares[v]) >= 0)) v++;
    return v;
}

/* Writes with a full pass over all that is seen, for each token. */
static void reference_sample(TextNetwork *network, const SampleSettings *settings, Random *random,
                             TokenList *tokens) {
    Error error;
    size_t context = (size_t)network->shape.context, C = (size_t)network->shape.width;
    size_t first = tokens->count > context ? tokens->count - context : 0;
    TextPassSettings pass_settings = {
        .batch = 1, .positions = (int)context, .layer = network->shape.layers - 1, .site = TEXT_SITE_RESID_POST};
    TextPass *pass = text_pass_new(network, &pass_settings, &error);
    TextHead *head = text_head_new(network, PRECISION_F32, &error);
    float *x = malloc(context * C * sizeof *x), logits[V];
    for (int i = 0; i < settings->count; i++) {
        if (tokens->count - first > context) first = tokens->count - (context > 1 ? context / 2 : 1);
        size_t seen = tokens->count - first;
        assert_int_equal(text_network_embed(network, tokens->ids + first, seen, x, &error), 0);
        assert_int_equal(text_pass_forward(pass, x, 1, (int)seen, NULL, &error), 0);
        assert_int_equal(text_head_logits(head, text_pass_last(pass) + (seen - 1) * C, 1, logits, &error), 0);
        int id = reference_draw(logits, settings->candidates, (double)settings->temperature, random);
        assert_int_equal(token_list_append(tokens, id, &error), 0);
    }
    free(x);
    text_head_free(head);
    text_pass_free(pass);
}

static TokenList prompt_of(int count) {
    Error error;
    TokenList tokens = {0};
    for (int i = 0; i < count; i++) assert_int_equal(token_list_append(&tokens, (i * 37 + 5) % V, &error), 0);
    return tokens;
}

static TokenList written(TextNetwork *network, int prompt, SampleSettings settings, int end_of_text) {
    Error error;
    TokenList tokens = prompt_of(prompt);
    Random random = random_stream(9, "test");
    if (text_sample(network, &settings, end_of_text, &random, &tokens, &error) != 0) fail_msg("%s", error.message);
    return tokens;
}

static void assert_same(const TokenList *tokens, const TokenList *expected) {
    assert_int_equal(tokens->count, expected->count);
    assert_memory_equal(tokens->ids, expected->ids, expected->count * sizeof *expected->ids);
}

static void check_against_reference(TextNetwork *network, int prompt, SampleSettings settings) {
    TokenList tokens = written(network, prompt, settings, -1), expected = prompt_of(prompt);
    Random random = random_stream(9, "test");
    reference_sample(network, &settings, &random, &expected);
    assert_int_equal(tokens.count, prompt + settings.count);
    assert_same(&tokens, &expected);
    token_list_free(&tokens);
    token_list_free(&expected);
}

static void test_same_seed_gives_the_text_of_full_passes(void **state) {
    const SampleSettings settings[] = {{20, 0.0f, 0}, {20, 0.8f, 5}, {20, 1.2f, 1},
                                       {20, 1.0f, 0}, {20, 0.7f, V}, {20, 1.5f, V - 1}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        check_against_reference(*state, 1, settings[i]);
        check_against_reference(*state, 4, settings[i]);
    }
}

static void test_past_the_context_it_goes_on_from_the_last_half(void **state) {
    const SampleSettings settings = {3 * CONTEXT, 0.9f, 10};
    check_against_reference(*state, 1, settings);
    check_against_reference(*state, CONTEXT, settings);
    check_against_reference(*state, 2 * CONTEXT + 5, settings);
}

static void test_a_context_of_one_token_is_enough(void **state) {
    (void)state;
    Error error;
    TextNetwork network;
    TextNetworkShape shape = small_shape(V);
    shape.context = 1;
    assert_int_equal(text_network_open(&network, &shape, &error), 0);
    assert_int_equal(text_network_allocate(&network, &error), 0);
    Random random = random_stream(4, "weights");
    random_fill_normal(&random, network.storage, network.total, 0.3f);
    check_against_reference(&network, 3, (SampleSettings){12, 1.0f, 0});
    text_network_close(&network);
}

static void test_writing_stops_before_the_end_of_the_text(void **state) {
    SampleSettings settings = {30, 1.0f, 0};
    TokenList all = written(*state, 2, settings, -1);
    size_t end = 8;
    for (size_t i = 2; i < end; i++)
        if (all.ids[i] == all.ids[end]) end = i;
    TokenList stopped = written(*state, 2, settings, all.ids[end]);
    all.count = end;
    assert_same(&stopped, &all);
    token_list_free(&all);
    token_list_free(&stopped);
}

// Whether the network writes what a copy of it without a past writes.
static void assert_writes_as_a_copy(TextNetwork *network, SampleSettings settings, TokenList *tokens) {
    Error error;
    TextNetwork copy;
    assert_int_equal(text_network_open(&copy, &network->shape, &error), 0);
    assert_int_equal(text_network_allocate(&copy, &error), 0);
    memcpy(copy.storage, network->storage, network->total * sizeof *network->storage);
    TokenList expected = written(&copy, 3, settings, -1);
    *tokens = written(network, 3, settings, -1);
    assert_same(tokens, &expected);
    token_list_free(&expected);
    text_network_close(&copy);
}

static void test_what_is_written_between_training_steps_is_of_the_weights_as_they_are(void **state) {
    (void)state;
    const SampleSettings settings = {40, 1.0f, 0};
    const AdamWSettings adamw = {0.1f, 0.9f, 0.95f, 1e-8f, 0.1f};
    Error error;
    TextNetwork network;
    assert_int_equal(small_network(&network, V, &error), 0);
    TextTrainer *trainer = text_trainer_new(&network, 1, 8, PRECISION_F32, &error);
    assert_non_null(trainer);
    TokenList before, after, ids = prompt_of(9);
    assert_writes_as_a_copy(&network, settings, &before);
    double loss;
    assert_int_equal(text_trainer_gradients(trainer, ids.ids, ids.ids + 1, 1, 8, false, &loss, &error), 0);
    text_trainer_update(trainer, &adamw, 1.0f, 1);
    assert_writes_as_a_copy(&network, settings, &after);
    assert_memory_not_equal(before.ids, after.ids, before.count * sizeof *before.ids);
    token_list_free(&before);
    token_list_free(&after);
    token_list_free(&ids);
    text_trainer_free(trainer);
    text_network_close(&network);
}

static void test_what_cannot_be_written_is_an_error(void **state) {
    Error error;
    TokenList tokens = {0};
    Random random = random_stream(1, "test");
    const SampleSettings settings = {3, 1.0f, 0};
    assert_int_equal(text_sample(*state, &settings, -1, &random, &tokens, &error), -1);
    assert_non_null(strstr(error.message, "no token"));
    assert_int_equal(token_list_append(&tokens, V, &error), 0);
    assert_int_equal(text_sample(*state, &settings, -1, &random, &tokens, &error), -1);
    assert_non_null(strstr(error.message, "vocabulary"));
    tokens.ids[0] = 1;
    for (long n = 1; n <= 12; n++) {
        memory_fail_after(n);
        assert_int_equal(text_sample(*state, &settings, -1, &random, &tokens, &error), -1);
        memory_fail_after(0);
        assert_non_null(strstr(error.message, "out of memory"));
    }
    token_list_free(&tokens);
}

static int open_network(void **state) {
    Error error;
    *state = malloc(sizeof(TextNetwork));
    return small_network(*state, V, &error);
}

static int close_network(void **state) {
    text_network_close(*state);
    free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_gives_the_text_of_full_passes),
        cmocka_unit_test(test_past_the_context_it_goes_on_from_the_last_half),
        cmocka_unit_test(test_a_context_of_one_token_is_enough),
        cmocka_unit_test(test_writing_stops_before_the_end_of_the_text),
        cmocka_unit_test(test_what_is_written_between_training_steps_is_of_the_weights_as_they_are),
        cmocka_unit_test(test_what_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, open_network, close_network);
}
