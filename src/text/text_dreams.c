#include "text/text_dreams.h"

#include "base/memory.h"
#include "text/text_measures.h"

#include <math.h>
#include <string.h>

/* A chunk's dreams on their way into the arm's result. */
typedef struct Ended {
    const TextChunk *chunk;
    const TextStage *stage;
    TextMeasures measures;
    Reduce reduce;
    TextDream *dreams;             // (count) in the result
    int *neurons;                  // (count)
    float *activations, *numbers;  // (count, T), (count)
    Sentences starts, decoded;     // (count)
} Ended;

static void ended_close(Ended *ended) {
    memory_free(ended->neurons);
    memory_free(ended->activations);
    memory_free(ended->numbers);
    sentences_free(&ended->starts);
    sentences_free(&ended->decoded);
}

static int ended_open(Ended *ended, const TextChunk *chunk, TextDream *dreams, Error *error) {
    const TextStage *stage = chunk->stage;
    const TextCase *first = &stage->plan->cases[chunk->cases[0]];
    *ended = (Ended){.chunk = chunk, .stage = stage, .dreams = dreams, .reduce = first->reduce};
    ended->measures = (TextMeasures){&stage->model->network, first->layer, first->site, stage->precision};
    size_t count = (size_t)chunk->count, T = (size_t)stage->starts.tokens;
    ended->neurons = memory_new(count, sizeof(int), "neurons", error);
    ended->activations = memory_new(count * T, sizeof(float), "activations", error);
    ended->numbers = memory_new(count, sizeof(float), "measures", error);
    if (!ended->neurons || !ended->activations || !ended->numbers ||
        sentences_new(&ended->starts, chunk->count, (int)T, error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        ended->neurons[i] = stage->plan->cases[chunk->cases[i]].neuron;
        ended->starts.lengths[i] = chunk->lengths[i];
        memcpy(ended->starts.ids + i * T, stage->starts.ids + (size_t)chunk->sentences[i] * T, T * sizeof(int));
    }
    return text_chunk_decode(chunk, chunk->trajectory.final, &ended->decoded, error);
}

/* Reduced activations of `sentences` into numbers; token by token into `kept` (count, T) where it is not NULL. */
static int activate(Ended *ended, const Sentences *sentences, float *kept, Error *error) {
    size_t T = (size_t)sentences->tokens, count = (size_t)sentences->count;
    float *activations = kept ? kept : memory_new(count * T, sizeof *activations, "activations", error);
    if (!activations) return -1;
    int failed = text_measures_activations(&ended->measures, sentences, ended->neurons, activations, error);
    for (size_t i = 0; !failed && i < count; i++)
        ended->numbers[i] = reduce_activations(activations + i * T, sentences->lengths[i], ended->reduce);
    if (!kept) memory_free(activations);
    return failed;
}

static int measure_activations(Ended *ended, float *start_activations, float *activations, Error *error) {
    int count = ended->chunk->count;
    const Trajectory *trajectory = &ended->chunk->trajectory;
    if (activate(ended, &ended->starts, start_activations, error) != 0) return -1;
    for (int i = 0; i < count; i++) ended->dreams[i].hard_start = ended->numbers[i];
    if (activate(ended, &ended->decoded, activations, error) != 0) return -1;
    for (int i = 0; i < count; i++) {
        ended->dreams[i].hard = ended->numbers[i];
        ended->dreams[i].soft_start = trajectory->start_values[i];
        ended->dreams[i].soft = trajectory->final_values[i];
        ended->dreams[i].stopped = trajectory->stopped[i];
    }
    Sentences again;
    int context = ended->stage->model->network.shape.context;
    if (sentences_round_trip(&ended->decoded, ended->stage->model->folder.tokenizer, context, &again, error) != 0)
        return -1;
    int failed = activate(ended, &again, NULL, error);
    for (int i = 0; !failed && i < count; i++) ended->dreams[i].round_trip = ended->numbers[i];
    sentences_free(&again);
    return failed;
}

static int measure_losses(Ended *ended, Error *error) {
    if (text_measures_losses(&ended->measures, &ended->decoded, ended->numbers, error) != 0) return -1;
    for (int i = 0; i < ended->chunk->count; i++) {
        ended->dreams[i].loss = ended->numbers[i];
        ended->dreams[i].start_loss = ended->stage->start_losses[ended->chunk->sentences[i]];
    }
    return 0;
}

/* What is known without the model. */
static void count_tokens(Ended *ended, int i) {
    const TextCase *a_case = &ended->stage->plan->cases[ended->chunk->cases[i]];
    size_t at = (size_t)i * (size_t)ended->starts.tokens;
    int length = ended->starts.lengths[i], changed = 0, counted = 0;
    for (int t = 0; t < length; t++) {
        int id = ended->decoded.ids[at + (size_t)t];
        changed += id != ended->starts.ids[at + (size_t)t];
        counted += id == a_case->count_tokens[0] || id == a_case->count_tokens[1];
    }
    size_t number = (size_t)ended->chunk->cases[i], cases = (size_t)ended->stage->plan->case_count;
    ended->dreams[i].reference = ended->stage->strongest[number];
    ended->dreams[i].reference_token = ended->stage->strongest[cases + number];
    ended->dreams[i].changed = (float)changed / (float)length;
    ended->dreams[i].counted = counted;
}

static int measure_distance(Ended *ended, int i, Error *error) {
    const TextStage *stage = ended->stage;
    size_t T = (size_t)stage->starts.tokens, C = (size_t)stage->model->network.shape.width;
    int length = ended->starts.lengths[i];
    float *squares = memory_new(T, sizeof *squares, "distances", error);
    int *ids = memory_new(T, sizeof *ids, "nearest tokens", error);
    int failed = squares && ids ? 0 : -1;
    if (!failed)
        failed = embedding_table_nearest((EmbeddingTable *)&stage->table,
                                         ended->chunk->trajectory.final + (size_t)i * T * C, (size_t)length, 1, ids,
                                         squares, error);
    double sum = 0;
    for (int t = 0; !failed && t < length; t++) sum += sqrt((double)squares[t]);
    ended->dreams[i].distance = (float)(sum / length);
    memory_free(squares);
    memory_free(ids);
    return failed;
}

int text_dreams_measure(const TextChunk *chunk, int first, TextArmResult *result, Error *error) {
    Ended ended;
    size_t T = (size_t)chunk->stage->starts.tokens, at = (size_t)first * T;
    int failed = ended_open(&ended, chunk, result->dreams + first, error);
    if (!failed)
        failed = measure_activations(&ended, result->start_activations + at, result->activations + at, error);
    if (!failed) failed = measure_losses(&ended, error);
    for (int i = 0; !failed && i < chunk->count; i++) {
        count_tokens(&ended, i);
        failed = measure_distance(&ended, i, error);
    }
    if (!failed) {
        memcpy(result->decoded.ids + at, ended.decoded.ids, (size_t)chunk->count * T * sizeof(int));
        memcpy(result->decoded.lengths + first, ended.decoded.lengths, (size_t)chunk->count * sizeof(int));
    }
    ended_close(&ended);
    return failed;
}
