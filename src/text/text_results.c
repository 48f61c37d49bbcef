/* The tables; the sentences are in text_results_jsonl.c. */
#include "text/text_results.h"

#include <math.h>

static const char *const NAMES[MEASURES] = {"activation_soft_start",
                                            "activation_soft",
                                            "start_activation",
                                            "activation_hard",
                                            "activation_round_trip",
                                            "activation_strongest",
                                            "activation_strongest_token",
                                            "start_perplexity",
                                            "perplexity",
                                            "tokens_changed",
                                            "nearest_token_distance",
                                            "nearest_token_distance_relative",
                                            "counted_tokens",
                                            "steps"};

const char *dream_measure_name(DreamMeasure measure) { return NAMES[measure]; }

/* A number whose mean can be taken. */
static double plain_number(const TextStage *stage, const TextDream *dream, DreamMeasure measure) {
    switch (measure) {
        case MEASURE_SOFT_START:
            return (double)dream->soft_start;
        case MEASURE_SOFT:
            return (double)dream->soft;
        case MEASURE_START:
            return (double)dream->hard_start;
        case MEASURE_HARD:
            return (double)dream->hard;
        case MEASURE_ROUND_TRIP:
            return (double)dream->round_trip;
        case MEASURE_STRONGEST:
            return (double)dream->reference;
        case MEASURE_STRONGEST_TOKEN:
            return (double)dream->reference_token;
        case MEASURE_START_PERPLEXITY:
            return (double)dream->start_loss;
        case MEASURE_PERPLEXITY:
            return (double)dream->loss;
        case MEASURE_CHANGED:
            return (double)dream->changed;
        case MEASURE_DISTANCE:
            return (double)dream->distance;
        case MEASURE_DISTANCE_RELATIVE:
            return (double)(dream->distance / stage->token_spacing);
        case MEASURE_COUNTED:
            return dream->counted;
        case MEASURE_STEPS:
            return (double)dream->stopped;
        case MEASURES:
            break;
    }
    return NAN;
}

static bool is_perplexity(DreamMeasure measure) {
    return measure == MEASURE_PERPLEXITY || measure == MEASURE_START_PERPLEXITY;
}

double dream_measure(const TextStage *stage, const TextDream *dreams, int count, DreamMeasure measure) {
    double sum = 0;
    int known = 0;
    for (int i = 0; i < count; i++) {
        double number = plain_number(stage, &dreams[i], measure);
        if (isnan(number)) continue;
        sum += number;
        known++;
    }
    if (known == 0) return NAN;
    if (measure == MEASURE_COUNTED) return sum;
    return is_perplexity(measure) ? exp(sum / known) : sum / known;
}

static int open_table(TsvWriter *table, const char *folder, const char *name, const char *const *first, size_t count,
                      Error *error) {
    const char *columns[8 + MEASURES + 1];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) columns[n++] = first[i];
    for (int m = 0; m < MEASURES; m++) columns[n++] = NAMES[m];
    columns[n] = NULL;
    char path[PATH_LIMIT];
    if (path_join(path, error, folder, "%s", name) != 0) return -1;
    return tsv_writer_open(table, path, columns, error);
}

int text_tables_open(TextTables *tables, const char *folder, Error *error) {
    static const char *const SUMMARY[] = {"arm", "dreams"};
    static const char *const TARGETS[] = {"arm", "target", "layer", "neuron", "site", "dreams"};
    if (open_table(&tables->summary, folder, "summary.tsv", SUMMARY, 2, error) != 0) return -1;
    if (open_table(&tables->targets, folder, "targets.tsv", TARGETS, 6, error) == 0) return 0;
    tsv_writer_discard(&tables->summary);
    return -1;
}

static void add_measures(TsvWriter *table, const TextStage *stage, const TextDream *dreams, int count) {
    for (int m = 0; m < MEASURES; m++) tsv_writer_number(table, dream_measure(stage, dreams, count, (DreamMeasure)m));
    tsv_writer_row(table);
}

void text_tables_add(TextTables *tables, const TextStage *stage, const TextArm *arm, const TextArmResult *result) {
    tsv_writer_text(&tables->summary, arm->name);
    tsv_writer_integer(&tables->summary, result->count);
    add_measures(&tables->summary, stage, result->dreams, result->count);
    int each = result->count / arm->case_count;
    for (int i = 0; i < arm->case_count; i++) {
        const TextCase *a_case = &stage->plan->cases[arm->cases[i]];
        tsv_writer_text(&tables->targets, arm->name);
        tsv_writer_text(&tables->targets, a_case->name);
        tsv_writer_integer(&tables->targets, a_case->layer);
        tsv_writer_integer(&tables->targets, a_case->neuron);
        tsv_writer_text(&tables->targets, text_site_name(a_case->site));
        tsv_writer_integer(&tables->targets, each);
        add_measures(&tables->targets, stage, result->dreams + (size_t)i * (size_t)each, each);
    }
}

int text_tables_close(TextTables *tables, Error *error) {
    if (tsv_writer_close(&tables->summary, error) != 0) return tsv_writer_discard(&tables->targets), -1;
    return tsv_writer_close(&tables->targets, error);
}

void text_tables_discard(TextTables *tables) {
    tsv_writer_discard(&tables->summary);
    tsv_writer_discard(&tables->targets);
}
