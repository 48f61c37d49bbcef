#include "text/text_chunk.h"

#include "base/memory.h"
#include "engine/dream.h"
#include "text/fluency.h"
#include "text/gpt2_module.h"
#include "text/text_chunk_cache.h"
#include "text/text_measures.h"

#include <string.h>

void text_chunk_close(TextChunk *chunk) {
    trajectory_close(&chunk->trajectory);
    memory_free(chunk->hard);
    memory_free(chunk->lengths);
    chunk->hard = NULL;
    chunk->lengths = NULL;
}

static const TextCase *chunk_case(const TextChunk *chunk, int i) {
    return &chunk->stage->plan->cases[chunk->cases[i]];
}

/* ---- what the engine needs to know */

typedef struct Ascent {
    TextChunk *chunk;
    Module *subject;
    bool one_neuron;
    float *starts;                   // (count, T * C)
    int *neurons;                    // (count) for the target
    int *row_neurons, *row_lengths;  // (batch)
    Regularizer *regularizers[2];
    int regularizer_count;
} Ascent;

static void ascent_close(Ascent *ascent) {
    module_free(ascent->subject);
    for (int i = 0; i < ascent->regularizer_count; i++) regularizer_free(ascent->regularizers[i]);
    memory_free(ascent->starts);
    memory_free(ascent->neurons);
    memory_free(ascent->row_neurons);
    memory_free(ascent->row_lengths);
}

static int fill_starts(Ascent *ascent, Error *error) {
    const TextChunk *chunk = ascent->chunk;
    const TextStage *stage = chunk->stage;
    size_t T = (size_t)stage->starts.tokens, size = T * (size_t)stage->model->network.shape.width;
    for (int i = 0; i < chunk->count; i++) {
        const int *ids = stage->starts.ids + (size_t)chunk->sentences[i] * T;
        if (text_network_embed(&stage->model->network, ids, (size_t)chunk->lengths[i],
                               ascent->starts + (size_t)i * size, error) != 0)
            return -1;
        ascent->neurons[i] = ascent->one_neuron ? 0 : chunk_case(chunk, i)->neuron;
    }
    return 0;
}

static int add_regularizers(Ascent *ascent, int batch, Error *error) {
    const TextChunk *chunk = ascent->chunk;
    const TextStage *stage = chunk->stage;
    TextNetwork *network = &stage->model->network;
    if (chunk->arm->l2 > 0) {
        Regularizer *made = regularizer_sentence_l2(chunk->arm->l2, ascent->starts, chunk->lengths,
                                                    stage->starts.tokens, network->shape.width, error);
        if (!made) return -1;
        ascent->regularizers[ascent->regularizer_count++] = made;
    }
    if (chunk->arm->fluency > 0) {
        FluencySettings settings = {.weight = chunk->arm->fluency,
                                    .candidates = chunk->arm->fluency_candidates,
                                    .temperature = chunk->arm->fluency_temperature,
                                    .tokens = stage->starts.tokens,
                                    .lengths = chunk->lengths,
                                    .batch = batch,
                                    .precision = stage->precision};
        Regularizer *made = regularizer_fluency(network, (EmbeddingTable *)&stage->table, &settings, error);
        if (!made) return -1;
        ascent->regularizers[ascent->regularizer_count++] = made;
    }
    return 0;
}

static int ascent_open(Ascent *ascent, TextChunk *chunk, int batch, Error *error) {
    *ascent = (Ascent){.chunk = chunk};
    const TextStage *stage = chunk->stage;
    const TextCase *first = chunk_case(chunk, 0);
    size_t count = (size_t)chunk->count, T = (size_t)stage->starts.tokens;
    ascent->one_neuron = first->site == TEXT_SITE_MLP_PRE || first->site == TEXT_SITE_MLP_POST;
    ascent->starts = memory_new(count, T * (size_t)stage->model->network.shape.width * sizeof(float),
                                "starting embeddings", error);
    ascent->neurons = memory_new(count, sizeof(int), "neurons", error);
    ascent->row_neurons = memory_new((size_t)batch, sizeof(int), "neurons", error);
    ascent->row_lengths = memory_new((size_t)batch, sizeof(int), "lengths", error);
    if (!ascent->starts || !ascent->neurons || !ascent->row_neurons || !ascent->row_lengths) return -1;
    ascent->subject = gpt2_module_new(&stage->model->network, first->layer, first->site, ascent->one_neuron, (int)T,
                                      batch, stage->precision, error);
    if (!ascent->subject || fill_starts(ascent, error) != 0) return -1;
    return add_regularizers(ascent, batch, error);
}

/* Tells the subject which sentences come. */
static int begin_batch(void *context, const int *restarts, int count, Error *error) {
    Ascent *ascent = context;
    for (int i = 0; i < count; i++) {
        ascent->row_lengths[i] = ascent->chunk->lengths[restarts[i]];
        ascent->row_neurons[i] = chunk_case(ascent->chunk, restarts[i])->neuron;
    }
    if (gpt2_module_set_lengths(ascent->subject, ascent->row_lengths, count, error) != 0) return -1;
    return ascent->one_neuron ? gpt2_module_set_neurons(ascent->subject, ascent->row_neurons, count, error) : 0;
}

