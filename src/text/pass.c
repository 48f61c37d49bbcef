#include "text/pass.h"

#include "base/memory.h"
#include "text/embedding_layer.h"
#include "text/network_packed.h"
#include "text/pieces.h"

#include <string.h>

struct TextPass {
    TextNetwork *network;
    TextPassSettings settings;
    int count;                     // layers that run, the last one up to the site
    TransformerLayer *layers;      // (count)
    TransformerActivations *kept;  // (count)
    TransformerScratch scratch;
    const float *positions;  // (context, C)
    float *block;            // behind all buffers
    float *embedded;         // (rows, C)
    float *columns;          // (batch, C): one_neuron's weights
    int *neurons, *lengths;  // (batch)
    int neuron_count;        // set by text_pass_set_neurons
    bool has_lengths;
    int B, T;  // of the last forward; 0: none
};

static int settings_check(const TextNetwork *network, const TextPassSettings *settings, Error *error) {
    const TextNetworkShape *shape = &network->shape;
    if (settings->layer < 0 || settings->layer >= shape->layers)
        return error_set(error, "layer %d: the model has layers 0 to %d", settings->layer, shape->layers - 1);
    if (settings->positions < 1 || settings->positions > shape->context)
        return error_set(error, "%d tokens: the model's context is 1 to %d tokens", settings->positions,
                         shape->context);
    if (settings->batch < 1) return error_set(error, "a batch of %d sentences", settings->batch);
    if (settings->one_neuron && settings->site != TEXT_SITE_MLP_PRE && settings->site != TEXT_SITE_MLP_POST)
        return error_set(error, "single neurons are computed at sites mlp_pre and mlp_post, not at %s",
                         text_site_name(settings->site));
    return text_network_check_bound(network, error);
}

static void statistics_lay_out(LayernormStatistics *statistics, Pieces *pieces, size_t rows) {
    statistics->mean = piece(pieces, rows);
    statistics->rstd = piece(pieces, rows);
}

// The buffers of one layer that are not shared with others.
static void layer_lay_out(TextPass *pass, Pieces *pieces, TransformerActivations *a, bool last) {
    const TextPassSettings *settings = &pass->settings;
    const TextNetworkShape *shape = &pass->network->shape;
    size_t rows = (size_t)settings->batch * (size_t)settings->positions, C = (size_t)shape->width;
    TextSite until = last ? settings->site : TEXT_SITE_RESID_POST;
    if (until == TEXT_SITE_RESID_PRE) return;
    statistics_lay_out(&a->norm_1_kept, pieces, rows);
    a->qkv = piece(pieces, rows * 3 * C);
    a->mixed = piece(pieces, rows * C);
    a->logsum = piece(pieces, rows * (size_t)shape->heads);
    a->resid_mid = piece(pieces, rows * C);
    if (settings->split_sites || (last && until == TEXT_SITE_ATTN_OUT)) a->attn_out = piece(pieces, rows * C);
    if (until <= TEXT_SITE_RESID_MID) return;
    statistics_lay_out(&a->norm_2_kept, pieces, rows);
    size_t neurons = last && settings->one_neuron ? 1 : 4 * C;
    a->mlp_pre = piece(pieces, rows * neurons);
    if (until == TEXT_SITE_MLP_PRE) return;
    if (last || settings->keep) a->mlp_post = piece(pieces, rows * neurons);
    if (until == TEXT_SITE_MLP_POST) return;
    if (settings->split_sites || (last && until == TEXT_SITE_MLP_OUT)) a->mlp_out = piece(pieces, rows * C);
    a->resid_post = piece(pieces, rows * C);
}

