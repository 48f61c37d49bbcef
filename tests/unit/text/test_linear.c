#include "compute/kernels.h"
#include "compute/kernels_reference.h"
#include "text/linear.h"
#include "text/unembedding_layer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/values.h"

static float *rounded_copy(const float *values, size_t count) {
    float *copy = malloc(count * sizeof *copy);
    floats_round_bf16(values, count, copy);
    return copy;
}

static void test_bf16_linear_rounds_both_operands_in_all_directions(void **state) {
    (void)state;
    enum { ROWS = 70, IN = 40, OUT = 100 };
    Error error;
    float *x = normal(ROWS * IN, 1, 1), *w = normal(IN * OUT, 2, 1), *dy = normal(ROWS * OUT, 3, 1);
    float *rx = rounded_copy(x, ROWS * IN), *rw = rounded_copy(w, IN * OUT), *rdy = rounded_copy(dy, ROWS * OUT);
    float *got = normal(ROWS * OUT, 4, 1), *expected = normal(ROWS * OUT, 4, 1), bias[OUT] = {0}, dbias[OUT] = {0};
    const Linear linear = {.in = IN, .out = OUT, .weight = w, .bias = bias, .precision = PRECISION_BF16};
    assert_int_equal(linear_forward(&linear, x, ROWS, got, &error), 0);
    matmul_reference(false, false, ROWS, OUT, IN, rx, IN, rw, OUT, 0.0f, expected, OUT);
    assert_near(got, expected, ROWS * OUT, 1e-5);
    assert_int_equal(linear_backward(&linear, dy, ROWS, got, &error), 0);
    matmul_reference(false, true, ROWS, IN, OUT, rdy, OUT, rw, OUT, 0.0f, expected, IN);
    assert_near(got, expected, ROWS * IN, 1e-5);
    memcpy(got, expected, ROWS * OUT * sizeof *got);  // what weights' gradients are added to
    assert_int_equal(linear_backward_weights(&linear, x, dy, ROWS, got, dbias, &error), 0);
    matmul_reference(true, false, IN, OUT, ROWS, rx, IN, rdy, OUT, 1.0f, expected, OUT);
    assert_near(got, expected, IN * OUT, 1e-5);
    free(x), free(w), free(dy), free(rx), free(rw), free(rdy), free(got), free(expected);
}

enum { C = 24, V = 30000, MOST_ROWS = 150 };

// What the layer should give, in plain loops: rows of logits all at once.
static void unembed_reference(const float *x, const float *w, const int *ids, size_t rows, float *losses, float *dx,
                              float *dweight) {
    float *rx = rounded_copy(x, rows * C), *rw = rounded_copy(w, V * C), *logits = normal(rows * V, 9, 1);
    matmul_reference(false, true, rows, V, C, rx, C, rw, C, 0.0f, logits, V);
    cross_entropy(logits, ids, NULL, rows, V, true, losses);
    floats_round_bf16(logits, rows * V, logits);
    matmul_reference(false, false, rows, C, V, logits, V, rw, C, 0.0f, dx, C);
    matmul_reference(true, false, V, C, rows, logits, V, rx, C, 1.0f, dweight, C);
    free(rx), free(rw), free(logits);
}

static void check_unembedding(size_t rows) {
    float *x = normal(rows * C, 1, 1), *w = normal(V * C, 2, 1), *losses = normal(rows, 3, 1),
          *dx = normal(rows * C, 4, 1);
    float *dweight = normal(V * C, 5, 1), *losses_expected = normal(rows, 6, 1),
          *dx_expected = normal(rows * C, 7, 1);
    float *dweight_expected = normal(V * C, 5, 1);
    int ids[MOST_ROWS];
    for (size_t r = 0; r < rows; r++) ids[r] = r % 7 == 3 ? -1 : (int)(r * 71 % V);
    const UnembeddingLayer layer = {.width = C, .vocabulary = V, .weight = w, .precision = PRECISION_BF16};
    const UnembeddingTargets targets = {.K = 1, .ids = ids};
    size_t chunk = unembedding_layer_chunk(&layer);
    float *logits = malloc((rows < chunk ? rows : chunk) * V * sizeof *logits);
    Error error;
    unembed_reference(x, w, ids, rows, losses_expected, dx_expected, dweight_expected);
    assert_int_equal(unembedding_layer_loss(&layer, x, rows, &targets, logits, losses, NULL, NULL, NULL, &error), 0);
    assert_near(losses, losses_expected, rows, 1e-5);
    // The gradient takes the place of x, as in training. Differences of 1e-6 in a logit turn some roundings.
    assert_int_equal(unembedding_layer_loss(&layer, x, rows, &targets, logits, losses, x, NULL, dweight, &error), 0);
    assert_near(losses, losses_expected, rows, 1e-5);
    assert_near(x, dx_expected, rows * C, 3e-4);
    assert_near(dweight, dweight_expected, V * C, 3e-4);
    free(x), free(w), free(losses), free(dx), free(dweight), free(losses_expected), free(dx_expected);
    free(dweight_expected), free(logits);
}

static void test_bf16_unembedding_rounds_operands_of_all_products(void **state) {
    (void)state;
    check_unembedding(9);
    check_unembedding(MOST_ROWS);  // more than one chunk of logits
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bf16_linear_rounds_both_operands_in_all_directions),
        cmocka_unit_test(test_bf16_unembedding_rounds_operands_of_all_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
