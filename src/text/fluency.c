#include "text/fluency.h"

#include "base/memory.h"
#include "text/loss.h"

#include <math.h>
#include <string.h>

typedef struct Fluency {
    Regularizer base;
    TextNetwork *network;
    EmbeddingTable *table;
    TextPass *pass;
    TextHead *head;
    FluencySettings settings;
    float slope;            // 1 / (temperature * variance)
    int *lengths;           // (B)
    int *candidates;        // (B * T, K)
    float *weights;         // (B * T, K) q
    float *dweights;        // (B * T, K)
    int *targets;           // (B * T, K) of the next token
    float *next_weights;    // (B * T, K) of the next token
    float *scale, *losses;  // (B * T)
    float *dresid, *dx;     // (B * T, C)
    float *embedding;       // (C)
} Fluency;

static void fluency_free(Regularizer *regularizer) {
    Fluency *fluency = (Fluency *)regularizer;
    text_pass_free(fluency->pass);
    text_head_free(fluency->head);
    void *blocks[] = {fluency->lengths, fluency->candidates,   fluency->weights,  fluency->dweights,
                      fluency->targets, fluency->next_weights, fluency->scale,    fluency->losses,
                      fluency->dresid,  fluency->dx,           fluency->embedding};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) memory_free(blocks[i]);
    memory_free(fluency);
}

/* q of every row of x; rows behind a sentence's end are computed too and not used. */
static int mix(Fluency *fluency, const float *x, size_t rows, Error *error) {
    size_t K = (size_t)fluency->settings.candidates;
    if (embedding_table_nearest(fluency->table, x, rows, (int)K, fluency->candidates, fluency->weights, error) != 0)
        return -1;
    for (size_t r = 0; r < rows; r++) {
        float *q = fluency->weights + r * K;  // holds squared distances, the smallest first
        double sum = 0;
        float nearest = q[0];
        for (size_t k = 1; k < K; k++) nearest = q[k] < nearest ? q[k] : nearest;
        for (size_t k = 0; k < K; k++) sum += (double)(q[k] = expf(-0.5f * fluency->slope * (q[k] - nearest)));
        for (size_t k = 0; k < K; k++) q[k] = (float)((double)q[k] / sum);
    }
    return 0;
}

/* Row (b, t) predicts the soft token (b, t + 1). */
static void aim(Fluency *fluency, const int *restarts, int B) {
    size_t K = (size_t)fluency->settings.candidates, T = (size_t)fluency->settings.tokens;
    for (size_t b = 0; b < (size_t)B; b++) {
        int length = fluency->lengths[b] = fluency->settings.lengths[restarts[b]];
        for (size_t t = 0; t < T; t++) {
            size_t row = b * T + t;
            bool predicts = (int)t + 1 < length;
            fluency->scale[row] = predicts ? 1.0f / (float)(length - 1) : 0;
            for (size_t k = 0; k < K; k++) {
                fluency->targets[row * K + k] = predicts ? fluency->candidates[(row + 1) * K + k] : 0;
                fluency->next_weights[row * K + k] = predicts ? fluency->weights[(row + 1) * K + k] : 0;
            }
        }
    }
}

/* Adds the gradient that reaches the soft token in `row` through its own mixture. */
static int mixture_gradient(Fluency *fluency, const float *x, size_t row, Error *error) {
    size_t K = (size_t)fluency->settings.candidates, C = (size_t)fluency->network->shape.width;
    const float *q = fluency->weights + row * K, *dq = fluency->dweights + (row - 1) * K;
    float mean = 0;
    for (size_t k = 0; k < K; k++) mean += q[k] * dq[k];
    for (size_t k = 0; k < K; k++) {
        float slope = q[k] * (dq[k] - mean) * fluency->slope;
        if (slope == 0) continue;
        if (text_network_embed(fluency->network, &fluency->candidates[row * K + k], 1, fluency->embedding, error) !=
            0)
            return -1;
        for (size_t c = 0; c < C; c++) fluency->dx[row * C + c] -= slope * (x[row * C + c] - fluency->embedding[c]);
    }
    return 0;
}

