#include "text/incremental_pass.h"

#include "base/memory.h"
#include "text/embedding_layer.h"
#include "text/network_packed.h"
#include "text/pieces.h"
#include "text/transformer_layer.h"

struct IncrementalPass {
    TextNetwork *network;
    IncrementalPassSettings settings;
    TransformerLayer *layers;  // (L)
    const float *positions;    // wpe, borrowed
    float *cache;              // (L, sentences, size)
    size_t size;               // floats of a sentence in a layer
    int sentences, count;      // cached
    float *block;
    size_t rows;                  // that fit in `block`
    TransformerActivations kept;  // of one layer; the residual stream stays in place
    bool done;                    // the residual stream is that of the last call
};

static int settings_check(const TextNetwork *network, const IncrementalPassSettings *settings, Error *error) {
    const TextNetworkShape *shape = &network->shape;
    if (!shape->causal) return error_set(error, "a model that is not causal cannot go on token by token");
    if (settings->positions < 1 || settings->positions > shape->context)
        return error_set(error, "%d tokens: the model's context is 1 to %d tokens", settings->positions,
                         shape->context);
    if (settings->sentences < 1) return error_set(error, "a cache of %d sentences", settings->sentences);
    return text_network_check_bound(network, error);
}

static int pass_open(IncrementalPass *pass, Error *error) {
    const TextNetworkShape *shape = &pass->network->shape;
    size_t layers = (size_t)shape->layers, sentences = (size_t)pass->settings.sentences;
    pass->size = attention_cache_size((size_t)pass->settings.positions, (size_t)shape->width, (size_t)shape->heads);
    pass->layers = memory_new(layers, sizeof *pass->layers, "layers", error);
    pass->cache =
        pass->layers ? memory_new(layers * sentences, pass->size * sizeof(float), "key-value cache", error) : NULL;
    pass->positions = pass->cache ? text_packed_positions(pass->network, error) : NULL;
    if (!pass->positions) return -1;
    for (int l = 0; l < shape->layers; l++)
        if (text_packed_layer(pass->network, l, pass->settings.precision, &pass->layers[l], error) != 0) return -1;
    return 0;
}

IncrementalPass *incremental_pass_new(TextNetwork *network, const IncrementalPassSettings *settings, Error *error) {
    if (settings_check(network, settings, error) != 0) return NULL;
    IncrementalPass *pass = memory_new(1, sizeof *pass, "incremental pass", error);
    if (!pass) return NULL;
    pass->network = network;
    pass->settings = *settings;
    if (pass_open(pass, error) != 0) {
        incremental_pass_free(pass);
        return NULL;
    }
    return pass;
}

void incremental_pass_free(IncrementalPass *pass) {
    if (!pass) return;
    memory_free(pass->layers);
    memory_free(pass->cache);
    memory_free(pass->block);
    memory_free(pass);
}

static TransformerActivations rows_lay_out(Pieces *pieces, size_t rows, size_t C) {
    float *resid = piece(pieces, rows * C), *mid = piece(pieces, rows * C), *mixed = piece(pieces, rows * C);
    float *narrow = piece(pieces, rows * C), *wide = piece(pieces, rows * 4 * C);
    return (TransformerActivations){.resid_pre = resid,
                                    .norm_1 = narrow,
                                    .qkv = wide,
                                    .mixed = mixed,
                                    .scratch = narrow,
                                    .resid_mid = mid,
                                    .norm_2 = narrow,
                                    .mlp_pre = wide,
                                    .mlp_post = wide,
                                    .resid_post = resid};
}

static int rows_reserve(IncrementalPass *pass, size_t rows, Error *error) {
    if (rows <= pass->rows) return 0;
    size_t C = (size_t)pass->network->shape.width;
    Pieces pieces = {0};
    rows_lay_out(&pieces, rows, C);
    float *block = memory_scratch(pieces.used, sizeof *block, "activations", error);
    if (!block) return -1;
    memory_free(pass->block);
    pass->block = block;
    pass->rows = rows;
    pieces = (Pieces){.block = block};
    pass->kept = rows_lay_out(&pieces, rows, C);
    return 0;
}

static int forward(IncrementalPass *pass, const float *x, int B, int n, bool shared, Error *error) {
    const TextNetworkShape *shape = &pass->network->shape;
    size_t sentences = (size_t)B, tokens = (size_t)n, C = (size_t)shape->width;
    pass->done = false;
    if (n < 1 || n > pass->settings.positions - pass->count)
        return error_set(error, "%d tokens given to an incremental pass that has %d of at most %d", n, pass->count,
                         pass->settings.positions);
    if (rows_reserve(pass, sentences * tokens, error) != 0) return -1;
    TransformerActivations *kept = &pass->kept;
    embedding_layer_add_positions(x, pass->positions + (size_t)pass->count * C, sentences, tokens, C,
                                  kept->resid_post);
    AttentionCache cache = {
        .positions = (size_t)pass->settings.positions, .count = (size_t)pass->count, .shared = shared};
    kept->cache = &cache;
    int status = 0;
    for (int l = 0; status == 0 && l < shape->layers; l++) {
        cache.block = pass->cache + (size_t)l * (size_t)pass->settings.sentences * pass->size;
        status = transformer_layer_forward(&pass->layers[l], kept, sentences, tokens, NULL, TEXT_SITE_RESID_POST,
                                           NULL, NULL, error);
    }
    kept->cache = NULL;
    pass->done = status == 0;
    return status;
}

int incremental_pass_append(IncrementalPass *pass, const float *x, int B, int n, Error *error) {
    pass->done = false;
    if (B < 1 || B > pass->settings.sentences)
        return error_set(error, "%d sentences given to an incremental pass of at most %d", B,
                         pass->settings.sentences);
    if (pass->count > 0 && B != pass->sentences)
        return error_set(error, "%d sentences given to an incremental pass that goes on with %d", B, pass->sentences);
    if (forward(pass, x, B, n, false, error) != 0) return -1;
    pass->sentences = B;
    pass->count += n;
    return 0;
}

int incremental_pass_continue(IncrementalPass *pass, const float *x, int B, int n, Error *error) {
    pass->done = false;
    if (B < 1) return error_set(error, "%d candidates given to an incremental pass", B);
    if (pass->count > 0 && pass->sentences != 1)
        return error_set(error, "candidates go on from one sentence, and the incremental pass has %d",
                         pass->sentences);
    return forward(pass, x, B, n, true, error);
}

const float *incremental_pass_resid(const IncrementalPass *pass) { return pass->done ? pass->kept.resid_post : NULL; }

int incremental_pass_count(const IncrementalPass *pass) { return pass->count; }

int incremental_pass_truncate(IncrementalPass *pass, int count, Error *error) {
    if (count < 0 || count > pass->count)
        return error_set(error, "an incremental pass with %d tokens cannot be cut to %d", pass->count, count);
    pass->count = count;
    return 0;
}
