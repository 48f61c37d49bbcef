/* sentences_read.h: dreams of sentences, as sentences/ARM.jsonl has them: one object a line, for instance
 *
 *     {"restart": 0, "target": "layer 5 neuron 2", "layer": 5, "neuron": 2,
 *      "start": "A fox ...", "start_tokens": ["A", " fox"], "start_ids": [32, 21831], "start_activations": [0.1,
 * 0.2], "dream": "...", "tokens": [...], "ids": [...], "activations": [...], "activation_soft": 9.6,
 * "activation_hard": 0.82, "perplexity": 88012}
 *
 * In texts and tokens a byte that is no part of a UTF-8 character is written \xE2, and a backslash is doubled
 * (text/text_results.h). Only start and dream must be there; every other number that measures.h knows is shown. */
#ifndef LATENT_DREAM_REPORT_SENTENCES_READ_H
#define LATENT_DREAM_REPORT_SENTENCES_READ_H

#include "base/error.h"

#include <cjson/cJSON.h>
#include <stddef.h>

enum { SENTENCES_SHOWN = 60 };

typedef struct SentenceDreams {
    cJSON *dreams[SENTENCES_SHOWN];
    size_t shown;
    size_t count;  // in the file
} SentenceDreams;

/* Reads a file and keeps at most SENTENCES_SHOWN dreams, spread evenly over it, so that arms with the same number of
 * dreams show the same ones. Freed with sentences_close, also when it failed. */
int sentences_open(SentenceDreams *sentences, const char *path, Error *error);
void sentences_close(SentenceDreams *sentences);

#endif
