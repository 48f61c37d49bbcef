#include "text/sample_text.h"

#include "base/memory.h"
#include "text/incremental_pass.h"
#include "text/loss.h"

#include <math.h>

// Lets heap[at] sink to its place in a heap of `count` whose first is the least.
static void heap_sink(float *heap, size_t count, size_t at) {
    float value = heap[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1] < heap[child]) child++;
        if (!(heap[child] < value)) break;
        heap[at] = heap[child];
    }
    heap[at] = value;
}

/* The least logit among the `candidates` largest, which `heap` (candidates) is left with. */
static float threshold_of(const float *logits, size_t V, size_t candidates, float *heap) {
    for (size_t i = 0; i < candidates; i++) heap[i] = logits[i];
    for (size_t i = candidates / 2; i-- > 0;) heap_sink(heap, candidates, i);
    for (size_t v = candidates; v < V; v++) {
        if (!(logits[v] > heap[0])) continue;
        heap[0] = logits[v];
        heap_sink(heap, candidates, 0);
    }
    return heap[0];
}

static int likeliest(const float *logits, size_t V) {
    size_t best = 0;
    for (size_t v = 1; v < V; v++)
        if (logits[v] > logits[best]) best = v;
    return (int)best;
}

typedef struct Writer {
    TextNetwork *network;
    IncrementalPass *pass;
    TextHead *head;
    float *x, *logits, *heap;  // (positions, C), (V), (candidates)
    size_t V, candidates;      // all of V: no heap
    size_t first;              // the token that the cache begins with
} Writer;

static int writer_open(Writer *writer, TextNetwork *network, size_t positions, int candidates, Error *error) {
    size_t V = (size_t)network->shape.vocabulary, C = (size_t)network->shape.width;
    bool all = candidates < 1 || (size_t)candidates > V;
    *writer = (Writer){.network = network, .V = V, .candidates = all ? V : (size_t)candidates};
    IncrementalPassSettings settings = {.sentences = 1, .positions = (int)positions, .precision = PRECISION_F32};
    writer->pass = incremental_pass_new(network, &settings, error);
    writer->head = writer->pass ? text_head_new(network, PRECISION_F32, error) : NULL;
    if (!writer->head) return -1;
    writer->x = memory_new(positions * C, sizeof(float), "embeddings", error);
    writer->logits = memory_new(V, sizeof(float), "logits", error);
    writer->heap = memory_new(all ? 0 : writer->candidates, sizeof(float), "candidates", error);
    return writer->x && writer->logits && writer->heap ? 0 : -1;
}

static void writer_close(Writer *writer) {
    text_head_free(writer->head);
    incremental_pass_free(writer->pass);
    memory_free(writer->x);
    memory_free(writer->logits);
    memory_free(writer->heap);
}

/* Logits of the token after `tokens`: those that the cache lacks are appended to it; where they do not fit, it begins
 * again. */
static int predict(Writer *writer, const TokenList *tokens, Error *error) {
    size_t context = (size_t)writer->network->shape.context, C = (size_t)writer->network->shape.width;
    if (tokens->count - writer->first > context) {
        size_t kept = incremental_pass_count(writer->pass) == 0 || context == 1 ? context : context / 2;
        writer->first = tokens->count - kept;
        if (incremental_pass_truncate(writer->pass, 0, error) != 0) return -1;
    }
    size_t next = writer->first + (size_t)incremental_pass_count(writer->pass), count = tokens->count - next;
    if (text_network_embed(writer->network, tokens->ids + next, count, writer->x, error) != 0 ||
        incremental_pass_append(writer->pass, writer->x, 1, (int)count, error) != 0)
        return -1;
    const float *resid = incremental_pass_resid(writer->pass);
    return text_head_logits(writer->head, resid + (count - 1) * C, 1, writer->logits, error);
}

static int draw(const Writer *writer, float temperature, Random *random) {
    const float *logits = writer->logits;
    size_t V = writer->V;
    int id = likeliest(logits, V);
    if (temperature <= 0) return id;
    float largest = logits[id], threshold = -INFINITY;
    if (writer->candidates < V) threshold = threshold_of(logits, V, writer->candidates, writer->heap);
    double sum = 0;
    for (size_t v = 0; v < V; v++)
        if (logits[v] >= threshold) sum += exp((double)((logits[v] - largest) / temperature));
    double left = sum * (double)random_uniform(random);
    for (size_t v = 0; v < V; v++) {
        if (logits[v] < threshold) continue;
        left -= exp((double)((logits[v] - largest) / temperature));
        if (left < 0) return (int)v;
    }
    return id;
}

int text_sample(TextNetwork *network, const SampleSettings *settings, int end_of_text, Random *random,
                TokenList *tokens, Error *error) {
    if (tokens->count == 0) return error_set(error, "there is no token to go on from");
    size_t context = (size_t)network->shape.context, wanted = tokens->count + (size_t)settings->count;
    Writer writer;
    int failed = writer_open(&writer, network, wanted < context ? wanted : context, settings->candidates, error);
    while (!failed && tokens->count < wanted) {
        failed = predict(&writer, tokens, error);
        if (failed) break;
        int id = draw(&writer, settings->temperature, random);
        if (id == end_of_text) break;
        failed = token_list_append(tokens, id, error);
    }
    writer_close(&writer);
    return failed ? -1 : 0;
}