static void pass_lay_out(TextPass *pass, Pieces *pieces) {
    const TextPassSettings *settings = &pass->settings;
    size_t rows = (size_t)settings->batch * (size_t)settings->positions, C = (size_t)pass->network->shape.width;
    bool own = settings->backward || settings->keep;
    pass->embedded = piece(pieces, rows * C);
    pass->columns = piece(pieces, settings->one_neuron ? (size_t)settings->batch * C : 0);
    float *norm = piece(pieces, rows * C), *narrow = piece(pieces, rows * C);
    float *wide = piece(pieces, rows * 4 * C);
    pass->scratch = (TransformerScratch){.narrow = narrow, .wide = wide};
    const float *resid = pass->embedded;
    for (int l = 0; l < pass->count; l++) {
        TransformerActivations *a = &pass->kept[l];
        bool last = l == settings->layer;
        // Without backward all layers but the last use the first one's buffers, and the stream stays in place.
        bool shared = !own && l > 0 && !last;
        *a = shared ? pass->kept[0] : (TransformerActivations){0};
        if (!shared) layer_lay_out(pass, pieces, a, last);
        a->resid_pre = resid;
        a->norm_1 = a->norm_2 = norm;
        a->scratch = narrow;
        if (!a->mlp_post) a->mlp_post = wide;
        if (a->resid_post) resid = a->resid_post;
    }
}

static int buffers_open(TextPass *pass, Error *error) {
    size_t batch = (size_t)pass->settings.batch, count = (size_t)pass->count;
    pass->layers = memory_new(count, sizeof *pass->layers, "layers", error);
    pass->kept = memory_new(count, sizeof *pass->kept, "layers", error);
    pass->neurons = memory_new(batch, sizeof *pass->neurons, "neurons", error);
    pass->lengths = memory_new(batch, sizeof *pass->lengths, "lengths", error);
    if (!pass->layers || !pass->kept || !pass->neurons || !pass->lengths) return -1;
    Pieces pieces = {0};
    pass_lay_out(pass, &pieces);
    pass->block = memory_new(pieces.used, sizeof *pass->block, "activations", error);
    if (!pass->block) return -1;
    pieces = (Pieces){.block = pass->block};
    pass_lay_out(pass, &pieces);
    return 0;
}

TextPass *text_pass_new(TextNetwork *network, const TextPassSettings *settings, Error *error) {
    if (settings_check(network, settings, error) != 0) return NULL;
    TextPass *pass = memory_new(1, sizeof *pass, "pass", error);
    if (!pass) return NULL;
    pass->network = network;
    pass->settings = *settings;
    pass->count = settings->layer + 1;
    pass->positions = text_packed_positions(network, error);
    if (!pass->positions || buffers_open(pass, error) != 0) {
        text_pass_free(pass);
        return NULL;
    }
    for (int l = 0; l < pass->count; l++)
        if (text_packed_layer(network, l, settings->precision, &pass->layers[l], error) != 0) {
            text_pass_free(pass);
            return NULL;
        }
    return pass;
}

void text_pass_free(TextPass *pass) {
    if (!pass) return;
    memory_free(pass->layers);
    memory_free(pass->kept);
    memory_free(pass->neurons);
    memory_free(pass->lengths);
    memory_free(pass->block);
    memory_free(pass);
}

int text_pass_set_neurons(TextPass *pass, const int *neurons, int count, Error *error) {
    const TextPassSettings *settings = &pass->settings;
    const TextParameter *p = &pass->network->parameters[text_parameter_of_layer(settings->layer, TEXT_FC_WEIGHT)];
    size_t C = (size_t)p->shape[0], columns = (size_t)p->shape[1], size = number_size(p->type);
    if (!settings->one_neuron || count < 1 || count > settings->batch)
        return error_set(error, "neurons of %d sentences given to a pass of %d", count,
                         settings->one_neuron ? settings->batch : 0);
    for (int b = 0; b < count; b++) {
        if (neurons[b] < 0 || neurons[b] >= p->shape[1])
            return error_set(error, "neuron %d: layer %d has neurons 0 to %d", neurons[b], settings->layer,
                             p->shape[1] - 1);
        pass->neurons[b] = neurons[b];
        float *column = pass->columns + (size_t)b * C;
        for (size_t c = 0; c < C; c++) {
            const char *at = (const char *)p->data + (c * columns + (size_t)neurons[b]) * size;
            numbers_to_floats(p->type, at, 1, column + c);
        }
        if (settings->precision == PRECISION_BF16) floats_round_bf16(column, C, column);
    }
    pass->neuron_count = count;
    return 0;
}

