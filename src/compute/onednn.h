/* onednn.h: what this program asks of oneDNN. Only onednn.c includes its headers, whose C API differs between 2.x
 * and 3.x. */
#ifndef LATENT_DREAM_COMPUTE_ONEDNN_H
#define LATENT_DREAM_COMPUTE_ONEDNN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* C (M, N) = op(A) op(B) + beta C, as in matmul.h; sequential when called inside a parallel region. Returns 0, or -1
 * where oneDNN refuses. A signal handler that may run meanwhile needs a stack of its own: base/signals.h. */
int onednn_gemm(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, size_t lda,
                const float *B, size_t ldb, float beta, float *C, size_t ldc);

/* y (M, N) = x (M, K) W with W in the blocked layout that oneDNN's kernels for this processor like best. */
typedef struct OnednnProduct OnednnProduct;

/* Packs W, element (k, n) at weights[k * stride_k + n * stride_n], float32; with `bf16` x and W are rounded to bf16.
 * *product is NULL, without an error, where oneDNN has no blocked kernels for this processor; with `any_kernel` its
 * plain ones will do (tests use the same code on every processor). */
int onednn_product_new(OnednnProduct **product, size_t K, size_t N, const float *weights, size_t stride_k,
                       size_t stride_n, bool bf16, bool any_kernel, Error *error);
void onednn_product_free(OnednnProduct *product);
/* Primitives are kept for the last few M. */
int onednn_product_run(OnednnProduct *product, const float *x, size_t M, float *y, Error *error);
/* y (M, N) = x W, or with `accumulate` y += x W, once; W as in onednn_product_new. x (M, K) is bf16 (uint16_t) with
 * `bf16`, else float32; W is rounded to bf16 on the way. Any kernel will do. */
int onednn_product_once(size_t M, size_t K, size_t N, const void *x, const float *weights, size_t stride_k,
                        size_t stride_n, bool bf16, bool accumulate, float *y, Error *error);
size_t onednn_product_bytes(const OnednnProduct *product);

/* Whether the processor has bf16 products and oneDNN uses them. */
bool onednn_bf16_native(void);
const char *onednn_version(void);

#endif
