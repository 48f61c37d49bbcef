#include "base/memory.h"
#include "compute/matmul.h"
#include "compute/onednn.h"

enum { ROUND_BLOCK = 4096, STRIP = 32 };

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

void matmul_round_bf16(const float *values, size_t count, float *rounded) {
#pragma omp parallel for schedule(static) if (count > 4 * ROUND_BLOCK)
    for (size_t first = 0; first < count; first += ROUND_BLOCK)
        floats_round_bf16(values + first, smaller(ROUND_BLOCK, count - first), rounded + first);
}

// x (M, K) in bf16 from A as it is stored, (M, K) or (K, M).
static void rows_round(bool transpose, size_t M, size_t K, const float *A, uint16_t *x) {
    if (!transpose) {
#pragma omp parallel for schedule(static)
        for (size_t m = 0; m < M; m++) numbers_from_floats(NUMBER_BF16, A + m * K, K, x + m * K);
        return;
    }
#pragma omp parallel for schedule(static)
    for (size_t m = 0; m < M; m += STRIP) {
        size_t count = smaller(STRIP, M - m);
        uint16_t strip[STRIP];
        for (size_t k = 0; k < K; k++) {
            numbers_from_floats(NUMBER_BF16, A + k * M + m, count, strip);
            for (size_t j = 0; j < count; j++) x[(m + j) * K + k] = strip[j];
        }
    }
}

static int product_native(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A,
                          const float *B, bool accumulate, float *C, Error *error) {
    uint16_t *x = memory_new(M * K, sizeof *x, "rounded operands", error);
    if (!x) return -1;
    rows_round(transpose_a, M, K, A, x);
    int status =
        onednn_product_once(M, K, N, x, B, transpose_b ? 1 : N, transpose_b ? K : 1, true, accumulate, C, error);
    memory_free(x);
    return status;
}

int matmul_bf16(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, const float *B,
                bool accumulate, float *C, Error *error) {
    if (matmul_bf16_native()) return product_native(transpose_a, transpose_b, M, N, K, A, B, accumulate, C, error);
    float *rounded = memory_new(M * K + K * N, sizeof *rounded, "rounded operands", error);
    if (!rounded) return -1;
    matmul_round_bf16(A, M * K, rounded);
    matmul_round_bf16(B, K * N, rounded + M * K);
    int status = matmul(transpose_a, transpose_b, M, N, K, rounded, transpose_a ? M : K, rounded + M * K,
                        transpose_b ? K : N, accumulate ? 1.0f : 0.0f, C, N, error);
    memory_free(rounded);
    return status;
}
