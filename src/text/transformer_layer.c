#include "text/transformer_layer.h"

#include "compute/kernels.h"

#include <string.h>

// Only one neuron of each sentence: a dot product a row.
static void neuron_forward(const TransformerLayer *layer, const TransformerActivations *kept, size_t B, size_t T,
                           const int *neurons, const float *columns) {
    size_t C = layer->width;
#pragma omp parallel for schedule(static) if (B * T * C > 1u << 14)
    for (size_t r = 0; r < B * T; r++) {
        const float *x = kept->norm_2 + r * C, *column = columns + r / T * C;
        float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
        for (size_t c = 0; c < C; c++) sum += x[c] * column[c];
        kept->mlp_pre[r] = sum + layer->fully_connected.bias[neurons[r / T]];
    }
    if (kept->mlp_post) gelu_forward(kept->mlp_pre, B * T, kept->mlp_post);
}

// Lengths count for whole sentences alone: what goes on from a cache goes on in all of them.
static int mix(const TransformerLayer *layer, const TransformerActivations *kept, size_t B, size_t T,
               const int *lengths, Error *error) {
    if (kept->cache)
        return attention_cache_forward(kept->cache, kept->qkv, B, T, layer->width, layer->heads, kept->mixed, error);
    return attention_forward(kept->qkv, lengths, B, T, layer->width, layer->heads, layer->causal, kept->mixed,
                             kept->logsum, error);
}

static int attention_part(const TransformerLayer *layer, const TransformerActivations *kept, size_t B, size_t T,
                          const int *lengths, Error *error) {
    size_t rows = B * T, C = layer->width;
    layernorm_layer_forward(&layer->norm_1, kept->resid_pre, rows, kept->norm_1, &kept->norm_1_kept);
    if (linear_forward(&layer->attention, kept->norm_1, rows, kept->qkv, error) != 0) return -1;
    bias_add(kept->qkv, layer->attention.bias, rows, 3 * C);
    if (mix(layer, kept, B, T, lengths, error) != 0) return -1;
    float *out = kept->attn_out ? kept->attn_out : kept->scratch;
    if (linear_forward(&layer->attention_projection, kept->mixed, rows, out, error) != 0) return -1;
    if (kept->attn_out) bias_add(out, layer->attention_projection.bias, rows, C);
    residual_add(kept->resid_pre, out, kept->attn_out ? NULL : layer->attention_projection.bias, rows, C,
                 kept->resid_mid);
    return 0;
}

int transformer_layer_forward(const TransformerLayer *layer, const TransformerActivations *kept, size_t B, size_t T,
                              const int *lengths, TextSite until, const int *neurons, const float *columns,
                              Error *error) {
    size_t rows = B * T, C = layer->width;
    if (until == TEXT_SITE_RESID_PRE) return 0;
    if (attention_part(layer, kept, B, T, lengths, error) != 0) return -1;
    if (until <= TEXT_SITE_RESID_MID) return 0;
    layernorm_layer_forward(&layer->norm_2, kept->resid_mid, rows, kept->norm_2, &kept->norm_2_kept);
    if (neurons) {
        neuron_forward(layer, kept, B, T, neurons, columns);
        return 0;
    }
    if (linear_forward(&layer->fully_connected, kept->norm_2, rows, kept->mlp_pre, error) != 0) return -1;
    if (until == TEXT_SITE_MLP_PRE) {
        bias_add(kept->mlp_pre, layer->fully_connected.bias, rows, 4 * C);
        return 0;
    }
    bias_gelu(kept->mlp_pre, layer->fully_connected.bias, rows, 4 * C, kept->mlp_post);
    if (until == TEXT_SITE_MLP_POST) return 0;
    float *out = kept->mlp_out ? kept->mlp_out : kept->scratch;
    if (linear_forward(&layer->projection, kept->mlp_post, rows, out, error) != 0) return -1;
    if (kept->mlp_out) bias_add(out, layer->projection.bias, rows, C);
    residual_add(kept->resid_mid, out, kept->mlp_out ? NULL : layer->projection.bias, rows, C, kept->resid_post);
    return 0;
}

// dnorm_2 (rows, C) from the gradient of MLP_PRE or MLP_POST of one neuron a sentence.
static void neuron_backward(const TransformerLayer *layer, const TransformerActivations *kept, size_t rows, size_t T,
                            TextSite from, const float *gradient, const float *columns, float *wide, float *dnorm) {
    size_t C = layer->width;
    if (from == TEXT_SITE_MLP_POST) {
        gelu_backward(gradient, kept->mlp_pre, rows, wide);
        gradient = wide;
    }
#pragma omp parallel for schedule(static) if (rows * C > 1u << 14)
    for (size_t r = 0; r < rows; r++) {
        const float *column = columns + r / T * C;
        float *out = dnorm + r * C, g = gradient[r];
#pragma omp simd
        for (size_t c = 0; c < C; c++) out[c] = g * column[c];
    }
}

