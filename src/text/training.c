#include "text/training.h"

#include "base/memory.h"
#include "text/embedding_layer.h"
#include "text/pieces.h"
#include "text/transformer_layer.h"
#include "text/unembedding_layer.h"

#include <math.h>
#include <string.h>

struct TextTrainer {
    TextNetwork *network;
    int B, T;
    TransformerLayer *layers;               // (L)
    TransformerActivations *kept;           // (L)
    TransformerGradients *layer_gradients;  // (L)
    LayernormLayer final_norm;
    LayernormStatistics final_kept;
    UnembeddingLayer unembedding;
    TransformerScratch scratch;
    float *activations;                 // one allocation behind every buffer above
    float *embedded, *normed, *dresid;  // (B, T, C)
    float *logits, *losses, *scale;     // (chunk, V), (B, T), (B, T)
    float *gradient, *first, *second;   // (total)
};

static const float *weight(const TextNetwork *network, int parameter) {
    return network->storage + network->parameters[parameter].offset;
}

static Linear linear_of(const TextNetwork *network, int parameter, Precision precision) {
    const TextParameter *p = &network->parameters[parameter];
    return (Linear){.in = (size_t)p->shape[0],
                    .out = (size_t)p->shape[1],
                    .weight = weight(network, parameter),
                    .bias = weight(network, parameter + 1),
                    .precision = precision};
}

static LayernormLayer norm_of(const TextNetwork *network, int parameter) {
    return (LayernormLayer){.width = (size_t)network->shape.width,
                            .epsilon = network->shape.epsilon,
                            .weight = weight(network, parameter),
                            .bias = weight(network, parameter + 1)};
}

static TransformerLayer layer_of(const TextNetwork *network, int index, Precision precision) {
    int at = text_parameter_of_layer(index, 0);
    return (TransformerLayer){.width = (size_t)network->shape.width,
                              .heads = (size_t)network->shape.heads,
                              .causal = network->shape.causal,
                              .norm_1 = norm_of(network, at + TEXT_LN_1_WEIGHT),
                              .norm_2 = norm_of(network, at + TEXT_LN_2_WEIGHT),
                              .attention = linear_of(network, at + TEXT_ATTN_WEIGHT, precision),
                              .attention_projection = linear_of(network, at + TEXT_ATTN_PROJ_WEIGHT, precision),
                              .fully_connected = linear_of(network, at + TEXT_FC_WEIGHT, precision),
                              .projection = linear_of(network, at + TEXT_PROJ_WEIGHT, precision)};
}

static TransformerGradients gradients_of(const TextTrainer *trainer, int index) {
    const TextParameter *p = trainer->network->parameters + text_parameter_of_layer(index, 0);
    float *g = trainer->gradient;
    return (TransformerGradients){.norm_1_weight = g + p[TEXT_LN_1_WEIGHT].offset,
                                  .norm_1_bias = g + p[TEXT_LN_1_BIAS].offset,
                                  .attention_weight = g + p[TEXT_ATTN_WEIGHT].offset,
                                  .attention_bias = g + p[TEXT_ATTN_BIAS].offset,
                                  .attention_projection_weight = g + p[TEXT_ATTN_PROJ_WEIGHT].offset,
                                  .attention_projection_bias = g + p[TEXT_ATTN_PROJ_BIAS].offset,
                                  .norm_2_weight = g + p[TEXT_LN_2_WEIGHT].offset,
                                  .norm_2_bias = g + p[TEXT_LN_2_BIAS].offset,
                                  .fully_connected_weight = g + p[TEXT_FC_WEIGHT].offset,
                                  .fully_connected_bias = g + p[TEXT_FC_BIAS].offset,
                                  .projection_weight = g + p[TEXT_PROJ_WEIGHT].offset,
                                  .projection_bias = g + p[TEXT_PROJ_BIAS].offset};
}

static void buffers_lay_out(TextTrainer *trainer, Pieces *pieces) {
    const TextNetworkShape *shape = &trainer->network->shape;
    size_t C = (size_t)shape->width, rows = (size_t)trainer->B * (size_t)trainer->T;
    size_t chunk = unembedding_layer_chunk(&trainer->unembedding);
    trainer->embedded = piece(pieces, rows * C);
    trainer->normed = piece(pieces, rows * C);
    trainer->dresid = piece(pieces, rows * C);
    trainer->losses = piece(pieces, rows);
    trainer->scale = piece(pieces, rows);
    trainer->logits = piece(pieces, (rows < chunk ? rows : chunk) * (size_t)shape->vocabulary);
    trainer->final_kept = (LayernormStatistics){piece(pieces, rows), piece(pieces, rows)};
    trainer->scratch = (TransformerScratch){.narrow = piece(pieces, rows * C), .wide = piece(pieces, rows * 4 * C)};
    const float *resid = trainer->embedded;
    for (int l = 0; l < shape->layers; l++) {
        TransformerActivations *a = &trainer->kept[l];
        *a = (TransformerActivations){.resid_pre = resid, .scratch = trainer->scratch.narrow};
        a->norm_1 = piece(pieces, rows * C);
        a->norm_1_kept = (LayernormStatistics){piece(pieces, rows), piece(pieces, rows)};
        a->qkv = piece(pieces, rows * 3 * C);
        a->mixed = piece(pieces, rows * C);
        a->logsum = piece(pieces, rows * (size_t)shape->heads);
        a->resid_mid = piece(pieces, rows * C);
        a->norm_2 = piece(pieces, rows * C);
        a->norm_2_kept = (LayernormStatistics){piece(pieces, rows), piece(pieces, rows)};
        a->mlp_pre = piece(pieces, rows * 4 * C);
        a->mlp_post = piece(pieces, rows * 4 * C);
        resid = a->resid_post = piece(pieces, rows * C);
    }
}

