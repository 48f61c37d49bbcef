#include "compute/threads.h"
#include "golden/gpt2.h"
#include "text/loss.h"
#include "text/pass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const TextSite SITES[] = {TEXT_SITE_RESID_PRE, TEXT_SITE_ATTN_OUT, TEXT_SITE_RESID_MID, TEXT_SITE_MLP_PRE,
                                 TEXT_SITE_MLP_POST,  TEXT_SITE_MLP_OUT,  TEXT_SITE_RESID_POST};
enum { SITE_COUNT = 7, TOKENS = 64 };

// A golden network with its sentences, and the file of what transformers made of them.
typedef struct Case {
    const GoldenShape *golden;
    TextNetwork network;
    GoldenFile file;
    int ids[TOKENS];
    size_t rows, C;
    float *x, *upper, *dx;  // (rows, C), (rows, 4C), (rows, C)
} Case;

static void case_open(Case *c, int shape) {
    Error error;
    c->golden = &GOLDEN_SHAPES[shape];
    c->rows = (size_t)(c->golden->B * c->golden->T);
    c->C = (size_t)c->golden->shape.width;
    assert_int_equal(golden_open(c->golden, &c->file, &error), 0);
    assert_int_equal(golden_network(c->golden, &c->network, &error), 0);
    golden_ids(c->golden, c->ids);
    c->x = calloc(c->rows * c->C, sizeof *c->x);
    c->dx = calloc(c->rows * c->C, sizeof *c->dx);
    c->upper = calloc(c->rows * 4 * c->C, sizeof *c->upper);
    assert_int_equal(text_network_embed(&c->network, c->ids, c->rows, c->x, &error), 0);
}

static void case_close(Case *c) {
    text_network_close(&c->network);
    golden_close(&c->file);
    free(c->x);
    free(c->dx);
    free(c->upper);
}

// Zeroes what stands behind each sentence's end.
static void mask(const GoldenShape *golden, float *values, size_t width) {
    for (int b = 0; b < golden->B; b++)
        for (int t = golden->lengths[b]; t < golden->T; t++)
            memset(values + (size_t)(b * golden->T + t) * width, 0, width * sizeof *values);
}

static TextPass *pass_of(Case *c, int layer, TextSite site, bool backward, bool keep, bool one) {
    Error error;
    const TextPassSettings settings = {.batch = c->golden->B,
                                       .positions = c->golden->T,
                                       .layer = layer,
                                       .site = site,
                                       .backward = backward,
                                       .keep = keep,
                                       .split_sites = keep,
                                       .one_neuron = one};
    TextPass *pass = text_pass_new(&c->network, &settings, &error);
    if (!pass) fail_msg("%s", error.message);
    return pass;
}

static void run(Case *c, TextPass *pass) {
    Error error;
    if (text_pass_forward(pass, c->x, c->golden->B, c->golden->T, c->golden->lengths, &error) != 0)
        fail_msg("%s", error.message);
}

static double check_sites(Case *c) {
    int last = c->golden->shape.layers - 1;
    TextPass *pass = pass_of(c, last, TEXT_SITE_RESID_POST, false, true, false);
    run(c, pass);
    double worst = 0.0;
    for (int l = 0; l <= last; l++)
        for (int i = 0; i < SITE_COUNT; i++) {
            size_t width = (size_t)text_site_width(&c->golden->shape, SITES[i]);
            float *copy = malloc(c->rows * width * sizeof *copy);
            memcpy(copy, text_pass_site(pass, l, SITES[i]), c->rows * width * sizeof *copy);
            mask(c->golden, copy, width);
            char name[64];
            snprintf(name, sizeof name, "site.%d.%s", l, text_site_name(SITES[i]));
            double off = golden_error(c->golden, &c->file, name, copy, c->rows * width, 1e-4);
            if (off > worst) worst = off;
            free(copy);
        }
    text_pass_free(pass);
    return worst;
}

static double check_gradient(Case *c, int site, bool one) {
    int last = c->golden->shape.layers - 1;
    size_t width = one ? 1 : (size_t)text_site_width(&c->golden->shape, SITES[site]);
    TextPass *pass = pass_of(c, last, SITES[site], true, false, one);
    Error error;
    int neurons[4];
    for (int b = 0; b < c->golden->B; b++) neurons[b] = (7 * b + 3) % (4 * c->golden->shape.width);
    if (one) assert_int_equal(text_pass_set_neurons(pass, neurons, c->golden->B, &error), 0);
    run(c, pass);
    uint64_t stream = one ? (SITES[site] == TEXT_SITE_MLP_PRE ? 3000 : 3001) : 2000 + (uint64_t)site;
    golden_fill(stream, c->rows * width, 1.0, c->upper);
    mask(c->golden, c->upper, width);
    if (text_pass_backward(pass, c->upper, c->dx, &error) != 0) fail_msg("%s", error.message);
    char name[64];
    snprintf(name, sizeof name, "dx.%s%s", one ? "one." : "", text_site_name(SITES[site]));
    double off = golden_error(c->golden, &c->file, name, c->dx, c->rows * c->C, 1e-4);
    text_pass_free(pass);
    return off;
}

