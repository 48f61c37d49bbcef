/* onednn.h: what this program asks of oneDNN. Only onednn.c includes its headers, whose C API differs between 2.x
 * and 3.x. */
#ifndef LATENT_DREAM_COMPUTE_ONEDNN_H
#define LATENT_DREAM_COMPUTE_ONEDNN_H

#include <stdbool.h>
#include <stddef.h>

/* C (M, N) = op(A) op(B) + beta C, as in matmul.h; sequential when called inside a parallel region. Returns 0, or -1
 * where oneDNN refuses. */
int onednn_gemm(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, size_t lda,
                const float *B, size_t ldb, float beta, float *C, size_t ldc);

const char *onednn_version(void);

#endif
