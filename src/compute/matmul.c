#include "compute/matmul.h"

#include "base/memory.h"
#include "compute/onednn.h"

#include <omp.h>
#include <string.h>

/* Each thread multiplies a rectangle of C of its own with dnnl_sgemm, which is sequential inside a parallel region.
 * Rows of B, and of a transposed A, that lie a multiple of 4 KB apart fight for the same cache sets and cost half
 * the speed; a copied block does not, and costs little where it is used for many rows. */
enum { BLOCK_K = 512, BLOCK_N = 192, BLOCK_M = 256, BLOCK_GAP = 16, COPY_FROM_ROWS = 64 };

typedef struct Product {
    bool transpose_a, transpose_b;
    size_t M, N, K;
    const float *A, *B;
    size_t lda, ldb, ldc;
    float beta;
    float *C;
} Product;

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static void block_copy(const float *from, size_t stride, size_t rows, size_t columns, float *to, size_t gap) {
    for (size_t r = 0; r < rows; r++) memcpy(to + r * gap, from + r * stride, columns * sizeof *to);
}

// One thread's rectangle of C: rows m0..m1, columns n0..n1, from copied blocks.
static int rectangle(const Product *p, size_t m0, size_t m1, size_t n0, size_t n1, float *blocks) {
    float *copied_b = blocks, *copied_a = blocks + (BLOCK_K + BLOCK_GAP) * (BLOCK_N + BLOCK_GAP);
    int failures = 0;
    for (size_t n = n0; n < n1; n += BLOCK_N)
        for (size_t k = 0; k < p->K; k += BLOCK_K) {
            size_t width = smaller(BLOCK_N, n1 - n), depth = smaller(BLOCK_K, p->K - k);
            size_t ldb = (p->transpose_b ? depth : width) + BLOCK_GAP;
            if (p->transpose_b)
                block_copy(p->B + n * p->ldb + k, p->ldb, width, depth, copied_b, ldb);
            else
                block_copy(p->B + k * p->ldb + n, p->ldb, depth, width, copied_b, ldb);
            float beta = k == 0 ? p->beta : 1.0f;
            if (!p->transpose_a) {
                failures += -onednn_gemm(false, p->transpose_b, m1 - m0, width, depth, p->A + m0 * p->lda + k, p->lda,
                                         copied_b, ldb, beta, p->C + m0 * p->ldc + n, p->ldc);
                continue;
            }
            for (size_t m = m0; m < m1; m += BLOCK_M) {
                size_t height = smaller(BLOCK_M, m1 - m);
                block_copy(p->A + k * p->lda + m, p->lda, depth, height, copied_a, height + BLOCK_GAP);
                failures += -onednn_gemm(true, p->transpose_b, height, width, depth, copied_a, height + BLOCK_GAP,
                                         copied_b, ldb, beta, p->C + m * p->ldc + n, p->ldc);
            }
        }
    return failures;
}

// The i-th of `parts` ranges of `count`, cut at multiples of 16.
static size_t part_begin(size_t count, size_t i, size_t parts) {
    return i == parts ? count : (count + 15) / 16 * i / parts * 16;
}

static int product_failed(Error *error) { return error_set(error, "oneDNN refused a matrix product"); }

int matmul(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, size_t lda,
           const float *B, size_t ldb, float beta, float *C, size_t ldc, Error *error) {
    Product p = {transpose_a, transpose_b, M, N, K, A, B, lda, ldb, ldc, beta, C};
    size_t threads = (size_t)omp_get_max_threads(), across = threads;
    while (across > 1 && (threads % across != 0 || N < 96 * across)) across--;
    size_t down = threads / across;
    bool copies = M >= COPY_FROM_ROWS && N * K > 4096;
    size_t block = (BLOCK_K + BLOCK_GAP) * (BLOCK_N + BLOCK_GAP) + BLOCK_K * (BLOCK_M + BLOCK_GAP);
    float *blocks = NULL;
    if (copies && !(blocks = memory_scratch(threads * block, sizeof *blocks, "matrix product", error))) return -1;
    int failures = 0;
#pragma omp parallel for schedule(static) reduction(+ : failures)
    for (size_t t = 0; t < threads; t++) {
        size_t m0 = part_begin(M, t / across, down), m1 = part_begin(M, t / across + 1, down);
        size_t n0 = part_begin(N, t % across, across), n1 = part_begin(N, t % across + 1, across);
        if (m0 >= m1 || n0 >= n1) continue;
        if (copies)
            failures += rectangle(&p, m0, m1, n0, n1, blocks + t * block);
        else
            failures += -onednn_gemm(transpose_a, transpose_b, m1 - m0, n1 - n0, K, A + m0 * (transpose_a ? 1 : lda),
                                     lda, B + n0 * (transpose_b ? ldb : 1), ldb, beta, C + m0 * ldc + n0, ldc);
    }
    memory_free(blocks);
    return failures ? product_failed(error) : 0;
}

const char *matmul_library(void) { return onednn_version(); }

bool matmul_bf16_native(void) { return onednn_bf16_native(); }
