#include "text/loss.h"

#include "base/memory.h"
#include "text/layernorm_layer.h"
#include "text/network_packed.h"
#include "text/pieces.h"

#include <string.h>

struct TextHead {
    LayernormLayer norm;
    UnembeddingLayer unembedding;
    size_t chunk;  // rows at once
    float *block;
    float *normed, *dnormed, *logits;  // (chunk, C), (chunk, C), (chunk, V)
    LayernormStatistics kept;          // (chunk)
};

static void head_lay_out(TextHead *head, Pieces *pieces) {
    head->normed = piece(pieces, head->chunk * head->norm.width);
    head->dnormed = piece(pieces, head->chunk * head->norm.width);
    head->logits = piece(pieces, head->chunk * head->unembedding.vocabulary);
    head->kept.mean = piece(pieces, head->chunk);
    head->kept.rstd = piece(pieces, head->chunk);
}

TextHead *text_head_new(TextNetwork *network, Precision precision, Error *error) {
    TextHead *head = memory_new(1, sizeof *head, "language model head", error);
    if (!head) return NULL;
    if (text_packed_head(network, precision, &head->norm, &head->unembedding, error) != 0) {
        memory_free(head);
        return NULL;
    }
    head->chunk = unembedding_layer_chunk(&head->unembedding);
    Pieces pieces = {0};
    head_lay_out(head, &pieces);
    head->block = memory_new(pieces.used, sizeof *head->block, "logits", error);
    if (!head->block) {
        memory_free(head);
        return NULL;
    }
    pieces = (Pieces){.block = head->block};
    head_lay_out(head, &pieces);
    return head;
}

void text_head_free(TextHead *head) {
    if (!head) return;
    memory_free(head->block);
    memory_free(head);
}

int text_head_logits(TextHead *head, const float *resid, size_t rows, float *logits, Error *error) {
    size_t C = head->norm.width, V = head->unembedding.vocabulary;
    for (size_t first = 0; first < rows; first += head->chunk) {
        size_t count = rows - first < head->chunk ? rows - first : head->chunk;
        layernorm_layer_forward(&head->norm, resid + first * C, count, head->normed, &head->kept);
        if (unembedding_layer_forward(&head->unembedding, head->normed, count, logits + first * V, error) != 0)
            return -1;
    }
    return 0;
}

static int targets_check(const TextHead *head, const int *targets, size_t count, Error *error) {
    for (size_t i = 0; i < count; i++)
        if (targets[i] < -1 || (targets[i] >= 0 && (size_t)targets[i] >= head->unembedding.vocabulary))
            return error_set(error, "target token %d is not in the model's vocabulary of %zu", targets[i],
                             head->unembedding.vocabulary);
    return 0;
}

static int head_loss(TextHead *head, const float *resid, size_t rows, const UnembeddingTargets *targets,
                     float *losses, float *dresid, float *dweights, Error *error) {
    size_t C = head->norm.width, K = targets->K;
    if (targets_check(head, targets->ids, rows * K, error) != 0) return -1;
    for (size_t first = 0; first < rows; first += head->chunk) {
        size_t count = rows - first < head->chunk ? rows - first : head->chunk;
        const UnembeddingTargets part = {.K = K,
                                         .ids = targets->ids + first * K,
                                         .weights = targets->weights ? targets->weights + first * K : NULL,
                                         .scale = targets->scale ? targets->scale + first : NULL};
        layernorm_layer_forward(&head->norm, resid + first * C, count, head->normed, &head->kept);
        if (unembedding_layer_loss(&head->unembedding, head->normed, count, &part, head->logits, losses + first,
                                   dresid ? head->dnormed : NULL, dweights ? dweights + first * K : NULL, NULL,
                                   error) != 0)
            return -1;
        if (dresid)
            layernorm_layer_backward(&head->norm, head->dnormed, resid + first * C, &head->kept, count, false,
                                     dresid + first * C);
    }
    return 0;
}

int text_head_loss(TextHead *head, const float *resid, size_t rows, const int *targets, const float *scale,
                   float *losses, float *dresid, Error *error) {
    const UnembeddingTargets wanted = {.K = 1, .ids = targets, .scale = scale};
    return head_loss(head, resid, rows, &wanted, losses, dresid, NULL, error);
}

int text_head_loss_soft(TextHead *head, const float *resid, size_t rows, size_t K, const int *targets,
                        const float *weights, const float *scale, float *losses, float *dresid, float *dweights,
                        Error *error) {
    const UnembeddingTargets wanted = {.K = K, .ids = targets, .weights = weights, .scale = scale};
    return head_loss(head, resid, rows, &wanted, losses, dresid, dweights, error);
}

// Row t of a sentence predicts token t + 1, with a share of one over the number of predicted tokens.
static void next_tokens(const int *ids, const int *lengths, size_t B, size_t T, int *targets, float *scale) {
    for (size_t b = 0; b < B; b++) {
        size_t length = lengths ? (size_t)lengths[b] : T;
        for (size_t t = 0; t < T; t++) {
            targets[b * T + t] = t + 1 < length ? ids[b * T + t + 1] : -1;
            scale[b * T + t] = length > 1 ? 1.0f / (float)(length - 1) : 0.0f;
        }
    }
}

static void sentence_losses(const float *rows, const float *scale, size_t B, size_t T, float *losses,
                            float *token_losses) {
    for (size_t b = 0; b < B; b++) {
        double sum = 0.0;
        for (size_t t = 0; t < T; t++) sum += rows[b * T + t];
        losses[b] = (float)(sum * (double)scale[b * T]);
        if (!token_losses) continue;
        token_losses[b * T] = 0.0f;
        for (size_t t = 1; t < T; t++) token_losses[b * T + t] = rows[b * T + t - 1];
    }
}

int text_language_loss(TextPass *pass, TextHead *head, const float *x, int B, int T, const int *lengths,
                       const int *ids, float *losses, float *token_losses, float *dx, Error *error) {
    if (text_pass_forward(pass, x, B, T, lengths, error) != 0) return -1;
    const float *resid = text_pass_last(pass);
    if (!resid) return error_set(error, "a language model's loss needs a pass to the last layer's resid_post");
    size_t rows = (size_t)B * (size_t)T, C = head->norm.width;
    int *targets = memory_new(rows, sizeof *targets, "targets", error);
    float *work = memory_new(2 * rows + (dx ? rows * C : 0), sizeof *work, "losses", error);
    int status = -1;
    if (targets && work) {
        float *scale = work, *row_losses = work + rows, *dresid = dx ? work + 2 * rows : NULL;
        next_tokens(ids, lengths, (size_t)B, (size_t)T, targets, scale);
        status = text_head_loss(head, resid, rows, targets, scale, row_losses, dresid, error);
        if (status == 0) sentence_losses(row_losses, scale, (size_t)B, (size_t)T, losses, token_losses);
        if (status == 0 && dx) status = text_pass_backward(pass, dresid, dx, error);
    }
    memory_free(targets);
    memory_free(work);
    return status;
}
