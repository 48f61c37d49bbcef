/* pass.h: a batch of sentences through a frozen GPT-2 up to one site, and a gradient back to the embeddings.
 *
 *     TextPassSettings settings = {.batch = 32, .positions = 32, .layer = 5, .site = TEXT_SITE_MLP_PRE,
 *                                  .backward = true, .precision = PRECISION_F32};
 *     TextPass *pass = text_pass_new(&network, &settings, error);
 *     text_pass_forward(pass, x, B, T, lengths, error);
 *     const float *activations = text_pass_site(pass, 5, TEXT_SITE_MLP_PRE);   // (B, T, 4C)
 *     text_pass_backward(pass, gradient, dx, error);
 *
 * x (B, T, C) are token embeddings; position embeddings are added inside, so dx is the gradient of the token
 * embeddings. Nothing after the chosen site is computed. lengths (B) count the tokens of each sentence; what stands
 * behind them is never seen by them, and gets a zero gradient as long as the gradient given is zero there. */
#ifndef LATENT_DREAM_TEXT_PASS_H
#define LATENT_DREAM_TEXT_PASS_H

#include "text/network.h"

/* Sites of a layer in the order they are computed. Widths: C, MLP_PRE and MLP_POST 4C. */
typedef enum TextSite {
    TEXT_SITE_RESID_PRE,   // the residual stream before the layer
    TEXT_SITE_ATTN_OUT,    // what attention adds to it
    TEXT_SITE_RESID_MID,   // between attention and MLP
    TEXT_SITE_MLP_PRE,     // MLP neurons before GELU
    TEXT_SITE_MLP_POST,    // after GELU
    TEXT_SITE_MLP_OUT,     // what the MLP adds
    TEXT_SITE_RESID_POST,  // the residual stream after the layer
} TextSite;

/* "resid_pre", "attn_out", "resid_mid", "mlp_pre", "mlp_post", "mlp_out", "resid_post"; -1 for another name. */
int text_site_from_name(const char *name, TextSite *site);
const char *text_site_name(TextSite site);
int text_site_width(const TextNetworkShape *shape, TextSite site);

typedef struct TextPassSettings {
    int batch;      // most sentences at once
    int positions;  // most tokens of each
    int layer;      // the last layer computed, 0-based, up to `site`
    TextSite site;
    bool backward;     // text_pass_backward will be called
    bool keep;         // every site of every layer stays readable; else only the chosen one
    bool one_neuron;   // MLP_PRE, MLP_POST: only the neurons of text_pass_set_neurons; the site is (B, T, 1)
    bool split_sites;  // ATTN_OUT and MLP_OUT of every layer can be read too
    Precision precision;
} TextPassSettings;

typedef struct TextPass TextPass;

/* An error for a layer, site or length that the network lacks. The network is borrowed. */
TextPass *text_pass_new(TextNetwork *network, const TextPassSettings *settings, Error *error);
void text_pass_free(TextPass *pass);

/* one_neuron: the neuron of each sentence (B of the next forward), copied. */
int text_pass_set_neurons(TextPass *pass, const int *neurons, int count, Error *error);

/* lengths NULL: all T. x, lengths are only read during the call. */
int text_pass_forward(TextPass *pass, const float *x, int B, int T, const int *lengths, Error *error);
/* A site of the last forward, (B, T, width); NULL where it was not computed or not kept. Valid until the next one. */
const float *text_pass_site(const TextPass *pass, int layer, TextSite site);
/* RESID_POST of the network's last layer, what a TextHead takes; NULL for a pass that ends before. */
const float *text_pass_last(const TextPass *pass);
/* gradient (B, T, width) at settings.site of settings.layer; dx (B, T, C), overwritten. */
int text_pass_backward(TextPass *pass, const float *gradient, float *dx, Error *error);

#endif
