#include "text/sample_text.h"

#include "base/memory.h"
#include "text/loss.h"
#include "text/pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_descending(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a < b) - (a > b);
}

/* The least logit among the `candidates` largest. */
static int threshold_of(const float *logits, size_t V, size_t candidates, float *threshold, Error *error) {
    float *sorted = memory_new(V, sizeof *sorted, "sorted logits", error);
    if (!sorted) return -1;
    memcpy(sorted, logits, V * sizeof *sorted);
    qsort(sorted, V, sizeof *sorted, compare_descending);
    *threshold = sorted[candidates - 1];
    memory_free(sorted);
    return 0;
}

static int likeliest(const float *logits, size_t V) {
    size_t best = 0;
    for (size_t v = 1; v < V; v++)
        if (logits[v] > logits[best]) best = v;
    return (int)best;
}

static int draw(const float *logits, size_t V, const SampleSettings *settings, Random *random, int *id,
                Error *error) {
    *id = likeliest(logits, V);
    if (settings->temperature <= 0) return 0;
    float threshold = -INFINITY, largest = logits[*id];
    size_t candidates = (size_t)settings->candidates;
    if (candidates > 0 && candidates < V && threshold_of(logits, V, candidates, &threshold, error) != 0) return -1;
    double sum = 0;
    for (size_t v = 0; v < V; v++)
        if (logits[v] >= threshold) sum += exp((double)((logits[v] - largest) / settings->temperature));
    double left = sum * (double)random_uniform(random);
    for (size_t v = 0; v < V; v++) {
        if (logits[v] < threshold) continue;
        left -= exp((double)((logits[v] - largest) / settings->temperature));
        if (left < 0) return *id = (int)v, 0;
    }
    return 0;
}

typedef struct Writer {
    TextNetwork *network;
    TextPass *pass;
    TextHead *head;
    float *x, *logits;  // (context, C), (V)
} Writer;

static int writer_open(Writer *writer, TextNetwork *network, int positions, Error *error) {
    *writer = (Writer){.network = network};
    TextPassSettings settings = {.batch = 1,
                                 .positions = positions,
                                 .layer = network->shape.layers - 1,
                                 .site = TEXT_SITE_RESID_POST,
                                 .precision = PRECISION_F32};
    writer->pass = text_pass_new(network, &settings, error);
    writer->head = writer->pass ? text_head_new(network, PRECISION_F32, error) : NULL;
    if (!writer->head) return -1;
    writer->x = memory_new((size_t)positions * (size_t)network->shape.width, sizeof(float), "embeddings", error);
    writer->logits = memory_new((size_t)network->shape.vocabulary, sizeof(float), "logits", error);
    return writer->x && writer->logits ? 0 : -1;
}

static void writer_close(Writer *writer) {
    text_head_free(writer->head);
    text_pass_free(writer->pass);
    memory_free(writer->x);
    memory_free(writer->logits);
}

/* Logits of the token after `ids` (count). */
static int predict(Writer *writer, const int *ids, size_t count, Error *error) {
    const TextNetworkShape *shape = &writer->network->shape;
    if (text_network_embed(writer->network, ids, count, writer->x, error) != 0 ||
        text_pass_forward(writer->pass, writer->x, 1, (int)count, NULL, error) != 0)
        return -1;
    const float *resid = text_pass_site(writer->pass, shape->layers - 1, TEXT_SITE_RESID_POST);
    return text_head_logits(writer->head, resid + (count - 1) * (size_t)shape->width, 1, writer->logits, error);
}

int text_sample(TextNetwork *network, const SampleSettings *settings, int end_of_text, Random *random,
                TokenList *tokens, Error *error) {
    if (tokens->count == 0) return error_set(error, "there is no token to go on from");
    size_t context = (size_t)network->shape.context, wanted = tokens->count + (size_t)settings->count;
    Writer writer;
    int failed = writer_open(&writer, network, (int)(wanted < context ? wanted : context), error);
    while (!failed && tokens->count < wanted) {
        size_t seen = tokens->count < context ? tokens->count : context;
        int id;
        failed = predict(&writer, tokens->ids + tokens->count - seen, seen, error) != 0 ||
                 draw(writer.logits, (size_t)network->shape.vocabulary, settings, random, &id, error) != 0;
        if (failed || id == end_of_text) break;
        failed = token_list_append(tokens, id, error);
    }
    writer_close(&writer);
    return failed ? -1 : 0;
}
