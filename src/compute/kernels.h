/* kernels.h: the layers' loops that are not matrix products. Row-major float32, sizes in the field's letters:
 * B batch, T positions, C width, H heads, V vocabulary, rows = B*T.
 *
 * Every kernel NAME has a plain twin NAME_reference (kernels_reference.c), which the tests hold it against.
 * Reductions have an order that depends on sizes and the thread count alone. */
#ifndef LATENT_DREAM_COMPUTE_KERNELS_H
#define LATENT_DREAM_COMPUTE_KERNELS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* y = (x - mean) / sqrt(variance + epsilon) * weight + bias, per row of C (Ba, Kiros and Hinton 2016).
 * mean, rstd (rows) are kept for backward; both may be NULL. */
void layernorm_forward(const float *x, const float *weight, const float *bias, float epsilon, size_t rows, size_t C,
                       float *y, float *mean, float *rstd);
/* dx += the gradient of x (`accumulate`), or dx = it. */
void layernorm_backward(const float *dy, const float *x, const float *weight, const float *mean, const float *rstd,
                        size_t rows, size_t C, bool accumulate, float *dx);
/* dweight, dbias (C) += the gradients. */
int layernorm_backward_weights(const float *dy, const float *x, const float *mean, const float *rstd, size_t rows,
                               size_t C, float *dweight, float *dbias, Error *error);

/* GELU in GPT-2's tanh form (Hendrycks and Gimpel 2016): y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
 * In place (y == x) is fine. */
void gelu_forward(const float *x, size_t count, float *y);
/* dx = dy * gelu'(x); dx == dy is fine. */
void gelu_backward(const float *dy, const float *x, size_t count, float *dx);

/* y (rows, C) += bias (C). */
void bias_add(float *y, const float *bias, size_t rows, size_t C);
/* pre (rows, C) += bias; post = gelu(pre): one sweep after a product. pre == post keeps only post. */
void bias_gelu(float *pre, const float *bias, size_t rows, size_t C, float *post);
/* dbias (C) += column sums of dy (rows, C). */
int bias_backward(const float *dy, size_t rows, size_t C, float *dbias, Error *error);
/* sum = a + b (count); with `bias` (C), adds it to each row too. sum may be a or b. */
void residual_add(const float *a, const float *b, const float *bias, size_t rows, size_t C, float *sum);
/* y += x. */
void values_add(float *y, const float *x, size_t count);

/* softmax(q k^T / sqrt(C/H)) v of each (batch, head). qkv (B, T, 3C): queries, keys, values side by side, as
 * GPT-2's c_attn leaves them; out (B, T, C). `causal`: position t sees 0..t. lengths (B), or NULL for T: keys at
 * lengths[b] and beyond are never seen (and outputs at such positions are zero). logsum (B, H, T) is what backward
 * needs; may be NULL. */
int attention_forward(const float *qkv, const int *lengths, size_t B, size_t T, size_t C, size_t H, bool causal,
                      float *out, float *logsum, Error *error);
/* dqkv (B, T, 3C), overwritten. */
int attention_backward(const float *dout, const float *qkv, const float *out, const float *logsum, const int *lengths,
                       size_t B, size_t T, size_t C, size_t H, bool causal, float *dqkv, Error *error);

/* losses (rows) = -log softmax(logits)[target], in nats; target < 0: loss 0. With `gradient`, logits (rows, V) become
 * d(loss)/d(logits) * scale[row] (scale NULL: 1), zero where target < 0. */
void cross_entropy(float *logits, const int *targets, const float *scale, size_t rows, size_t V, bool gradient,
                   float *losses);
/* The same with a soft target of K candidates a row: loss = sum_k weight_k * -log softmax(logits)[target_k].
 * targets, weights (rows, K). dweights (rows, K), or NULL: -log softmax(logits)[target_k] * scale[row]. */
void cross_entropy_soft(float *logits, const int *targets, const float *weights, const float *scale, size_t rows,
                        size_t V, size_t K, bool gradient, float *losses, float *dweights);
/* softmax of each row in place. */
void softmax_rows(float *values, size_t rows, size_t V);

/* AdamW (Loshchilov and Hutter 2019), one fused sweep; step = 1, 2, ...; gradients are multiplied by
 * `gradient_scale` first (clipping). */
typedef struct AdamWSettings {
    float learning_rate, beta1, beta2, epsilon, weight_decay;
} AdamWSettings;
void adamw_update(float *weights, const float *gradients, float *first, float *second, size_t count,
                  const AdamWSettings *settings, float gradient_scale, long step);
/* sum of squares, in blocks of fixed size and order. */
double squares_sum(const float *values, size_t count);

#endif