static int fluency_apply(Regularizer *regularizer, const float *x, const int *restarts, int B, float *penalties,
                         float *gradient, Error *error) {
    Fluency *fluency = (Fluency *)regularizer;
    size_t K = (size_t)fluency->settings.candidates, T = (size_t)fluency->settings.tokens;
    size_t C = (size_t)fluency->network->shape.width, rows = (size_t)B * T;
    int last = fluency->network->shape.layers - 1;
    if (mix(fluency, x, rows, error) != 0) return -1;
    aim(fluency, restarts, B);
    if (text_pass_forward(fluency->pass, x, B, (int)T, fluency->lengths, error) != 0) return -1;
    const float *resid = text_pass_site(fluency->pass, last, TEXT_SITE_RESID_POST);
    if (text_head_loss_soft(fluency->head, resid, rows, K, fluency->targets, fluency->next_weights, fluency->scale,
                            fluency->losses, fluency->dresid, fluency->dweights, error) != 0 ||
        text_pass_backward(fluency->pass, fluency->dresid, fluency->dx, error) != 0)
        return -1;
    for (size_t b = 0; b < (size_t)B; b++) {
        double penalty = 0;
        for (size_t t = 0; (int)t + 1 < fluency->lengths[b]; t++) {
            size_t row = b * T + t;
            penalty += (double)fluency->losses[row] * (double)fluency->scale[row];
            if (mixture_gradient(fluency, x, row + 1, error) != 0) return -1;
        }
        penalties[b] = (float)penalty;
    }
    for (size_t i = 0; i < rows * C; i++) gradient[i] += fluency->base.weight * fluency->dx[i];
    return 0;
}

static int make_buffers(Fluency *fluency, Error *error) {
    size_t rows = (size_t)fluency->settings.batch * (size_t)fluency->settings.tokens;
    size_t C = (size_t)fluency->network->shape.width, K = (size_t)fluency->settings.candidates;
    struct {
        void **block;
        size_t count;
    } blocks[] = {
        {(void **)&fluency->lengths, (size_t)fluency->settings.batch},
        {(void **)&fluency->candidates, rows * K},
        {(void **)&fluency->weights, rows * K},
        {(void **)&fluency->dweights, rows * K},
        {(void **)&fluency->targets, rows * K},
        {(void **)&fluency->next_weights, rows * K},
        {(void **)&fluency->scale, rows},
        {(void **)&fluency->losses, rows},
        {(void **)&fluency->dresid, rows * C},
        {(void **)&fluency->dx, rows * C},
        {(void **)&fluency->embedding, C},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        *blocks[i].block = memory_new(blocks[i].count, sizeof(float), "the fluency of soft tokens", error);
        if (!*blocks[i].block) return -1;
    }
    return 0;
}

Regularizer *regularizer_fluency(TextNetwork *network, EmbeddingTable *table, const FluencySettings *settings,
                                 Error *error) {
    Fluency *fluency = memory_new(1, sizeof *fluency, "the fluency of soft tokens", error);
    if (!fluency) return NULL;
    fluency->base = (Regularizer){.name = "fluency",
                                  .domain = REGULARIZER_X,
                                  .weight = settings->weight,
                                  .size = (size_t)settings->tokens * (size_t)network->shape.width,
                                  .apply = fluency_apply,
                                  .free = fluency_free};
    fluency->network = network;
    fluency->table = table;
    fluency->settings = *settings;
    if (fluency->settings.candidates > network->shape.vocabulary)
        fluency->settings.candidates = network->shape.vocabulary;
    fluency->slope = (float)(1 / ((double)settings->temperature * table->variance));
    TextPassSettings pass = {.batch = settings->batch,
                             .positions = settings->tokens,
                             .layer = network->shape.layers - 1,
                             .site = TEXT_SITE_RESID_POST,
                             .backward = true,
                             .precision = settings->precision};
    fluency->pass = text_pass_new(network, &pass, error);
    if (fluency->pass) fluency->head = text_head_new(network, settings->precision, error);
    if (fluency->head && make_buffers(fluency, error) == 0) return &fluency->base;
    fluency_free(&fluency->base);
    return NULL;
}
