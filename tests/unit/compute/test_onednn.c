#include "compute/kernels_reference.h"
#include "compute/number.h"
#include "compute/onednn.h"
#include "compute/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static float *normal(size_t count, uint64_t seed) {
    float *values = malloc(count * sizeof *values + 1);
    Random random = random_stream(seed, "test");
    random_fill_normal(&random, values, count, 1.0f);
    return values;
}

static void check_product(bool transposed) {
    enum { K = 48, N = 100, LARGEST = 24 };
    Error error;
    OnednnProduct *product;
    float *w = normal(K * N, 1), *x = normal(LARGEST * K, 2), *y = normal(LARGEST * N, 3),
          *z = normal(LARGEST * N, 3);
    assert_int_equal(
        onednn_product_new(&product, K, N, w, transposed ? 1 : N, transposed ? K : 1, false, true, &error), 0);
    assert_non_null(product);
    assert_true(onednn_product_bytes(product) >= K * N * sizeof(float));
    // More batch sizes than primitives are kept, twice, in another order.
    for (size_t turn = 0; turn < 2 * LARGEST; turn++) {
        size_t M = turn * 7 % LARGEST + 1;
        assert_int_equal(onednn_product_run(product, x, M, y, &error), 0);
        matmul_reference(false, transposed, M, N, K, x, K, w, transposed ? K : N, 0.0f, z, N);
        for (size_t i = 0; i < LARGEST * N; i++) assert_float_equal(y[i], z[i], 1e-4);
    }
    onednn_product_free(product);
    free(w), free(x), free(y), free(z);
}

static void test_product_equals_the_plain_one_for_any_batch(void **state) {
    (void)state;
    check_product(false);
    check_product(true);
}

// form: bit 0 W is stored transposed, bit 1 the product is added to what is there.
static void check_once(size_t M, size_t K, size_t N, int form, bool bf16) {
    bool transposed = form & 1, accumulate = form & 2;
    float *w = normal(K * N, 1), *x = normal(M * K, 2), *y = normal(M * N, 3), *z = normal(M * N, 3);
    uint16_t *halves = malloc(M * K * sizeof *halves);
    Error error;
    numbers_from_floats(NUMBER_BF16, x, M * K, halves);
    assert_int_equal(onednn_product_once(M, K, N, bf16 ? (void *)halves : x, w, transposed ? 1 : N,
                                         transposed ? K : 1, bf16, accumulate, y, &error),
                     0);
    if (bf16) {
        floats_round_bf16(x, M * K, x);
        floats_round_bf16(w, K * N, w);
    }
    matmul_reference(false, transposed, M, N, K, x, K, w, transposed ? K : N, accumulate ? 1.0f : 0.0f, z, N);
    for (size_t i = 0; i < M * N; i++) assert_float_equal(y[i], z[i], 2e-4);
    free(w), free(x), free(y), free(z), free(halves);
}

static void check_once_all(bool bf16) {
    for (int form = 0; form < 4; form++) {
        check_once(1, 1, 1, form, bf16);
        check_once(65, 130, 37, form, bf16);
        check_once(300, 200, 256, form, bf16);
    }
}

static void test_single_product_equals_the_plain_one(void **state) {
    (void)state;
    check_once_all(false);
}

static void test_single_bf16_product_equals_the_plain_one_on_rounded_operands(void **state) {
    (void)state;
    if (!onednn_bf16_native()) {
        print_message("# this processor does not multiply bf16 itself\n");
        skip();
    }
    check_once_all(true);
}

static void test_version_is_that_of_the_library(void **state) {
    (void)state;
    assert_memory_equal(onednn_version(), "oneDNN ", 7);
    assert_true(onednn_version()[7] >= '2' && onednn_version()[7] <= '9');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product_equals_the_plain_one_for_any_batch),
        cmocka_unit_test(test_single_product_equals_the_plain_one),
        cmocka_unit_test(test_single_bf16_product_equals_the_plain_one_on_rounded_operands),
        cmocka_unit_test(test_version_is_that_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