static double check_loss(Case *c) {
    Error error;
    TextPass *pass = pass_of(c, c->golden->shape.layers - 1, TEXT_SITE_RESID_POST, true, false, false);
    TextHead *head = text_head_new(&c->network, PRECISION_F32, &error);
    size_t V = (size_t)c->golden->shape.vocabulary;
    float losses[4], token_losses[TOKENS], *logits = malloc(c->rows * V * sizeof *logits);
    assert_non_null(head);
    if (text_language_loss(pass, head, c->x, c->golden->B, c->golden->T, c->golden->lengths, c->ids, losses,
                           token_losses, c->dx, &error) != 0)
        fail_msg("%s", error.message);
    assert_int_equal(text_head_logits(head, text_pass_last(pass), c->rows, logits, &error), 0);
    mask(c->golden, logits, V);
    double worst = golden_error(c->golden, &c->file, "losses", losses, (size_t)c->golden->B, 1e-4), off;
    off = golden_error(c->golden, &c->file, "token_losses", token_losses, c->rows, 1e-4);
    if (off > worst) worst = off;
    off = golden_error(c->golden, &c->file, "dx.loss", c->dx, c->rows * c->C, 1e-4);
    if (off > worst) worst = off;
    off = golden_error(c->golden, &c->file, "logits", logits, c->rows * V, 1e-4);
    if (off > worst) worst = off;
    free(logits);
    text_head_free(head);
    text_pass_free(pass);
    return worst;
}

static void check_case(int shape) {
    Case c;
    case_open(&c, shape);
    double sites = check_sites(&c), gradients = 0.0, loss = check_loss(&c);
    for (int i = 0; i < SITE_COUNT; i++) {
        double off = check_gradient(&c, i, false);
        if (off > gradients) gradients = off;
    }
    double one = fmax(check_gradient(&c, 3, true), check_gradient(&c, 4, true));
    printf("%s: sites within %.1e, gradients %.1e, of one neuron %.1e, logits and losses %.1e\n", c.golden->name,
           sites, gradients, one, loss);
    case_close(&c);
    assert_true(sites <= 1e-4 && gradients <= 1e-4 && one <= 1e-4 && loss <= 1e-4);
}

static void test_sites_losses_and_gradients_equal_transformers(void **state) {
    (void)state;
    for (int i = 0; i < GOLDEN_SMALL; i++) check_case(i);
}

static void test_sites_losses_and_gradients_equal_transformers_at_distilgpt2_shape(void **state) {
    (void)state;
    check_case(GOLDEN_DISTILGPT2);
}

static void test_padding_never_leaks(void **state) {
    (void)state;
    for (int shape = 0; shape < GOLDEN_SMALL; shape++) {
        Case c;
        case_open(&c, shape);
        TextPass *pass = pass_of(&c, c.golden->shape.layers - 1, TEXT_SITE_RESID_POST, false, false, false);
        size_t size = c.rows * c.C * sizeof(float);
        float *first = malloc(size), *second = malloc(size);
        run(&c, pass);
        memcpy(first, text_pass_last(pass), size);
        for (int b = 0; b < c.golden->B; b++)
            for (int t = c.golden->lengths[b]; t < c.golden->T; t++)
                for (size_t i = 0; i < c.C; i++) c.x[(size_t)(b * c.golden->T + t) * c.C + i] = 100.0f;
        run(&c, pass);
        memcpy(second, text_pass_last(pass), size);
        mask(c.golden, first, c.C);
        mask(c.golden, second, c.C);
        assert_memory_equal(first, second, size);
        free(first);
        free(second);
        text_pass_free(pass);
        case_close(&c);
    }
}

static void test_gradient_agrees_with_finite_differences(void **state) {
    (void)state;
    Case c;
    case_open(&c, 0);
    TextPass *pass = pass_of(&c, 1, TEXT_SITE_MLP_POST, true, false, false);
    Error error;
    size_t width = 4 * c.C;
    golden_fill(1, c.rows * width, 1.0, c.upper);
    mask(c.golden, c.upper, width);
    run(&c, pass);
    assert_int_equal(text_pass_backward(pass, c.upper, c.dx, &error), 0);
    for (size_t at = 3; at < c.rows * c.C; at += 41) {
        double value[2];
        float kept = c.x[at], step = 0.01f;
        for (int side = 0; side < 2; side++) {
            c.x[at] = kept + (side ? step : -step);
            run(&c, pass);
            const float *y = text_pass_site(pass, 1, TEXT_SITE_MLP_POST);
            value[side] = 0.0;
            for (size_t i = 0; i < c.rows * width; i++) value[side] += (double)y[i] * (double)c.upper[i];
        }
        c.x[at] = kept;
        assert_float_equal((value[1] - value[0]) / (2.0 * (double)step), c.dx[at],
                           0.02 * fabs((double)c.dx[at]) + 0.01);
    }
    text_pass_free(pass);
    case_close(&c);
}

