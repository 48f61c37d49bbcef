/* text_results.h: the files of a text experiment.
 *
 * sentences/ARM.jsonl: one object a dream,
 *     {"restart": 0, "target": "layer5-neuron2", "layer": 5, "neuron": 2, "site": "mlp_post", "sentence": 1,
 *      "start": "A fox", "start_tokens": ["A", " fox"], "start_ids": [32, 812], "start_activations": [0.1, 0.2],
 *      "dream": ..., "tokens": [...], "ids": [...], "activations": [...],
 *      "activation_soft": 9.6, ...}
 * with every measure below by its name; a number that does not exist is null. In texts and tokens a byte that is no
 * part of a UTF-8 character is written \xE2 (a backslash, x, two hexadecimal digits) and a backslash is doubled, so
 * that nothing is lost; ids are exact.
 *
 * summary.tsv has a row an arm, targets.tsv a row an arm and target: means over dreams, except that perplexities are
 * the exponentials of mean losses, and counted_tokens is a sum. */
#ifndef LATENT_DREAM_TEXT_TEXT_RESULTS_H
#define LATENT_DREAM_TEXT_TEXT_RESULTS_H

#include "base/tsv.h"
#include "text/text_arm.h"

typedef enum DreamMeasure {
    MEASURE_SOFT_START,       // activation_soft_start: of the embeddings before the first step
    MEASURE_SOFT,             // activation_soft: of the dreamed embeddings
    MEASURE_START,            // start_activation: of the starting sentence
    MEASURE_HARD,             // activation_hard: of the decoded tokens
    MEASURE_ROUND_TRIP,       // activation_round_trip: of the text they spell, tokenized afresh
    MEASURE_STRONGEST,        // activation_strongest: the most of any reference sentence
    MEASURE_STRONGEST_TOKEN,  // activation_strongest_token: the most of any token in them
    MEASURE_START_PERPLEXITY,
    MEASURE_PERPLEXITY,         // perplexity: of the decoded tokens under the model
    MEASURE_CHANGED,            // tokens_changed: share
    MEASURE_DISTANCE,           // nearest_token_distance: mean Euclidean distance of an embedding to a real token
    MEASURE_DISTANCE_RELATIVE,  // nearest_token_distance_relative: the same, in distances between neighboring tokens
    MEASURE_COUNTED,            // counted_tokens: how many decoded tokens are the target's count_token
    MEASURE_STEPS,              // steps: until it no longer moved
    MEASURES,
} DreamMeasure;

const char *dream_measure_name(DreamMeasure measure);

/* One dream's number, or the mean of several. */
double dream_measure(const TextStage *stage, const TextDream *dreams, int count, DreamMeasure measure);

int text_results_write_sentences(const TextStage *stage, const TextArm *arm, const TextArmResult *result,
                                 Error *error);

/* Two tables on their way. */
typedef struct TextTables {
    TsvWriter summary, targets;
} TextTables;

int text_tables_open(TextTables *tables, const char *folder, Error *error);
void text_tables_add(TextTables *tables, const TextStage *stage, const TextArm *arm, const TextArmResult *result);
int text_tables_close(TextTables *tables, Error *error);
void text_tables_discard(TextTables *tables);

#endif