static int dream_chunk(TextChunk *chunk, Error *error) {
    const TextArm *arm = chunk->arm;
    const TextCase *first = chunk_case(chunk, 0);
    int batch = arm->batch < chunk->count ? arm->batch : chunk->count;
    Ascent ascent;
    int failed = ascent_open(&ascent, chunk, batch, error);
    if (!failed) {
        Dream dream = {.name = arm->name,
                       .subject = ascent.subject,
                       .target = {.layout = gpt2_module_layout(ascent.subject),
                                  .reduce = first->reduce,
                                  .squash = text_plan_squash(arm, first),
                                  .neurons = ascent.neurons,
                                  .positions = chunk->lengths},
                       .regularizers = ascent.regularizers,
                       .regularizer_count = ascent.regularizer_count,
                       .optimizer = arm->optimizer,
                       .restarts = chunk->count,
                       .batch = batch,
                       .starts = ascent.starts,
                       .seed = chunk->stage->run->seed,
                       .steps = arm->steps,
                       .patience = arm->patience,
                       .tolerance = arm->tolerance,
                       .snapshot_every = arm->hard_every,
                       .begin_batch = begin_batch,
                       .context = &ascent,
                       .interrupted = chunk->stage->run->interrupted};
        failed = dream_run(&dream, &chunk->trajectory, chunk->stage->run->progress, error);
    }
    ascent_close(&ascent);
    return failed;
}

/* ---- hard values along the path */

int text_chunk_decode(const TextChunk *chunk, const float *z, Sentences *decoded, Error *error) {
    const TextStage *stage = chunk->stage;
    size_t T = (size_t)stage->starts.tokens, C = (size_t)stage->model->network.shape.width;
    if (sentences_new(decoded, chunk->count, (int)T, error) != 0) return -1;
    for (int i = 0; i < chunk->count; i++) {
        decoded->lengths[i] = chunk->lengths[i];
        if (embedding_table_decode((EmbeddingTable *)&stage->table, chunk->arm->decode, z + (size_t)i * T * C,
                                   (size_t)chunk->lengths[i], decoded->ids + (size_t)i * T, error) != 0)
            return sentences_free(decoded), -1;
    }
    return 0;
}

static int measure_snapshot(TextChunk *chunk, const int *neurons, long snapshot, float *activations, Error *error) {
    const TextStage *stage = chunk->stage;
    const TextCase *first = chunk_case(chunk, 0);
    size_t T = (size_t)stage->starts.tokens, count = (size_t)chunk->count;
    TextMeasures measures = {&stage->model->network, first->layer, first->site, stage->precision};
    Sentences decoded;
    const float *z = chunk->trajectory.snapshots + (size_t)snapshot * count * chunk->trajectory.size;
    if (text_chunk_decode(chunk, z, &decoded, error) != 0) return -1;
    int failed = text_measures_activations(&measures, &decoded, neurons, activations, error);
    for (size_t i = 0; !failed && i < count; i++)
        chunk->hard[(size_t)snapshot * count + i] =
            reduce_activations(activations + i * T, chunk->lengths[i], first->reduce);
    sentences_free(&decoded);
    return failed;
}

static int measure_path(TextChunk *chunk, Error *error) {
    Trajectory *trajectory = &chunk->trajectory;
    size_t count = (size_t)chunk->count;
    chunk->hard_count = trajectory->snapshot_count;
    chunk->hard = memory_new((size_t)chunk->hard_count * count, sizeof(float), "hard values", error);
    int *neurons = memory_new(count, sizeof *neurons, "neurons", error);
    float *activations = memory_new(count * (size_t)chunk->stage->starts.tokens, sizeof(float), "activations", error);
    int failed = chunk->hard && neurons && activations ? 0 : -1;
    for (size_t i = 0; !failed && i < count; i++) neurons[i] = chunk_case(chunk, (int)i)->neuron;
    for (long k = 0; !failed && k < chunk->hard_count; k++)
        failed = measure_snapshot(chunk, neurons, k, activations, error);
    memory_free(trajectory->snapshots);
    trajectory->snapshots = NULL;
    trajectory->snapshot_count = 0;
    memory_free(neurons);
    memory_free(activations);
    return failed;
}

int text_chunk_run(TextChunk *chunk, Error *error) {
    memset(&chunk->trajectory, 0, sizeof chunk->trajectory);
    chunk->hard = NULL;
    chunk->lengths = memory_new((size_t)chunk->count, sizeof(int), "lengths", error);
    if (!chunk->lengths) return -1;
    for (int i = 0; i < chunk->count; i++) chunk->lengths[i] = chunk->stage->starts.lengths[chunk->sentences[i]];
    int got = chunk->stage->run->resume ? text_chunk_cache_read(chunk, error) : 0;
    chunk->reused = got == 1;
    if (got != 0) return got < 0 ? -1 : 0;
    if (dream_chunk(chunk, error) != 0 || measure_path(chunk, error) != 0) return -1;
    return text_chunk_cache_write(chunk, error);
}
