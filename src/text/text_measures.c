#include "text/text_measures.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { MEASURE_BATCH = 16 };

/* Sentences on their way through a pass, MEASURE_BATCH at a time, the shortest first, so that little is padding. */
typedef struct Reading {
    const TextMeasures *measures;
    const Sentences *sentences;
    TextPass *pass;
    int batch;
    int *order;          // (count) sentences by length
    int *ids;            // (batch, T)
    float *x;            // (batch, T, C)
    int next, count, T;  // the batch that was read: order[next - count] to order[next - 1], padded to T
    int lengths[MEASURE_BATCH];
} Reading;

static void reading_close(Reading *reading) {
    text_pass_free(reading->pass);
    memory_free(reading->order);
    memory_free(reading->ids);
    memory_free(reading->x);
}

/* Counting sort: equal lengths stay in order. */
static void sort_by_length(Reading *reading) {
    const Sentences *sentences = reading->sentences;
    int n = 0;
    for (int length = 0; length <= sentences->tokens; length++)
        for (int i = 0; i < sentences->count; i++)
            if (sentences->lengths[i] == length) reading->order[n++] = i;
}

static int reading_open(Reading *reading, const TextMeasures *measures, const Sentences *sentences, int layer,
                        TextSite site, Error *error) {
    *reading = (Reading){.measures = measures,
                         .sentences = sentences,
                         .batch = sentences->count < MEASURE_BATCH ? sentences->count : MEASURE_BATCH};
    TextPassSettings settings = {.batch = reading->batch,
                                 .positions = sentences->tokens,
                                 .layer = layer,
                                 .site = site,
                                 .split_sites = site == TEXT_SITE_ATTN_OUT || site == TEXT_SITE_MLP_OUT,
                                 .precision = measures->precision};
    size_t rows = (size_t)reading->batch * (size_t)sentences->tokens, C = (size_t)measures->network->shape.width;
    reading->pass = text_pass_new(measures->network, &settings, error);
    reading->order = memory_new((size_t)sentences->count, sizeof(int), "sentences", error);
    reading->ids = memory_new(rows, sizeof(int), "sentences", error);
    reading->x = memory_new(rows * C, sizeof(float), "embeddings", error);
    if (!reading->pass || !reading->order || !reading->ids || !reading->x) return reading_close(reading), -1;
    sort_by_length(reading);
    return 0;
}

/* Embeds the next batch: 1, or 0 when there is none left, or -1. */
static int read_batch(Reading *reading, Error *error) {
    const Sentences *sentences = reading->sentences;
    int left = sentences->count - reading->next;
    if (left == 0) return 0;
    reading->count = left < reading->batch ? left : reading->batch;
    reading->next += reading->count;
    const int *batch = reading->order + reading->next - reading->count;
    reading->T = sentences->lengths[batch[reading->count - 1]];
    for (int i = 0; i < reading->count; i++) {
        reading->lengths[i] = sentences->lengths[batch[i]];
        memcpy(reading->ids + (size_t)i * (size_t)reading->T,
               sentences->ids + (size_t)batch[i] * (size_t)sentences->tokens, (size_t)reading->T * sizeof(int));
    }
    size_t rows = (size_t)reading->count * (size_t)reading->T;
    return text_network_embed(reading->measures->network, reading->ids, rows, reading->x, error) == 0 ? 1 : -1;
}

/* The number of the i-th sentence of the batch. */
static int sentence_of(const Reading *reading, int i) { return reading->order[reading->next - reading->count + i]; }

/* The same, through the pass: *site = its activations (count, T, width). */
static int read_site(Reading *reading, const float **site, Error *error) {
    int got = read_batch(reading, error);
    if (got <= 0) return got;
    if (text_pass_forward(reading->pass, reading->x, reading->count, reading->T, reading->lengths, error) != 0)
        return -1;
    *site = text_pass_site(reading->pass, reading->measures->layer, reading->measures->site);
    return 1;
}

