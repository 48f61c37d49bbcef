/* transformer_layer.h: [transformer]: one pre-norm block of a GPT-2.
 *
 *     mid  = pre + attention(norm_1(pre))
 *     post = mid + projection(gelu(fully_connected(norm_2(mid))))
 *
 * Forward can stop at a site, and backward can start at one; see text/pass.h for what the sites are. */
#ifndef LATENT_DREAM_TEXT_TRANSFORMER_LAYER_H
#define LATENT_DREAM_TEXT_TRANSFORMER_LAYER_H

#include "compute/attention_cache.h"
#include "text/layernorm_layer.h"
#include "text/linear.h"
#include "text/pass.h"

typedef struct TransformerLayer {
    size_t width, heads;
    bool causal;
    LayernormLayer norm_1, norm_2;
    Linear attention;             // C to 3C: queries, keys, values
    Linear attention_projection;  // C to C
    Linear fully_connected;       // C to 4C
    Linear projection;            // 4C to C
} TransformerLayer;

/* The buffers of one layer, rows = B*T of them. Those marked * may be shared between layers when no weights train.
 * attn_out and mlp_out are filled, with bias, only where not NULL. */
typedef struct TransformerActivations {
    const float *resid_pre;  // (rows, C)
    float *norm_1;           // (rows, C) *
    LayernormStatistics norm_1_kept;
    float *qkv;                   // (rows, 3C)
    const AttentionCache *cache;  // keys and values of earlier tokens (incremental_pass.h); NULL: there are none
    float *mixed;                 // (rows, C) attention's sums of values
    float *logsum;                // (B, H, T)
    float *scratch;               // (rows, C) *
    float *attn_out;
    float *resid_mid;  // (rows, C)
    float *norm_2;     // (rows, C) *
    LayernormStatistics norm_2_kept;
    float *mlp_pre;   // (rows, 4C)
    float *mlp_post;  // (rows, 4C) *
    float *mlp_out;
    float *resid_post;  // (rows, C)
} TransformerActivations;

/* Scratch of backward, shared by all layers. */
typedef struct TransformerScratch {
    float *narrow;  // (rows, C)
    float *wide;    // (rows, 4C)
} TransformerScratch;

/* Where the weights' gradients are added; same shapes as the weights. */
typedef struct TransformerGradients {
    float *norm_1_weight, *norm_1_bias, *attention_weight, *attention_bias;
    float *attention_projection_weight, *attention_projection_bias;
    float *norm_2_weight, *norm_2_bias, *fully_connected_weight, *fully_connected_bias;
    float *projection_weight, *projection_bias;
} TransformerGradients;

/* Computes everything up to and with `until`. `neurons` (B), or NULL: at MLP_PRE or MLP_POST only that neuron of each
 * sentence is computed, mlp_pre and mlp_post are (rows, 1), and `columns` holds fully_connected's weights of each
 * sentence's neuron, (B, C). */
int transformer_layer_forward(const TransformerLayer *layer, const TransformerActivations *kept, size_t B, size_t T,
                              const int *lengths, TextSite until, const int *neurons, const float *columns,
                              Error *error);

/* `gradient` is that of the site `from`, (rows, width of the site), and is only read; dresid (rows, C) receives the
 * gradient of resid_pre. gradient == dresid is allowed for the residual sites. `gradients` NULL: frozen. */
int transformer_layer_backward(const TransformerLayer *layer, const TransformerActivations *kept,
                               const TransformerScratch *scratch, size_t B, size_t T, const int *lengths,
                               TextSite from, const float *gradient, const int *neurons, const float *columns,
                               float *dresid, const TransformerGradients *gradients, Error *error);

#endif
