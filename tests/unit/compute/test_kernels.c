#include "base/memory.h"
#include "compute/attention_cache.h"
#include "compute/kernels_reference.h"
#include "compute/threads.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/values.h"

static float *copied(const float *values, size_t count) {
    float *copy = malloc(count * sizeof *copy + 1);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

static void test_layernorm_equals_its_plain_twin(void **state) {
    (void)state;
    const size_t sizes[][2] = {{1, 1}, {3, 20}, {70, 33}, {64, 768}};
    for (size_t s = 0; s < 4; s++) {
        size_t rows = sizes[s][0], C = sizes[s][1], count = rows * C;
        Error error;
        float *x = normal(count, 1, 2.0f), *dy = normal(count, 2, 1.0f), *weight = normal(C, 3, 1.0f);
        float *bias = normal(C, 4, 1.0f), *y = normal(count, 5, 1.0f), *z = normal(count, 6, 1.0f);
        float *mean = normal(4 * rows, 7, 1.0f), *dw = normal(2 * C, 8, 1.0f), *ew = copied(dw, 2 * C);
        layernorm_forward(x, weight, bias, 1e-5f, rows, C, y, mean, mean + rows);
        layernorm_forward_reference(x, weight, bias, 1e-5f, rows, C, z, mean + 2 * rows, mean + 3 * rows);
        assert_near(y, z, count, 1e-5);
        assert_near(mean, mean + 2 * rows, rows, 1e-5);
        assert_near(mean + rows, mean + 3 * rows, rows, 1e-5);
        for (int accumulate = 0; accumulate < 2; accumulate++) {
            layernorm_backward(dy, x, weight, mean, mean + rows, rows, C, accumulate, y);
            layernorm_backward_reference(dy, x, weight, mean, mean + rows, rows, C, accumulate, z);
            if (C > 1) assert_near(y, z, count, 1e-5);
        }
        assert_int_equal(layernorm_backward_weights(dy, x, mean, mean + rows, rows, C, dw, dw + C, &error), 0);
        layernorm_backward_weights_reference(dy, x, mean, mean + rows, rows, C, ew, ew + C);
        assert_near(dw, ew, 2 * C, 1e-5);
        free(x), free(dy), free(weight), free(bias), free(y), free(z), free(mean), free(dw), free(ew);
    }
}

static void test_gelu_equals_its_plain_twin(void **state) {
    (void)state;
    enum { COUNT = 40001 };
    float *x = malloc(COUNT * sizeof *x), *dy = normal(COUNT, 1, 1.0f), *y = malloc(COUNT * sizeof *y);
    float *z = malloc(COUNT * sizeof *z);
    for (int i = 0; i < COUNT; i++) x[i] = (float)(i - COUNT / 2) * 1e-3f;
    x[0] = -1e30f, x[1] = 1e30f, x[2] = 0.0f;
    gelu_forward(x, COUNT, y);
    gelu_forward_reference(x, COUNT, z);
    assert_float_equal(y[0], 0.0f, 0.0f);
    assert_true(y[1] == 1e30f);
    for (int i = 2; i < COUNT; i++)
        assert_true(fabs((double)y[i] - (double)z[i]) <= 1e-6 * (1.0 + fabs((double)z[i])));
    x[0] = x[1] = 3.0f;
    gelu_backward(dy, x, COUNT, y);
    gelu_backward_reference(dy, x, COUNT, z);
    assert_near(y, z, COUNT, 1e-5);
    free(x), free(dy), free(y), free(z);
}

static void test_sums_equal_their_plain_twins(void **state) {
    (void)state;
    const size_t sizes[][2] = {{1, 1}, {5, 21}, {130, 257}};
    for (size_t s = 0; s < 3; s++) {
        size_t rows = sizes[s][0], C = sizes[s][1], count = rows * C;
        Error error;
        float *x = normal(count, 1, 1.0f), *a = copied(x, count), *b = copied(x, count), *bias = normal(C, 2, 1.0f);
        float *p = normal(count, 3, 1.0f), *q = normal(count, 4, 1.0f), *d = copied(bias, C), *e = copied(bias, C);
        bias_add(a, bias, rows, C);
        bias_add_reference(b, bias, rows, C);
        assert_near(a, b, count, 1e-7);
        bias_gelu(a, bias, rows, C, p);
        bias_gelu_reference(b, bias, rows, C, q);
        assert_near(a, b, count, 1e-7);
        assert_near(p, q, count, 1e-5);
        residual_add(a, x, bias, rows, C, p);
        residual_add_reference(a, x, bias, rows, C, q);
        assert_near(p, q, count, 1e-6);
        residual_add(a, x, NULL, rows, C, a);
        residual_add_reference(b, x, NULL, rows, C, b);
        assert_near(a, b, count, 1e-6);
        values_add(a, x, count);
        for (size_t i = 0; i < count; i++) b[i] += x[i];
        assert_near(a, b, count, 1e-6);
        assert_int_equal(bias_backward(x, rows, C, d, &error), 0);
        bias_backward_reference(x, rows, C, e);
        assert_near(d, e, C, 1e-5);
        assert_float_equal(squares_sum(x, count), squares_sum_reference(x, count),
                           1e-5 * squares_sum_reference(x, count));
        free(x), free(a), free(b), free(bias), free(p), free(q), free(d), free(e);
    }
}

typedef struct AttentionCase {
    size_t B, T, C, H;
    bool causal, padded;
} AttentionCase;

static void test_attention_equals_its_plain_twin(void **state) {
    (void)state;
    const AttentionCase cases[] = {{1, 1, 4, 1, true, false},   {2, 7, 20, 5, true, true},
                                   {2, 7, 20, 5, false, true},  {1, 67, 24, 3, true, false},
                                   {2, 53, 64, 2, false, true}, {3, 100, 32, 1, true, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const AttentionCase *c = &cases[i];
        size_t wide = c->B * c->T * 3 * c->C, narrow = c->B * c->T * c->C, sums = c->B * c->H * c->T;
        const int lengths[] = {(int)c->T, (int)(c->T + 1) / 2, 1};
        const int *seen = c->padded ? lengths : NULL;
        Error error;
        float *qkv = normal(wide, i, 1.0f), *dout = normal(narrow, 90 + i, 1.0f), *logsum = calloc(2 * sums, 4);
        float *out = normal(narrow, 3, 9.0f), *plain = normal(narrow, 4, 9.0f);
        float *dqkv = normal(wide, 5, 9.0f), *dplain = normal(wide, 6, 9.0f);
        assert_int_equal(attention_forward(qkv, seen, c->B, c->T, c->C, c->H, c->causal, out, logsum, &error), 0);
        attention_forward_reference(qkv, seen, c->B, c->T, c->C, c->H, c->causal, plain, logsum + sums);
        assert_near(out, plain, narrow, 1e-5);
        assert_near(logsum, logsum + sums, sums, 1e-5);
        assert_int_equal(
            attention_backward(dout, qkv, out, logsum, seen, c->B, c->T, c->C, c->H, c->causal, dqkv, &error), 0);
        attention_backward_reference(dout, qkv, seen, c->B, c->T, c->C, c->H, c->causal, dplain);
        assert_near(dqkv, dplain, wide, 1e-5);
        free(qkv), free(dout), free(logsum), free(out), free(plain), free(dqkv), free(dplain);
    }
}

/* T positions in steps of `n` over a cache, and the last step once more as candidates behind the first sentence,
 * which leave the cache as it was. */
static void check_attention_cache(size_t B, size_t T, size_t n, size_t C, size_t H) {
    Error error;
    size_t size = attention_cache_size(T, C, H);
    float *qkv = normal(B * T * 3 * C, 1, 1.0f), *plain = normal(B * T * C, 2, 9.0f),
          *out = normal(B * T * C, 3, 9.0f);
    float *step = malloc(B * n * 3 * C * sizeof *step), *mixed = malloc(B * n * C * sizeof *mixed);
    AttentionCache cache = {.block = calloc(B * size, sizeof(float)), .positions = T};
    attention_forward_reference(qkv, NULL, B, T, C, H, true, plain, NULL);
    for (; cache.count < T; cache.count += n) {
        n = n < T - cache.count ? n : T - cache.count;
        for (size_t b = 0; b < B; b++)
            memcpy(step + b * n * 3 * C, qkv + (b * T + cache.count) * 3 * C, n * 3 * C * sizeof *step);
        for (int shared = 1; shared >= 0; shared--) {
            cache.shared = shared;
            assert_int_equal(attention_cache_forward(&cache, step, B, n, C, H, mixed, &error), 0);
            if (shared) assert_near(mixed, plain + cache.count * C, n * C, 1e-5);
        }
        for (size_t b = 0; b < B; b++)
            memcpy(out + (b * T + cache.count) * C, mixed + b * n * C, n * C * sizeof *out);
    }
    assert_near(out, plain, B * T * C, 1e-5);
    free(qkv), free(plain), free(out), free(step), free(mixed), free(cache.block);
}

static void test_attention_over_a_cache_equals_attention_over_all(void **state) {
    (void)state;
    check_attention_cache(1, 1, 1, 4, 1);
    check_attention_cache(2, 37, 1, 20, 5);
    check_attention_cache(3, 70, 11, 24, 3);
    check_attention_cache(2, 70, 70, 64, 2);
    check_attention_cache(3, 90, 50, 32, 1);
}

static void test_cross_entropy_equals_its_plain_twin(void **state) {
    (void)state;
    const size_t sizes[][2] = {{1, 1}, {5, 37}, {3, 50257}};
    for (size_t s = 0; s < 3; s++) {
        size_t rows = sizes[s][0], V = sizes[s][1];
        float *a = normal(rows * V, 1, 5.0f), *b = copied(a, rows * V), losses[5], plain[5];
        float *p = copied(a, rows * V), *q = copied(a, rows * V);
        const float scale[5] = {1.0f, 0.5f, 2.0f, 1.0f, 0.1f};
        int targets[5] = {(int)V - 1, -1, 0, (int)V / 2, 0};
        cross_entropy(a, targets, scale, rows, V, true, losses);
        cross_entropy_reference(b, targets, scale, rows, V, true, plain);
        assert_near(losses, plain, rows, 1e-5);
        assert_near(a, b, rows * V, 1e-5);
        softmax_rows(p, rows, V);
        softmax_rows_reference(q, rows, V);
        assert_near(p, q, rows * V, 1e-5);
        free(a), free(b), free(p), free(q);
    }
}

static void test_soft_cross_entropy_equals_its_plain_twin(void **state) {
    (void)state;
    enum { ROWS = 4, V = 43, K = 3 };
    float *a = normal(ROWS * V, 1, 3.0f), *b = copied(a, ROWS * V), losses[ROWS], plain[ROWS];
    float *weights = normal(ROWS * K, 2, 1.0f), dweights[ROWS * K], dplain[ROWS * K];
    const int targets[ROWS * K] = {0, 42, 7, 3, 3, -1, -1, -1, -1, 9, 8, 7};
    const float scale[ROWS] = {1.0f, 0.25f, 3.0f, 1.0f};
    cross_entropy_soft(a, targets, weights, scale, ROWS, V, K, true, losses, dweights);
    cross_entropy_soft_reference(b, targets, weights, scale, ROWS, V, K, true, plain, dplain);
    assert_near(losses, plain, ROWS, 1e-5);
    assert_near(dweights, dplain, ROWS * K, 1e-6);
    assert_near(a, b, ROWS * V, 1e-5);
    free(a), free(b), free(weights);
}

static void test_cross_entropy_of_huge_logits_stays_finite(void **state) {
    (void)state;
    float logits[4] = {1e30f, -1e30f, 0.0f, 3.0f}, loss;
    const int target = 0;
    cross_entropy(logits, &target, NULL, 1, 4, true, &loss);
    assert_float_equal(loss, 0.0f, 1e-6f);
    assert_float_equal(logits[0], 0.0f, 1e-6f);
    assert_float_equal(logits[1], 0.0f, 0.0f);
}

static void test_adamw_equals_its_plain_twin(void **state) {
    (void)state;
    enum { COUNT = 20001 };
    const AdamWSettings settings = {1e-2f, 0.9f, 0.95f, 1e-8f, 0.1f};
    float *w = normal(COUNT, 1, 1.0f), *g = normal(COUNT, 2, 1.0f), *m = normal(COUNT, 3, 0.1f);
    float *v = normal(COUNT, 4, 0.1f);
    for (int i = 0; i < COUNT; i++) v[i] *= v[i];
    float *pw = copied(w, COUNT), *pm = copied(m, COUNT), *pv = copied(v, COUNT);
    adamw_update(w, g, m, v, COUNT, &settings, 0.5f, 3);
    adamw_update_reference(pw, g, pm, pv, COUNT, &settings, 0.5f, 3);
    assert_near(w, pw, COUNT, 1e-6);
    assert_near(m, pm, COUNT, 1e-6);
    assert_near(v, pv, COUNT, 1e-6);
    free(w), free(g), free(m), free(v), free(pw), free(pm), free(pv);
}

static void test_kernels_report_lack_of_memory(void **state) {
    (void)state;
    Error error;
    float x[12] = {0}, y[4] = {0};
    memory_fail_after(1);
    assert_int_equal(attention_forward(x, NULL, 1, 1, 4, 1, true, y, NULL, &error), -1);
    assert_int_equal(bias_backward(x, 1, 4, y, &error), -1);
    assert_int_equal(layernorm_backward_weights(x, x, x, x, 1, 4, y, y, &error), -1);
    memory_fail_after(0);
    assert_non_null(strstr(error.message, "out of memory"));
}

static void test_results_do_not_depend_on_when_threads_run(void **state) {
    (void)state;
    enum { ROWS = 501, C = 67 };
    Error error;
    float *x = normal(ROWS * C, 1, 1.0f), first[C] = {0}, second[C] = {0};
    threads_set(3);
    assert_int_equal(bias_backward(x, ROWS, C, first, &error), 0);
    for (int i = 0; i < 20; i++) {
        memset(second, 0, sizeof second);
        assert_int_equal(bias_backward(x, ROWS, C, second, &error), 0);
        assert_memory_equal(first, second, sizeof first);
    }
    threads_set(threads_available());
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layernorm_equals_its_plain_twin),
        cmocka_unit_test(test_gelu_equals_its_plain_twin),
        cmocka_unit_test(test_sums_equal_their_plain_twins),
        cmocka_unit_test(test_attention_equals_its_plain_twin),
        cmocka_unit_test(test_attention_over_a_cache_equals_attention_over_all),
        cmocka_unit_test(test_cross_entropy_equals_its_plain_twin),
        cmocka_unit_test(test_soft_cross_entropy_equals_its_plain_twin),
        cmocka_unit_test(test_cross_entropy_of_huge_logits_stays_finite),
        cmocka_unit_test(test_adamw_equals_its_plain_twin),
        cmocka_unit_test(test_kernels_report_lack_of_memory),
        cmocka_unit_test(test_results_do_not_depend_on_when_threads_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
