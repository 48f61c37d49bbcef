/* kernels_reference.h: the kernels of kernels.h in their plainest form, in double precision where it costs nothing:
 * what the fast ones are tested against. Same arguments; nothing here fails. */
#ifndef LATENT_DREAM_COMPUTE_KERNELS_REFERENCE_H
#define LATENT_DREAM_COMPUTE_KERNELS_REFERENCE_H

#include "compute/kernels.h"

void matmul_reference(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, size_t lda,
                      const float *B, size_t ldb, float beta, float *C, size_t ldc);

void layernorm_forward_reference(const float *x, const float *weight, const float *bias, float epsilon, size_t rows,
                                 size_t C, float *y, float *mean, float *rstd);
void layernorm_backward_reference(const float *dy, const float *x, const float *weight, const float *mean,
                                  const float *rstd, size_t rows, size_t C, bool accumulate, float *dx);
void layernorm_backward_weights_reference(const float *dy, const float *x, const float *mean, const float *rstd,
                                          size_t rows, size_t C, float *dweight, float *dbias);

void gelu_forward_reference(const float *x, size_t count, float *y);
void gelu_backward_reference(const float *dy, const float *x, size_t count, float *dx);

void bias_add_reference(float *y, const float *bias, size_t rows, size_t C);
void bias_gelu_reference(float *pre, const float *bias, size_t rows, size_t C, float *post);
void bias_backward_reference(const float *dy, size_t rows, size_t C, float *dbias);
void residual_add_reference(const float *a, const float *b, const float *bias, size_t rows, size_t C, float *sum);

void attention_forward_reference(const float *qkv, const int *lengths, size_t B, size_t T, size_t C, size_t H,
                                 bool causal, float *out, float *logsum);
void attention_backward_reference(const float *dout, const float *qkv, const int *lengths, size_t B, size_t T,
                                  size_t C, size_t H, bool causal, float *dqkv);

void cross_entropy_reference(float *logits, const int *targets, const float *scale, size_t rows, size_t V,
                             bool gradient, float *losses);
void cross_entropy_soft_reference(float *logits, const int *targets, const float *weights, const float *scale,
                                  size_t rows, size_t V, size_t K, bool gradient, float *losses, float *dweights);
void softmax_rows_reference(float *values, size_t rows, size_t V);

void adamw_update_reference(float *weights, const float *gradients, float *first, float *second, size_t count,
                            const AdamWSettings *settings, float gradient_scale, long step);
double squares_sum_reference(const float *values, size_t count);

#endif