static int buffers_open(TextTrainer *trainer, Error *error) {
    size_t layers = (size_t)trainer->network->shape.layers, total = trainer->network->total;
    trainer->layers = memory_new(layers, sizeof *trainer->layers, "training layers", error);
    trainer->kept = memory_new(layers, sizeof *trainer->kept, "training layers", error);
    trainer->layer_gradients = memory_new(layers, sizeof *trainer->layer_gradients, "training layers", error);
    trainer->gradient = memory_new(total, sizeof *trainer->gradient, "gradients", error);
    trainer->first = memory_new(total, sizeof *trainer->first, "first moments", error);
    trainer->second = memory_new(total, sizeof *trainer->second, "second moments", error);
    if (!trainer->layers || !trainer->kept || !trainer->layer_gradients || !trainer->gradient || !trainer->first ||
        !trainer->second)
        return -1;
    Pieces pieces = {0};
    buffers_lay_out(trainer, &pieces);
    trainer->activations = memory_new(pieces.used, sizeof *trainer->activations, "training activations", error);
    if (!trainer->activations) return -1;
    pieces = (Pieces){.block = trainer->activations};
    buffers_lay_out(trainer, &pieces);
    return 0;
}

TextTrainer *text_trainer_new(TextNetwork *network, int B, int T, Precision precision, Error *error) {
    const TextNetworkShape *shape = &network->shape;
    if (!network->storage) {
        error_set(error, "training needs a network with weights of its own: text_network_allocate comes first");
        return NULL;
    }
    if (B < 1 || T < 1 || T > shape->context) {
        error_set(error, "training with batches of %d sentences of %d tokens: the context is %d", B, T,
                  shape->context);
        return NULL;
    }
    TextTrainer *trainer = memory_new(1, sizeof *trainer, "trainer", error);
    if (!trainer) return NULL;
    trainer->network = network;
    trainer->B = B;
    trainer->T = T;
    trainer->final_norm = norm_of(network, text_parameter_final_norm_weight(shape));
    trainer->unembedding = (UnembeddingLayer){.width = (size_t)shape->width,
                                              .vocabulary = (size_t)shape->vocabulary,
                                              .weight = weight(network, text_parameter_unembedding(shape)),
                                              .precision = precision};
    if (buffers_open(trainer, error) != 0) {
        text_trainer_free(trainer);
        return NULL;
    }
    for (int l = 0; l < shape->layers; l++) {
        trainer->layers[l] = layer_of(network, l, precision);
        trainer->layer_gradients[l] = gradients_of(trainer, l);
    }
    return trainer;
}

void text_trainer_free(TextTrainer *trainer) {
    if (!trainer) return;
    memory_free(trainer->layers);
    memory_free(trainer->kept);
    memory_free(trainer->layer_gradients);
    memory_free(trainer->activations);
    memory_free(trainer->gradient);
    memory_free(trainer->first);
    memory_free(trainer->second);
    memory_free(trainer);
}

static int batch_check(const TextTrainer *trainer, const int *ids, const int *targets, int B, int T, Error *error) {
    if (B < 1 || B > trainer->B || T < 1 || T > trainer->T)
        return error_set(error, "a batch of %d x %d tokens; the trainer was opened for %d x %d", B, T, trainer->B,
                         trainer->T);
    for (int i = 0; i < B * T; i++)
        if (ids[i] < 0 || ids[i] >= trainer->network->shape.vocabulary || targets[i] < -1 ||
            targets[i] >= trainer->network->shape.vocabulary)
            return error_set(error, "token %d, target %d: outside the vocabulary of %d", ids[i], targets[i],
                             trainer->network->shape.vocabulary);
    return 0;
}

static int forward(TextTrainer *trainer, const int *ids, size_t B, size_t T, Error *error) {
    const TextNetwork *network = trainer->network;
    size_t C = (size_t)network->shape.width;
    int layers = network->shape.layers;
    embedding_layer_forward(weight(network, TEXT_WTE), weight(network, TEXT_WPE), ids, B, T, C, trainer->embedded);
    for (int l = 0; l < layers; l++)
        if (transformer_layer_forward(&trainer->layers[l], &trainer->kept[l], B, T, NULL, TEXT_SITE_RESID_POST, NULL,
                                      NULL, error) != 0)
            return -1;
    layernorm_layer_forward(&trainer->final_norm, trainer->kept[layers - 1].resid_post, B * T, trainer->normed,
                            &trainer->final_kept);
    return 0;
}