static int batch_take(TextPass *pass, int B, int T, const int *lengths, Error *error) {
    const TextPassSettings *settings = &pass->settings;
    pass->B = pass->T = 0;
    if (B < 1 || B > settings->batch || T < 1 || T > settings->positions)
        return error_set(error, "%d sentences of %d tokens given to a pass of at most %d x %d", B, T, settings->batch,
                         settings->positions);
    if (settings->one_neuron && pass->neuron_count != B)
        return error_set(error, "neurons are set for %d sentences, and %d come", pass->neuron_count, B);
    for (int b = 0; lengths && b < B; b++) {
        if (lengths[b] < 1 || lengths[b] > T)
            return error_set(error, "sentence %d has %d tokens; it must have 1 to %d", b, lengths[b], T);
        pass->lengths[b] = lengths[b];
    }
    pass->has_lengths = lengths != NULL;
    pass->B = B;
    pass->T = T;
    return 0;
}

int text_pass_forward(TextPass *pass, const float *x, int B, int T, const int *lengths, Error *error) {
    if (batch_take(pass, B, T, lengths, error) != 0) return -1;
    size_t rows = (size_t)B, width = (size_t)pass->network->shape.width;
    embedding_layer_add_positions(x, pass->positions, rows, (size_t)T, width, pass->embedded);
    for (int l = 0; l < pass->count; l++) {
        bool last = l == pass->settings.layer, one = last && pass->settings.one_neuron;
        if (transformer_layer_forward(&pass->layers[l], &pass->kept[l], rows, (size_t)T,
                                      pass->has_lengths ? pass->lengths : NULL,
                                      last ? pass->settings.site : TEXT_SITE_RESID_POST, one ? pass->neurons : NULL,
                                      one ? pass->columns : NULL, error) != 0) {
            pass->B = 0;
            return -1;
        }
    }
    return 0;
}

const float *text_pass_site(const TextPass *pass, int layer, TextSite site) {
    const TextPassSettings *settings = &pass->settings;
    bool chosen = layer == settings->layer && site == settings->site;
    if (pass->B == 0 || layer < 0 || layer > settings->layer) return NULL;
    if (layer == settings->layer && site > settings->site) return NULL;
    if (!chosen && !settings->keep) return NULL;
    const TransformerActivations *a = &pass->kept[layer];
    switch (site) {
        case TEXT_SITE_RESID_PRE:
            return a->resid_pre;
        case TEXT_SITE_ATTN_OUT:
            return a->attn_out;
        case TEXT_SITE_RESID_MID:
            return a->resid_mid;
        case TEXT_SITE_MLP_PRE:
            return a->mlp_pre;
        case TEXT_SITE_MLP_POST:
            return a->mlp_post;
        case TEXT_SITE_MLP_OUT:
            return a->mlp_out;
        case TEXT_SITE_RESID_POST:
            return a->resid_post;
    }
    return NULL;
}

int text_pass_backward(TextPass *pass, const float *gradient, float *dx, Error *error) {
    if (pass->B == 0 || !pass->settings.backward)
        return error_set(error, "a gradient needs a forward before it, of a pass opened with backward");
    const int *lengths = pass->has_lengths ? pass->lengths : NULL;
    for (int l = pass->settings.layer; l >= 0; l--) {
        bool last = l == pass->settings.layer, one = last && pass->settings.one_neuron;
        if (transformer_layer_backward(&pass->layers[l], &pass->kept[l], &pass->scratch, (size_t)pass->B,
                                       (size_t)pass->T, lengths, last ? pass->settings.site : TEXT_SITE_RESID_POST,
                                       last ? gradient : dx, one ? pass->neurons : NULL, one ? pass->columns : NULL,
                                       dx, NULL, error) != 0)
            return -1;
    }
    return 0;
}

const float *text_pass_last(const TextPass *pass) {
    return text_pass_site(pass, pass->network->shape.layers - 1, TEXT_SITE_RESID_POST);
}