static void test_only_chosen_sites_are_readable(void **state) {
    (void)state;
    Case c;
    case_open(&c, 0);
    TextPass *pass = pass_of(&c, 0, TEXT_SITE_MLP_PRE, false, false, false);
    assert_null(text_pass_site(pass, 0, TEXT_SITE_MLP_PRE));
    run(&c, pass);
    assert_non_null(text_pass_site(pass, 0, TEXT_SITE_MLP_PRE));
    assert_null(text_pass_site(pass, 0, TEXT_SITE_MLP_POST));
    assert_null(text_pass_site(pass, 1, TEXT_SITE_RESID_PRE));
    assert_null(text_pass_last(pass));
    text_pass_free(pass);
    case_close(&c);
}

static void test_what_the_model_lacks_is_refused(void **state) {
    (void)state;
    Case c;
    Error error;
    case_open(&c, 0);
    TextPassSettings settings = {.batch = 1, .positions = 4, .layer = 2};
    assert_null(text_pass_new(&c.network, &settings, &error));
    assert_non_null(strstr(error.message, "layers 0 to 1"));
    settings.layer = 1;
    settings.positions = 12;
    assert_null(text_pass_new(&c.network, &settings, &error));
    assert_non_null(strstr(error.message, "context is 1 to 11"));
    settings.positions = 4;
    settings.one_neuron = true;
    assert_null(text_pass_new(&c.network, &settings, &error));
    settings.site = TEXT_SITE_MLP_PRE;
    TextPass *pass = text_pass_new(&c.network, &settings, &error);
    assert_non_null(pass);
    const int neuron = 80, length = 5;
    assert_int_equal(text_pass_set_neurons(pass, &neuron, 1, &error), -1);
    assert_non_null(strstr(error.message, "neurons 0 to 79"));
    assert_int_equal(text_pass_forward(pass, c.x, 1, 4, NULL, &error), -1);
    const int fine = 79;
    assert_int_equal(text_pass_set_neurons(pass, &fine, 1, &error), 0);
    assert_int_equal(text_pass_forward(pass, c.x, 1, 4, &length, &error), -1);
    assert_non_null(strstr(error.message, "has 5 tokens"));
    assert_int_equal(text_pass_forward(pass, c.x, 1, 4, NULL, &error), 0);
    assert_int_equal(text_pass_backward(pass, c.upper, c.dx, &error), -1);
    text_pass_free(pass);
    case_close(&c);
}

static void test_bf16_weights_come_near(void **state) {
    (void)state;
    Case c;
    Error error;
    case_open(&c, 1);
    TextPass *pass = pass_of(&c, 2, TEXT_SITE_RESID_POST, false, false, false);
    const TextPassSettings settings = {
        .batch = 2, .positions = 16, .layer = 2, .site = TEXT_SITE_RESID_POST, .precision = PRECISION_BF16};
    TextPass *rounded = text_pass_new(&c.network, &settings, &error);
    assert_non_null(rounded);
    run(&c, pass);
    run(&c, rounded);
    const float *exact = text_pass_last(pass), *near = text_pass_last(rounded);
    double largest = 0.0, worst = 0.0;
    for (size_t i = 0; i < c.rows * c.C; i++) {
        largest = fmax(largest, fabs((double)exact[i]));
        worst = fmax(worst, fabs((double)exact[i] - (double)near[i]));
    }
    printf("bf16 (%s): off by %.1e of the largest value\n", matmul_bf16_native() ? "native" : "weights only",
           worst / largest);
    assert_true(worst / largest < 0.03);
    assert_true(worst > 0.0);
    text_pass_free(pass);
    text_pass_free(rounded);
    case_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sites_losses_and_gradients_equal_transformers),
        cmocka_unit_test(test_sites_losses_and_gradients_equal_transformers_at_distilgpt2_shape),
        cmocka_unit_test(test_padding_never_leaks),
        cmocka_unit_test(test_gradient_agrees_with_finite_differences),
        cmocka_unit_test(test_only_chosen_sites_are_readable),
        cmocka_unit_test(test_what_the_model_lacks_is_refused),
        cmocka_unit_test(test_bf16_weights_come_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
