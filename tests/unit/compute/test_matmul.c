#include "base/memory.h"
#include "compute/kernels_reference.h"
#include "compute/matmul.h"
#include "compute/threads.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "unit/values.h"

static const size_t SIZES[][3] = {{1, 1, 1}, {3, 20, 60}, {65, 37, 130}, {70, 260, 600}, {300, 200, 1100}};
enum { SIZE_COUNT = 5 };

static void test_matmul_equals_its_plain_twin(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZE_COUNT; s++)
        for (int form = 0; form < 8; form++) {
            size_t M = SIZES[s][0], N = SIZES[s][1], K = SIZES[s][2];
            bool a = form & 1, b = form & 2;
            size_t lda = (a ? M : K) + 3, ldb = (b ? K : N) + 5, ldc = N + 2;
            float *A = normal((a ? K : M) * lda, 1, 1), *B = normal((b ? N : K) * ldb, 2, 1),
                  beta = form & 4 ? 1.0f : 0.0f;
            float *C = normal(M * ldc, 3, 1), *D = normal(M * ldc, 3, 1);
            Error error;
            for (int threads = 1; threads <= 4; threads++) {
                threads_set(threads);
                assert_int_equal(matmul(a, b, M, N, K, A, lda, B, ldb, beta, C, ldc, &error), 0);
                matmul_reference(a, b, M, N, K, A, lda, B, ldb, beta, D, ldc);
                assert_near(C, D, M * ldc, 1e-5);
            }
            threads_set(threads_available());
            free(A), free(B), free(C), free(D);
        }
}

static double worst_difference(const float *a, const float *b, size_t count) {
    double worst = 0.0;
    for (size_t i = 0; i < count; i++) worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
    return worst;
}

// form: bit 0 A is stored transposed, bit 1 B is, bit 2 the product is added to what is there.
static void check_bf16(size_t M, size_t N, size_t K, int form) {
    bool a = form & 1, b = form & 2, accumulate = form & 4;
    size_t lda = a ? M : K, ldb = b ? K : N;
    float *A = normal(M * K, 1, 1), *B = normal(K * N, 2, 1), *expected = normal(M * N, 3, 1),
          beta = accumulate ? 1.0f : 0.0f;
    float *rounded_A = malloc(M * K * sizeof *A), *rounded_B = malloc(K * N * sizeof *B);
    Error error;
    for (size_t i = 0; i < M * K; i++) rounded_A[i] = float_from_bf16(bf16_from_float(A[i]));
    for (size_t i = 0; i < K * N; i++) rounded_B[i] = float_from_bf16(bf16_from_float(B[i]));
    matmul_reference(a, b, M, N, K, rounded_A, lda, rounded_B, ldb, beta, expected, N);
    for (int threads = 1; threads <= 3; threads++) {
        float *C = normal(M * N, 3, 1), *single = normal(M * N, 3, 1);
        threads_set(threads);
        assert_int_equal(matmul_bf16(a, b, M, N, K, A, B, accumulate, C, &error), 0);
        assert_near(C, expected, M * N, 1e-5);
        assert_int_equal(matmul(a, b, M, N, K, A, lda, B, ldb, beta, single, N, &error), 0);
        assert_true(worst_difference(C, single, M * N) > 1e-4);
        free(C), free(single);
    }
    threads_set(threads_available());
    free(A), free(B), free(expected), free(rounded_A), free(rounded_B);
}

static void test_bf16_product_equals_its_plain_twin_on_rounded_operands(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZE_COUNT; s++)
        for (int form = 0; form < 8; form++) check_bf16(SIZES[s][0], SIZES[s][1], SIZES[s][2], form);
}

static void test_bf16_product_says_when_memory_is_out(void **state) {
    (void)state;
    float A[4] = {0}, B[4] = {0}, C[4] = {0};
    Error error;
    memory_fail_after(1);
    int status = matmul_bf16(false, false, 2, 2, 2, A, B, false, C, &error);
    memory_fail_after(0);
    assert_int_equal(status, -1);
    assert_non_null(strstr(error.message, "rounded operands"));
}

static void test_rounding_many_equals_rounding_one(void **state) {
    (void)state;
    enum { COUNT = 70001 };
    float *values = normal(COUNT, 1, 1);
    values[7] = INFINITY, values[8] = NAN, values[9] = -0.0f;
    float *rounded = malloc(COUNT * sizeof *rounded);
    matmul_round_bf16(values, COUNT, rounded);
    matmul_round_bf16(values, COUNT, values);
    assert_memory_equal(rounded, values, COUNT * sizeof *values);
    free(values);
    values = normal(COUNT, 1, 1);
    for (size_t i = 10; i < COUNT; i++) assert_true(rounded[i] == float_from_bf16(bf16_from_float(values[i])));
    assert_true(rounded[7] == INFINITY && isnan(rounded[8]) && signbit(rounded[9]));
    free(values), free(rounded);
}

