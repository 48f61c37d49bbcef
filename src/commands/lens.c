#include "commands/lens.h"

#include "base/memory.h"
#include "text/loss.h"
#include "text/pass.h"

#include <math.h>
#include <stdio.h>

static void read_logits(const float *logits, size_t V, int next, LensCell *cell) {
    size_t best = 0;
    for (size_t v = 1; v < V; v++) {
        if (logits[v] > logits[best]) best = v;
    }
    double sum = 0;
    for (size_t v = 0; v < V; v++) sum += exp((double)(logits[v] - logits[best]));
    *cell = (LensCell){.prediction = (int)best, .probability = (float)(1 / sum), .next_probability = NAN};
    if (next < 0) return;
    cell->next_probability = (float)(exp((double)(logits[next] - logits[best])) / sum);
    cell->next_rank = 1;
    for (size_t v = 0; v < V; v++) cell->next_rank += logits[v] > logits[next];
}

static int read_row(Lens *lens, TextHead *head, const float *residual, float *logits, int row, Error *error) {
    size_t T = lens->tokens->count, C = (size_t)lens->model->network.shape.width;
    for (size_t t = 0; t < T; t++) {
        if (text_head_logits(head, residual + t * C, 1, logits, error) != 0) return -1;
        int next = t + 1 < T ? lens->tokens->ids[t + 1] : -1;
        read_logits(logits, (size_t)lens->model->network.shape.vocabulary, next, &lens->cells[(size_t)row * T + t]);
    }
    return 0;
}

static int read_rows(Lens *lens, TextPass *pass, TextHead *head, float *embeddings, float *logits, Error *error) {
    TextNetwork *network = &lens->model->network;
    const TokenList *tokens = lens->tokens;
    if (text_network_embed(network, tokens->ids, tokens->count, embeddings, error) != 0) return -1;
    if (text_pass_forward(pass, embeddings, 1, (int)tokens->count, NULL, error) != 0) return -1;
    for (int row = 0; row < lens->rows; row++) {
        const float *residual = row == 0 ? text_pass_site(pass, 0, TEXT_SITE_RESID_PRE)
                                         : text_pass_site(pass, row - 1, TEXT_SITE_RESID_POST);
        if (residual == NULL) return error_set(error, "the residual stream of row %d was not kept", row);
        if (read_row(lens, head, residual, logits, row, error) != 0) return -1;
    }
    return 0;
}

int lens_open(Lens *lens, LanguageModel *model, const TokenList *tokens, Error *error) {
    TextNetwork *network = &model->network;
    *lens = (Lens){.model = model, .tokens = tokens, .rows = network->shape.layers + 1};
    TextPassSettings settings = {.batch = 1,
                                 .positions = (int)tokens->count,
                                 .layer = network->shape.layers - 1,
                                 .site = TEXT_SITE_RESID_POST,
                                 .keep = true,
                                 .precision = PRECISION_F32};
    TextPass *pass = text_pass_new(network, &settings, error);
    TextHead *head = pass != NULL ? text_head_new(network, PRECISION_F32, error) : NULL;
    float *embeddings = memory_new(tokens->count * (size_t)network->shape.width, sizeof(float), "embeddings", error);
    float *logits = memory_new((size_t)network->shape.vocabulary, sizeof(float), "logits", error);
    lens->cells = memory_new((size_t)lens->rows * tokens->count, sizeof *lens->cells, "the lens", error);
    int status = -1;
    if (head != NULL && embeddings != NULL && logits != NULL && lens->cells != NULL) {
        status = read_rows(lens, pass, head, embeddings, logits, error);
    }
    memory_free(logits);
    memory_free(embeddings);
    text_head_free(head);
    text_pass_free(pass);
    if (status != 0) lens_close(lens);
    return status;
}

void lens_close(Lens *lens) {
    memory_free(lens->cells);
    *lens = (Lens){0};
}

void lens_row_name(int row, char name[32]) {
    if (row == 0) {
        snprintf(name, 32, "embedding");
    } else {
        snprintf(name, 32, "layer %d", row - 1);
    }
}