// Counts the targets, sets each row's share of the mean, and returns the count.
static size_t targets_count(TextTrainer *trainer, const int *targets, size_t rows) {
    size_t counted = 0;
    for (size_t r = 0; r < rows; r++) counted += targets[r] >= 0;
    for (size_t r = 0; r < rows; r++) trainer->scale[r] = counted ? 1.0f / (float)counted : 0.0f;
    return counted;
}

static double losses_mean(const TextTrainer *trainer, size_t rows, size_t counted) {
    double sum = 0.0;
    for (size_t r = 0; r < rows; r++) sum += trainer->losses[r];
    return counted ? sum / (double)counted : 0.0;
}

static int backward(TextTrainer *trainer, const int *ids, size_t B, size_t T, Error *error) {
    const TextNetwork *network = trainer->network;
    const TextParameter *p = network->parameters;
    int layers = network->shape.layers, norm = text_parameter_final_norm_weight(&network->shape);
    const float *resid = trainer->kept[layers - 1].resid_post;
    float *g = trainer->gradient, *dnormed = trainer->normed;  // the loss has replaced the values by their gradient
    if (layernorm_layer_backward_weights(&trainer->final_norm, dnormed, resid, &trainer->final_kept, B * T,
                                         g + p[norm].offset, g + p[norm + 1].offset, error) != 0)
        return -1;
    layernorm_layer_backward(&trainer->final_norm, dnormed, resid, &trainer->final_kept, B * T, false,
                             trainer->dresid);
    for (int l = layers - 1; l >= 0; l--)
        if (transformer_layer_backward(&trainer->layers[l], &trainer->kept[l], &trainer->scratch, B, T, NULL,
                                       TEXT_SITE_RESID_POST, trainer->dresid, NULL, NULL, trainer->dresid,
                                       &trainer->layer_gradients[l], error) != 0)
            return -1;
    embedding_layer_backward_weights(trainer->dresid, ids, B, T, (size_t)network->shape.width, g + p[TEXT_WTE].offset,
                                     g + p[TEXT_WPE].offset);
    return 0;
}

static int loss_of(TextTrainer *trainer, const int *targets, size_t rows, bool gradient, Error *error) {
    const TextNetwork *network = trainer->network;
    UnembeddingTargets wanted = {.K = 1, .ids = targets, .scale = trainer->scale};
    float *dweight = trainer->gradient + network->parameters[text_parameter_unembedding(&network->shape)].offset;
    return unembedding_layer_loss(&trainer->unembedding, trainer->normed, rows, &wanted, trainer->logits,
                                  trainer->losses, gradient ? trainer->normed : NULL, NULL, gradient ? dweight : NULL,
                                  error);
}

int text_trainer_gradients(TextTrainer *trainer, const int *ids, const int *targets, int B, int T, bool accumulate,
                           double *loss, Error *error) {
    if (batch_check(trainer, ids, targets, B, T, error) != 0) return -1;
    size_t rows = (size_t)B * (size_t)T, counted = targets_count(trainer, targets, rows);
    if (!accumulate) memset(trainer->gradient, 0, trainer->network->total * sizeof *trainer->gradient);
    if (forward(trainer, ids, (size_t)B, (size_t)T, error) != 0) return -1;
    if (loss_of(trainer, targets, rows, true, error) != 0) return -1;
    *loss = losses_mean(trainer, rows, counted);
    return backward(trainer, ids, (size_t)B, (size_t)T, error);
}

int text_trainer_loss(TextTrainer *trainer, const int *ids, const int *targets, int B, int T, double *loss,
                      Error *error) {
    if (batch_check(trainer, ids, targets, B, T, error) != 0) return -1;
    size_t rows = (size_t)B * (size_t)T, counted = targets_count(trainer, targets, rows);
    if (forward(trainer, ids, (size_t)B, (size_t)T, error) != 0) return -1;
    if (loss_of(trainer, targets, rows, false, error) != 0) return -1;
    *loss = losses_mean(trainer, rows, counted);
    return 0;
}

float text_trainer_update(TextTrainer *trainer, const AdamWSettings *settings, float clip, long step) {
    TextNetwork *network = trainer->network;
    double norm = sqrt(squares_sum(trainer->gradient, network->total));
    float scale = clip > 0.0f && norm > (double)clip ? (float)((double)clip / norm) : 1.0f;
    for (int i = 0; i < network->parameter_count; i++) {
        const TextParameter *p = &network->parameters[i];
        AdamWSettings own = *settings;
        if (!p->decays) own.weight_decay = 0.0f;
        adamw_update(network->storage + p->offset, trainer->gradient + p->offset, trainer->first + p->offset,
                     trainer->second + p->offset, p->count, &own, scale, step);
    }
    text_network_changed(network);
    return (float)norm;
}

float *text_trainer_gradient(TextTrainer *trainer) { return trainer->gradient; }
float *text_trainer_first_moment(TextTrainer *trainer) { return trainer->first; }
float *text_trainer_second_moment(TextTrainer *trainer) { return trainer->second; }