// The MLP: from the gradient of MLP_OUT, MLP_POST or MLP_PRE to norm_2's, into scratch->narrow.
static int mlp_backward(const TransformerLayer *layer, const TransformerActivations *kept,
                        const TransformerScratch *scratch, size_t rows, TextSite from, const float *gradient,
                        const TransformerGradients *gradients, Error *error) {
    size_t C = layer->width;
    const float *dpre = gradient;
    if (from == TEXT_SITE_MLP_OUT) {
        if (linear_backward(&layer->projection, gradient, rows, scratch->wide, error) != 0) return -1;
        if (gradients &&
            linear_backward_weights(&layer->projection, kept->mlp_post, gradient, rows, gradients->projection_weight,
                                    gradients->projection_bias, error) != 0)
            return -1;
        gelu_backward(scratch->wide, kept->mlp_pre, rows * 4 * C, scratch->wide);
        dpre = scratch->wide;
    } else if (from == TEXT_SITE_MLP_POST) {
        gelu_backward(gradient, kept->mlp_pre, rows * 4 * C, scratch->wide);
        dpre = scratch->wide;
    }
    if (gradients &&
        linear_backward_weights(&layer->fully_connected, kept->norm_2, dpre, rows, gradients->fully_connected_weight,
                                gradients->fully_connected_bias, error) != 0)
        return -1;
    return linear_backward(&layer->fully_connected, dpre, rows, scratch->narrow, error);
}

// From the gradient of ATTN_OUT to norm_1's, into scratch->narrow.
static int mixing_backward(const TransformerLayer *layer, const TransformerActivations *kept,
                           const TransformerScratch *scratch, size_t B, size_t T, const int *lengths,
                           const float *gradient, const TransformerGradients *gradients, Error *error) {
    size_t rows = B * T;
    if (linear_backward(&layer->attention_projection, gradient, rows, scratch->narrow, error) != 0) return -1;
    if (gradients && linear_backward_weights(&layer->attention_projection, kept->mixed, gradient, rows,
                                             gradients->attention_projection_weight,
                                             gradients->attention_projection_bias, error) != 0)
        return -1;
    if (attention_backward(scratch->narrow, kept->qkv, kept->mixed, kept->logsum, lengths, B, T, layer->width,
                           layer->heads, layer->causal, scratch->wide, error) != 0)
        return -1;
    if (gradients && linear_backward_weights(&layer->attention, kept->norm_1, scratch->wide, rows,
                                             gradients->attention_weight, gradients->attention_bias, error) != 0)
        return -1;
    return linear_backward(&layer->attention, scratch->wide, rows, scratch->narrow, error);
}

// Adds the gradient that flows through norm `which` (1 or 2) to dresid.
static int norm_backward(const LayernormLayer *norm, const float *x, const LayernormStatistics *statistics,
                         const TransformerScratch *scratch, size_t rows, bool accumulate, float *dweight,
                         float *dbias, float *dresid, Error *error) {
    if (dweight &&
        layernorm_layer_backward_weights(norm, scratch->narrow, x, statistics, rows, dweight, dbias, error) != 0)
        return -1;
    layernorm_layer_backward(norm, scratch->narrow, x, statistics, rows, accumulate, dresid);
    return 0;
}

int transformer_layer_backward(const TransformerLayer *layer, const TransformerActivations *kept,
                               const TransformerScratch *scratch, size_t B, size_t T, const int *lengths,
                               TextSite from, const float *gradient, const int *neurons, const float *columns,
                               float *dresid, const TransformerGradients *gradients, Error *error) {
    size_t rows = B * T, C = layer->width;
    // Whether the gradient also flows along the residual stream past the part that `from` lies in.
    bool streams = from == TEXT_SITE_RESID_POST || from == TEXT_SITE_RESID_MID || from == TEXT_SITE_RESID_PRE;
    if (streams && gradient != dresid) memcpy(dresid, gradient, rows * C * sizeof *dresid);
    if (from == TEXT_SITE_RESID_PRE) return 0;
    if (from >= TEXT_SITE_MLP_PRE) {
        if (neurons)
            neuron_backward(layer, kept, rows, T, from, gradient, columns, scratch->wide, scratch->narrow);
        else if (mlp_backward(layer, kept, scratch, rows, from == TEXT_SITE_RESID_POST ? TEXT_SITE_MLP_OUT : from,
                              gradient, gradients, error) != 0)
            return -1;
        if (norm_backward(&layer->norm_2, kept->resid_mid, &kept->norm_2_kept, scratch, rows, streams,
                          gradients ? gradients->norm_2_weight : NULL, gradients ? gradients->norm_2_bias : NULL,
                          dresid, error) != 0)
            return -1;
        gradient = dresid;
        streams = true;
    }
    if (mixing_backward(layer, kept, scratch, B, T, lengths, gradient, gradients, error) != 0) return -1;
    return norm_backward(&layer->norm_1, kept->resid_pre, &kept->norm_1_kept, scratch, rows, streams,
                         gradients ? gradients->norm_1_weight : NULL, gradients ? gradients->norm_1_bias : NULL,
                         dresid, error);
}