// Bytes in a file mapped for reading, as a model's weights are.
static void *mapped_copy(const void *bytes, size_t size) {
    FILE *file = tmpfile();
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fflush(file);
    void *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    assert_true(mapped != MAP_FAILED);
    fclose(file);
    return mapped;
}

static void check_packed(size_t M, size_t N, size_t K, bool transposed, NumberType type, Precision precision) {
    Error error;
    float *w = normal(K * N, 1, 1), *x = normal(M * K, 2, 1), *dy = normal(M * N, 3, 1), *bias = normal(N, 4, 1);
    float *y = normal(M * N, 5, 1), *z = normal(M * N, 6, 1), *dx = normal(M * K, 7, 1), *dz = normal(M * K, 8, 1);
    size_t bytes = K * N * number_size(type);
    void *values = malloc(bytes);
    numbers_from_floats(type, w, K * N, values);
    void *stored = mapped_copy(values, bytes);
    numbers_to_floats(type, stored, K * N, w);
    if (precision == PRECISION_BF16)
        for (size_t i = 0; i < K * N; i++) w[i] = float_from_bf16(bf16_from_float(w[i]));
    double limit = precision == PRECISION_BF16 && matmul_bf16_native() ? 1e-2 : 1e-5;
    PackedMatrix *matrix = packed_matrix_new(stored, type, K, N, transposed, precision, &error);
    assert_non_null(matrix);
    packed_matrix_weights_mapped(matrix);
    assert_int_equal(packed_matrix_bytes(matrix), 0);
    assert_int_equal(packed_matrix_forward(matrix, x, M, bias, y, &error), 0);
    matmul_reference(false, transposed, M, N, K, x, K, w, transposed ? K : N, 0.0f, z, N);
    bias_add_reference(z, bias, M, N);
    assert_near(y, z, M * N, limit);
    assert_int_equal(packed_matrix_backward(matrix, dy, M, dx, &error), 0);
    matmul_reference(false, !transposed, M, K, N, dy, N, w, transposed ? K : N, 0.0f, dz, K);
    assert_near(dx, dz, M * K, limit);
    assert_true(packed_matrix_bytes(matrix) >= K * N * 2);
    assert_memory_equal(stored, values, bytes);
    packed_matrix_free(matrix);
    free(w), free(x), free(dy), free(bias), free(y), free(z), free(dx), free(dz), free(values);
    munmap(stored, bytes);
}

static void test_packed_products_equal_their_plain_twin(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZE_COUNT; s++)
        for (int form = 0; form < 12; form++)
            check_packed(SIZES[s][0], SIZES[s][1], SIZES[s][2], form & 1, (NumberType)(form / 2 % 3),
                         form / 6 ? PRECISION_BF16 : PRECISION_F32);
}

static void test_packed_matrix_takes_batches_of_any_size(void **state) {
    (void)state;
    enum { K = 41, N = 70, LARGEST = 40 };
    Error error;
    float *w = normal(K * N, 1, 1), *x = normal(LARGEST * K, 2, 1), *y = normal(LARGEST * N, 3, 1),
          *z = normal(LARGEST * N, 3, 1);
    PackedMatrix *matrix = packed_matrix_new(w, NUMBER_F32, K, N, false, PRECISION_F32, &error);
    for (size_t M = 1; M <= LARGEST; M++) {
        assert_int_equal(packed_matrix_forward(matrix, x, M, NULL, y, &error), 0);
        matmul_reference(false, false, M, N, K, x, K, w, N, 0.0f, z, N);
        assert_near(y, z, LARGEST * N, 1e-5);
    }
    packed_matrix_free(matrix);
    free(w), free(x), free(y), free(z);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matmul_equals_its_plain_twin),
        cmocka_unit_test(test_bf16_product_equals_its_plain_twin_on_rounded_operands),
        cmocka_unit_test(test_bf16_product_says_when_memory_is_out),
        cmocka_unit_test(test_rounding_many_equals_rounding_one),
        cmocka_unit_test(test_packed_products_equal_their_plain_twin),
        cmocka_unit_test(test_packed_matrix_takes_batches_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