int text_measures_activations(const TextMeasures *measures, const Sentences *sentences, const int *neurons,
                              float *activations, Error *error) {
    size_t T = (size_t)sentences->tokens, width = (size_t)text_site_width(&measures->network->shape, measures->site);
    Reading reading;
    if (reading_open(&reading, measures, sentences, measures->layer, measures->site, error) != 0) return -1;
    memset(activations, 0, (size_t)sentences->count * T * sizeof *activations);
    const float *site;
    int got;
    while ((got = read_site(&reading, &site, error)) > 0) {
        for (int i = 0; i < reading.count; i++) {
            int sentence = sentence_of(&reading, i);
            const float *from = site + (size_t)i * (size_t)reading.T * width + (size_t)neurons[sentence];
            for (size_t t = 0; t < (size_t)reading.lengths[i]; t++)
                activations[(size_t)sentence * T + t] = from[t * width];
        }
    }
    reading_close(&reading);
    return got;
}

float reduce_activations(const float *activations, int length, Reduce reduce) {
    if (reduce == REDUCE_LAST) return activations[length - 1];
    double sum = 0;
    float largest = -INFINITY;
    for (int t = 0; t < length; t++) {
        sum += (double)activations[t];
        if (activations[t] > largest) largest = activations[t];
    }
    return reduce == REDUCE_MAX ? largest : (float)(sum / length);
}

/* One sentence's activations (T, width) into the strongest of each neuron. */
static void take_strongest(const float *site, size_t width, int length, const int *neurons, int count, Reduce reduce,
                           float *row, float *reduced, float *token) {
    for (int n = 0; n < count; n++) {
        for (size_t t = 0; t < (size_t)length; t++) row[t] = site[t * width + (size_t)neurons[n]];
        reduced[n] = fmaxf(reduced[n], reduce_activations(row, length, reduce));
        token[n] = fmaxf(token[n], reduce_activations(row, length, REDUCE_MAX));
    }
}

int text_measures_strongest(const TextMeasures *measures, const Sentences *sentences, const int *neurons, int count,
                            Reduce reduce, float *reduced, float *token, Error *error) {
    size_t width = (size_t)text_site_width(&measures->network->shape, measures->site);
    Reading reading;
    float *row = memory_new((size_t)sentences->tokens, sizeof *row, "activations", error);
    if (!row || reading_open(&reading, measures, sentences, measures->layer, measures->site, error) != 0)
        return memory_free(row), -1;
    for (int n = 0; n < count; n++) reduced[n] = token[n] = -INFINITY;
    const float *site;
    int got;
    while ((got = read_site(&reading, &site, error)) > 0)
        for (int i = 0; i < reading.count; i++)
            take_strongest(site + (size_t)i * (size_t)reading.T * width, width, reading.lengths[i], neurons, count,
                           reduce, row, reduced, token);
    reading_close(&reading);
    memory_free(row);
    return got;
}

int text_measures_losses(const TextMeasures *measures, const Sentences *sentences, float *losses, Error *error) {
    Reading reading;
    if (reading_open(&reading, measures, sentences, measures->network->shape.layers - 1, TEXT_SITE_RESID_POST,
                     error) != 0)
        return -1;
    TextHead *head = text_head_new(measures->network, measures->precision, error);
    int got = head ? 1 : -1;
    while (got > 0 && (got = read_batch(&reading, error)) > 0) {
        float batch[MEASURE_BATCH];
        if (text_language_loss(reading.pass, head, reading.x, reading.count, reading.T, reading.lengths, reading.ids,
                               batch, NULL, NULL, error) != 0)
            got = -1;
        for (int i = 0; got > 0 && i < reading.count; i++)
            losses[sentence_of(&reading, i)] = reading.lengths[i] < 2 ? NAN : batch[i];
    }
    text_head_free(head);
    reading_close(&reading);
    return got;
}
