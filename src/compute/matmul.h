/* matmul.h: matrix products over oneDNN. The only file that knows oneDNN's C API (2.x and 3.x) is onednn.c.
 *
 * All matrices are row-major float32. Weights that do not change are packed once:
 *
 *     PackedMatrix *w = packed_matrix_new(weights, K, N, N, PRECISION_F32, error);   // W (K, N)
 *     packed_matrix_forward(w, x, M, bias, y, error);     // y (M, N)  = x (M, K) W + bias
 *     packed_matrix_backward(w, dy, M, dx, error);        // dx (M, K) = dy (M, N) W^T
 *     packed_matrix_free(w);
 *
 * The first use of a direction packs it, so a matrix that only goes forward is held once. Weights that change are
 * multiplied as they are with matmul(). */
#ifndef LATENT_DREAM_COMPUTE_MATMUL_H
#define LATENT_DREAM_COMPUTE_MATMUL_H

#include "base/error.h"
#include "compute/number.h"

#include <stdbool.h>
#include <stddef.h>

/* C (M, N) = op(A) op(B) + beta * C, where op(A) is (M, K) and op(B) is (K, N). `transpose_a`: A is stored (K, M);
 * `transpose_b`: B is stored (N, K). lda, ldb, ldc: floats from one stored row to the next. */
int matmul(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, size_t lda,
           const float *B, size_t ldb, float beta, float *C, size_t ldc, Error *error);

/* The same, or with `accumulate` C += op(A) op(B), of operands rounded to bf16 (to nearest even) and summed in
 * float32. Rows lie without gaps: lda, ldb and ldc are the stored matrices' own widths. Where the processor
 * multiplies bf16 itself (matmul_bf16_native) oneDNN does it, and takes subnormal numbers for zero; elsewhere the
 * rounded numbers go through matmul: equal up to the order of summation, and no faster than float32. (matmul_bf16.c)
 */
int matmul_bf16(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, const float *B,
                bool accumulate, float *C, Error *error);
/* rounded[i] = values[i] rounded to bf16, on all threads: the operands of matmul_bf16. In place is fine. */
void matmul_round_bf16(const float *values, size_t count, float *rounded);

typedef struct PackedMatrix PackedMatrix;

/* W (K, N), element (k, n) at weights[k * N + n], or with `transposed` at weights[n * K + k]. The weights, of any
 * number type, are borrowed: they must stay as they are as long as the PackedMatrix lives. With PRECISION_BF16
 * weights are rounded to bf16, and so are x and dy where the processor multiplies bf16 itself
 * (matmul_bf16_native); elsewhere products are float32 with the rounded weights. */
PackedMatrix *packed_matrix_new(const void *weights, NumberType type, size_t K, size_t N, bool transposed,
                                Precision precision, Error *error);
void packed_matrix_free(PackedMatrix *matrix);  // NULL is fine
/* Says that the weights lie in a file mapped for reading: once they are packed, the system may have their pages back,
 * so that a model is not held twice. Whoever reads them again gets them from the file. */
void packed_matrix_weights_mapped(PackedMatrix *matrix);

/* y (M, N) = x (M, K) W + bias (N); bias may be NULL. */
int packed_matrix_forward(PackedMatrix *matrix, const float *x, size_t M, const float *bias, float *y, Error *error);
/* dx (M, K) = dy (M, N) W^T. */
int packed_matrix_backward(PackedMatrix *matrix, const float *dy, size_t M, float *dx, Error *error);

/* Bytes held by its packed forms. */
size_t packed_matrix_bytes(const PackedMatrix *matrix);

/* Whether the processor multiplies bf16 itself; where not, PRECISION_BF16 saves no time. */
bool matmul_bf16_native(void);
/* "oneDNN 2.6.3", for run.json. */
const char *matmul_library(void);

#endif
