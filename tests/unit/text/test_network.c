#include "golden/gpt2.h"
#include "text/loss.h"
#include "text/network.h"
#include "text/pass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int shape_of(TextNetworkShape *shape, const char *text, Error *error) {
    Config config;
    assert_int_equal(config_parse(&config, text, strlen(text), "net.cfg", error), 0);
    assert_int_equal(config_check(&config, &SCHEMA_TEXT_NETWORK, NULL), 0);
    int status = text_network_shape_from_config(shape, &config, error);
    config_free(&config);
    return status;
}

static void test_cfg_of_distilgpt2_has_its_shape(void **state) {
    (void)state;
    Error error;
    Config config;
    TextNetworkShape shape;
    assert_int_equal(config_open(&config, "cfg/distilgpt2.cfg", &SCHEMA_TEXT_NETWORK, NULL, 0, &error), 0);
    assert_int_equal(text_network_shape_from_config(&shape, &config, &error), 0);
    config_free(&config);
    const TextNetworkShape expected = {6, 768, 12, 50257, 1024, true, true, 1e-5f};
    assert_int_equal(shape.layers, expected.layers);
    assert_int_equal(shape.width, expected.width);
    assert_int_equal(shape.heads, expected.heads);
    assert_int_equal(shape.vocabulary, expected.vocabulary);
    assert_int_equal(shape.context, expected.context);
    assert_true(shape.causal && shape.tied && shape.epsilon == 1e-5f);
    TextNetwork network;
    assert_int_equal(text_network_open(&network, &shape, &error), 0);
    size_t count = 0;
    for (int i = 0; i < network.parameter_count; i++) count += network.parameters[i].count;
    assert_int_equal(count, 81912576);  // as transformers counts them
    text_network_close(&network);
}

#define HEAD "[net]\ncontext=8\n[embedding]\nvocabulary=9\nwidth=6\n"
#define TAIL "[layernorm]\n[unembedding]\n"

static void test_cfg_that_is_no_gpt2_is_refused(void **state) {
    (void)state;
    Error error;
    TextNetworkShape shape;
    assert_int_equal(shape_of(&shape, HEAD "[transformer]\nheads=2\ncausal=0\n" TAIL, &error), 0);
    assert_true(!shape.causal && shape.tied);
    assert_int_equal(shape_of(&shape, HEAD "[transformer]\nheads=4\n" TAIL, &error), -1);
    assert_non_null(strstr(error.message, "width 6 is not a multiple of its 4 heads"));
    assert_int_equal(shape_of(&shape, HEAD "[transformer]\nheads=2\n[transformer]\nheads=3\n" TAIL, &error), -1);
    assert_non_null(strstr(error.message, "net.cfg:8"));
    assert_int_equal(shape_of(&shape, HEAD "[transformer]\nheads=2\nhidden=25\n" TAIL, &error), -1);
    assert_non_null(strstr(error.message, "24 neurons"));
    assert_int_equal(shape_of(&shape, HEAD "[transformer]\nheads=2\n[layernorm]\n", &error), -1);
    assert_non_null(strstr(error.message, "[unembedding]"));
}

static void test_parameters_have_the_names_of_hugging_face(void **state) {
    (void)state;
    Error error;
    TextNetwork network;
    assert_int_equal(text_network_open(&network, &GOLDEN_SHAPES[1].shape, &error), 0);
    assert_int_equal(text_network_find(&network, "transformer.wte.weight"), TEXT_WTE);
    int fc = text_network_find(&network, "h.1.mlp.c_fc.weight");
    assert_int_equal(fc, text_parameter_of_layer(1, TEXT_FC_WEIGHT));
    assert_int_equal(network.parameters[fc].shape[0], 24);
    assert_int_equal(network.parameters[fc].shape[1], 96);
    assert_true(network.parameters[fc].decays);
    assert_false(network.parameters[fc + 1].decays);
    assert_int_equal(text_network_find(&network, "lm_head.weight"),
                     text_parameter_unembedding(&GOLDEN_SHAPES[1].shape));
    assert_int_equal(text_network_find(&network, "h.3.ln_1.weight"), -1);
    assert_int_equal(text_network_check_bound(&network, &error), -1);
    assert_non_null(strstr(error.message, "wte.weight is missing"));
    text_network_close(&network);
}

// The last residual stream of a pass over `network`.
static void last_stream(TextNetwork *network, const GoldenShape *golden, float *stream) {
    Error error;
    int ids[64];
    size_t rows = (size_t)(golden->B * golden->T), C = (size_t)golden->shape.width;
    float *x = malloc(rows * C * sizeof *x);
    const TextPassSettings settings = {
        .batch = golden->B, .positions = golden->T, .layer = golden->shape.layers - 1, .site = TEXT_SITE_RESID_POST};
    golden_ids(golden, ids);
    assert_int_equal(text_network_embed(network, ids, rows, x, &error), 0);
    TextPass *pass = text_pass_new(network, &settings, &error);
    assert_non_null(pass);
    assert_int_equal(text_pass_forward(pass, x, golden->B, golden->T, NULL, &error), 0);
    memcpy(stream, text_pass_last(pass), rows * C * sizeof *stream);
    text_pass_free(pass);
    free(x);
}

