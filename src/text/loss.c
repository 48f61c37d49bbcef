#include "text/loss.h"

#include "base/memory.h"
#include "text/layernorm_layer.h"
#include "text/network_packed.h"
#include "text/pieces.h"

#include <stdbool.h>
#include <string.h>

struct TextHead {
    LayernormLayer norm;
    UnembeddingLayer unembedding;
    size_t chunk;  // rows at once
    float *block;
    float *resid, *normed, *dnormed, *logits;  // (chunk, C) three times, (chunk, V)
    float *losses, *scale;                     // (chunk)
    LayernormStatistics kept;                  // (chunk)
    size_t *rows;                              // (chunk)
};

static void head_lay_out(TextHead *head, Pieces *pieces) {
    head->resid = piece(pieces, head->chunk * head->norm.width);
    head->normed = piece(pieces, head->chunk * head->norm.width);
    head->dnormed = piece(pieces, head->chunk * head->norm.width);
    head->logits = piece(pieces, head->chunk * head->unembedding.vocabulary);
    head->losses = piece(pieces, head->chunk);
    head->scale = piece(pieces, head->chunk);
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
    head->rows = memory_new(head->chunk, sizeof *head->rows, "rows", error);
    if (!head->block || !head->rows) {
        text_head_free(head);
        return NULL;
    }
    pieces = (Pieces){.block = head->block};
    head_lay_out(head, &pieces);
    return head;
}

void text_head_free(TextHead *head) {
    if (!head) return;
    memory_free(head->block);
    memory_free(head->rows);
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

/* A chunk of the rows that have a target: what is not counted costs nothing. */
typedef struct LossChunk {
    size_t count;
    int *ids;        // (chunk, K)
    float *weights;  // (chunk, K), or NULL
    float *dweights;
} LossChunk;

static bool has_target(const int *ids, size_t K) {
    for (size_t k = 0; k < K; k++)
        if (ids[k] >= 0) return true;
    return false;
}

/* Gathers rows from `next` on, which moves behind the last one taken; rows without a target get their zeros. */
static void chunk_gather(TextHead *head, const float *resid, size_t rows, const UnembeddingTargets *targets,
                         float *losses, float *dresid, float *dweights, size_t *next, LossChunk *chunk) {
    size_t C = head->norm.width, K = targets->K, r = *next;
    for (chunk->count = 0; r < rows && chunk->count < head->chunk; r++) {
        const int *ids = targets->ids + r * K;
        if (!has_target(ids, K)) {
            losses[r] = 0.0f;
            if (dresid) memset(dresid + r * C, 0, C * sizeof *dresid);
            if (dweights) memset(dweights + r * K, 0, K * sizeof *dweights);
            continue;
        }
        size_t i = chunk->count++;
        head->rows[i] = r;
        head->scale[i] = targets->scale ? targets->scale[r] : 1.0f;
        memcpy(head->resid + i * C, resid + r * C, C * sizeof *resid);
        memcpy(chunk->ids + i * K, ids, K * sizeof *ids);
        if (targets->weights) memcpy(chunk->weights + i * K, targets->weights + r * K, K * sizeof(float));
    }
    *next = r;
}

static int chunk_loss(TextHead *head, size_t K, const LossChunk *chunk, float *losses, float *dresid, float *dweights,
                      Error *error) {
    size_t C = head->norm.width;
    const UnembeddingTargets targets = {.K = K, .ids = chunk->ids, .weights = chunk->weights, .scale = head->scale};
    layernorm_layer_forward(&head->norm, head->resid, chunk->count, head->normed, &head->kept);
    if (unembedding_layer_loss(&head->unembedding, head->normed, chunk->count, &targets, head->logits, head->losses,
                               dresid ? head->dnormed : NULL, dweights ? chunk->dweights : NULL, NULL, error) != 0)
        return -1;
    if (dresid)  // in place of the normed rows, which are done with
        layernorm_layer_backward(&head->norm, head->dnormed, head->resid, &head->kept, chunk->count, false,
                                 head->normed);
    for (size_t i = 0; i < chunk->count; i++) {
        size_t r = head->rows[i];
        losses[r] = head->losses[i];
        if (dresid) memcpy(dresid + r * C, head->normed + i * C, C * sizeof *dresid);
        if (dweights) memcpy(dweights + r * K, chunk->dweights + i * K, K * sizeof *dweights);
    }
    return 0;
}

static int head_loss(TextHead *head, const float *resid, size_t rows, const UnembeddingTargets *targets,
                     float *losses, float *dresid, float *dweights, Error *error) {
    size_t K = targets->K, next = 0;
    if (targets_check(head, targets->ids, rows * K, error) != 0) return -1;
    LossChunk chunk = {.ids = memory_scratch(head->chunk * K, sizeof(int), "targets", error)};
    float *floats = targets->weights ? memory_scratch(2 * head->chunk * K, sizeof *floats, "targets", error) : NULL;
    int status = chunk.ids && (floats || !targets->weights) ? 0 : -1;
    if (floats) {
        chunk.weights = floats;
        chunk.dweights = floats + head->chunk * K;
    }
    while (status == 0 && next < rows) {
        chunk_gather(head, resid, rows, targets, losses, dresid, dweights, &next, &chunk);
        if (chunk.count > 0) status = chunk_loss(head, K, &chunk, losses, dresid, dweights, error);
    }
    memory_free(chunk.ids);
    memory_free(floats);
    return status;
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
