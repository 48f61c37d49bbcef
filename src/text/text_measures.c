#include "text/text_measures.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { MEASURE_BATCH = 16 };

/* Sentences on their way through a pass, MEASURE_BATCH at a time. */
typedef struct Reading {
    TextPass *pass;
    float *x;  // (batch, T, C)
    int batch;
} Reading;

static void reading_close(Reading *reading) {
    text_pass_free(reading->pass);
    memory_free(reading->x);
}

static int reading_open(Reading *reading, const TextMeasures *measures, const Sentences *sentences, int layer,
                        TextSite site, Error *error) {
    *reading = (Reading){.batch = sentences->count < MEASURE_BATCH ? sentences->count : MEASURE_BATCH};
    TextPassSettings settings = {.batch = reading->batch,
                                 .positions = sentences->tokens,
                                 .layer = layer,
                                 .site = site,
                                 .split_sites = site == TEXT_SITE_ATTN_OUT || site == TEXT_SITE_MLP_OUT,
                                 .precision = measures->precision};
    reading->pass = text_pass_new(measures->network, &settings, error);
    size_t C = (size_t)measures->network->shape.width;
    reading->x =
        memory_new((size_t)reading->batch * (size_t)sentences->tokens * C, sizeof(float), "embeddings", error);
    if (reading->pass && reading->x) return 0;
    reading_close(reading);
    return -1;
}

/* Embeds sentences first, first + 1, ...; *count says how many fit. */
static int read_embeddings(Reading *reading, const TextMeasures *measures, const Sentences *sentences, int first,
                           int *count, Error *error) {
    size_t T = (size_t)sentences->tokens;
    *count = sentences->count - first < reading->batch ? sentences->count - first : reading->batch;
    return text_network_embed(measures->network, sentences->ids + (size_t)first * T, (size_t)*count * T, reading->x,
                              error);
}

/* The site's activations of the next sentences, (count, T, width); NULL on an error. */
static const float *read_site(Reading *reading, const TextMeasures *measures, const Sentences *sentences, int first,
                              int *count, Error *error) {
    if (read_embeddings(reading, measures, sentences, first, count, error) != 0 ||
        text_pass_forward(reading->pass, reading->x, *count, sentences->tokens, sentences->lengths + first, error) !=
            0)
        return NULL;
    return text_pass_site(reading->pass, measures->layer, measures->site);
}

int text_measures_activations(const TextMeasures *measures, const Sentences *sentences, const int *neurons,
                              float *activations, Error *error) {
    size_t T = (size_t)sentences->tokens, width = (size_t)text_site_width(&measures->network->shape, measures->site);
    Reading reading;
    if (reading_open(&reading, measures, sentences, measures->layer, measures->site, error) != 0) return -1;
    memset(activations, 0, (size_t)sentences->count * T * sizeof *activations);
    int failed = 0, count;
    for (int first = 0; !failed && first < sentences->count; first += reading.batch) {
        const float *site = read_site(&reading, measures, sentences, first, &count, error);
        failed = site ? 0 : -1;
        for (size_t i = 0; !failed && i < (size_t)count; i++)
            for (size_t t = 0; t < (size_t)sentences->lengths[first + (int)i]; t++)
                activations[((size_t)first + i) * T + t] =
                    site[(i * T + t) * width + (size_t)neurons[first + (int)i]];
    }
    reading_close(&reading);
    return failed;
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

int text_measures_strongest(const TextMeasures *measures, const Sentences *sentences, const int *neurons, int count,
                            Reduce reduce, float *reduced, float *token, Error *error) {
    size_t T = (size_t)sentences->tokens, width = (size_t)text_site_width(&measures->network->shape, measures->site);
    Reading reading;
    float *row = memory_new(T, sizeof *row, "activations", error);
    if (!row || reading_open(&reading, measures, sentences, measures->layer, measures->site, error) != 0)
        return memory_free(row), -1;
    for (int n = 0; n < count; n++) reduced[n] = token[n] = -INFINITY;
    int failed = 0, got;
    for (int first = 0; !failed && first < sentences->count; first += reading.batch) {
        const float *site = read_site(&reading, measures, sentences, first, &got, error);
        failed = site ? 0 : -1;
        for (int i = 0; !failed && i < got; i++) {
            for (int n = 0; n < count; n++) {
                int length = sentences->lengths[first + i];
                for (size_t t = 0; t < (size_t)length; t++)
                    row[t] = site[((size_t)i * T + t) * width + (size_t)neurons[n]];
                reduced[n] = fmaxf(reduced[n], reduce_activations(row, length, reduce));
                token[n] = fmaxf(token[n], reduce_activations(row, length, REDUCE_MAX));
            }
        }
    }
    reading_close(&reading);
    memory_free(row);
    return failed;
}

int text_measures_losses(const TextMeasures *measures, const Sentences *sentences, float *losses, Error *error) {
    int last = measures->network->shape.layers - 1, T = sentences->tokens;
    Reading reading;
    if (reading_open(&reading, measures, sentences, last, TEXT_SITE_RESID_POST, error) != 0) return -1;
    TextHead *head = text_head_new(measures->network, measures->precision, error);
    int failed = head ? 0 : -1, count;
    for (int first = 0; !failed && first < sentences->count; first += reading.batch) {
        failed = read_embeddings(&reading, measures, sentences, first, &count, error);
        if (!failed)
            failed =
                text_language_loss(reading.pass, head, reading.x, count, T, sentences->lengths + first,
                                   sentences->ids + (size_t)first * (size_t)T, losses + first, NULL, NULL, error);
    }
    for (int i = 0; !failed && i < sentences->count; i++)
        if (sentences->lengths[i] < 2) losses[i] = NAN;
    text_head_free(head);
    reading_close(&reading);
    return failed;
}