static void test_weights_of_every_number_type_can_be_bound(void **state) {
    (void)state;
    const GoldenShape *golden = &GOLDEN_SHAPES[1];
    enum { FLOATS = 2 * 16 * 24 };
    for (int type = NUMBER_F32; type <= NUMBER_BF16; type++) {
        Error error;
        TextNetwork own, bound;
        float first[FLOATS], second[FLOATS];
        assert_int_equal(golden_network(golden, &own, &error), 0);
        assert_int_equal(text_network_open(&bound, &golden->shape, &error), 0);
        char *file = malloc(own.total * sizeof(float));
        for (int i = 0; i < own.parameter_count; i++) {
            const TextParameter *p = &own.parameters[i];
            float *values = own.storage + p->offset;
            numbers_from_floats((NumberType)type, values, p->count, file + p->offset * 4);
            numbers_to_floats((NumberType)type, file + p->offset * 4, p->count, values);
            assert_int_equal(text_network_bind(&bound, i, (NumberType)type, file + p->offset * 4, &error), 0);
        }
        last_stream(&own, golden, first);
        last_stream(&bound, golden, second);
        assert_memory_equal(first, second, sizeof first);
        text_network_close(&own);
        text_network_close(&bound);
        free(file);
    }
}

static void test_changed_weights_are_packed_again(void **state) {
    (void)state;
    const GoldenShape *golden = &GOLDEN_SHAPES[0];
    enum { FLOATS = 3 * 7 * 20 };
    Error error;
    TextNetwork network;
    float first[FLOATS], second[FLOATS];
    assert_int_equal(golden_network(golden, &network, &error), 0);
    last_stream(&network, golden, first);
    assert_true(text_network_packed_bytes(&network) > 0);
    network.storage[network.parameters[text_parameter_of_layer(0, TEXT_ATTN_PROJ_WEIGHT)].offset] += 1.0f;
    text_network_changed(&network);
    assert_int_equal(text_network_packed_bytes(&network), 0);
    last_stream(&network, golden, second);
    assert_memory_not_equal(first, second, sizeof first);
    text_network_close(&network);
}

static void test_initialization_depends_on_the_seed_alone(void **state) {
    (void)state;
    Error error;
    TextNetwork network;
    assert_int_equal(text_network_open(&network, &GOLDEN_SHAPES[0].shape, &error), 0);
    assert_int_equal(text_network_allocate(&network, &error), 0);
    text_network_initialize(&network, 5);
    float first = network.storage[100];
    text_network_initialize(&network, 6);
    assert_true(network.storage[100] != first);
    text_network_initialize(&network, 5);
    assert_true(network.storage[100] == first);
    text_network_close(&network);
}

static void test_token_outside_the_vocabulary_is_refused(void **state) {
    (void)state;
    Error error;
    TextNetwork network;
    float x[20];
    const int token = 37;
    assert_int_equal(golden_network(&GOLDEN_SHAPES[0], &network, &error), 0);
    assert_int_equal(text_network_embed(&network, &token, 1, x, &error), -1);
    assert_non_null(strstr(error.message, "vocabulary of 37"));
    text_network_close(&network);
}

// A soft target that has all its weight on one token is that token; weights' gradients are their losses.
static void test_soft_targets_agree_with_tokens(void **state) {
    (void)state;
    enum { ROWS = 4, C = 20 };
    Error error;
    TextNetwork network;
    float resid[ROWS * C], losses[ROWS], soft[ROWS], d[ROWS * C], dsoft[ROWS * C], dweights[2 * ROWS];
    const int targets[ROWS] = {3, -1, 36, 0}, pairs[2 * ROWS] = {3, 5, -1, -1, 1, 36, 0, 0};
    const float weights[2 * ROWS] = {1, 0, 0.5f, 0.5f, 0, 1, 0.25f, 0.75f};
    golden_fill(5, ROWS * C, 1.0, resid);
    assert_int_equal(golden_network(&GOLDEN_SHAPES[0], &network, &error), 0);
    TextHead *head = text_head_new(&network, PRECISION_F32, &error);
    assert_int_equal(text_head_loss(head, resid, ROWS, targets, NULL, losses, d, &error), 0);
    assert_int_equal(text_head_loss_soft(head, resid, ROWS, 2, pairs, weights, NULL, soft, dsoft, dweights, &error),
                     0);
    for (int r = 0; r < ROWS; r++) assert_float_equal(losses[r], soft[r], 1e-5);
    for (int i = 0; i < ROWS * C; i++) assert_float_equal(d[i], dsoft[i], 1e-5);
    assert_float_equal(dweights[0], losses[0], 1e-5);
    assert_float_equal(dweights[5], losses[2], 1e-5);
    text_head_free(head);
    text_network_close(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cfg_of_distilgpt2_has_its_shape),
        cmocka_unit_test(test_cfg_that_is_no_gpt2_is_refused),
        cmocka_unit_test(test_parameters_have_the_names_of_hugging_face),
        cmocka_unit_test(test_weights_of_every_number_type_can_be_bound),
        cmocka_unit_test(test_changed_weights_are_packed_again),
        cmocka_unit_test(test_initialization_depends_on_the_seed_alone),
        cmocka_unit_test(test_token_outside_the_vocabulary_is_refused),
        cmocka_unit_test(test_soft_targets_agree_with_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
