/* sample_text.h: what a language model writes when it goes on from some tokens. */
#ifndef LATENT_DREAM_TEXT_SAMPLE_TEXT_H
#define LATENT_DREAM_TEXT_SAMPLE_TEXT_H

#include "compute/random.h"
#include "text/network.h"
#include "text/tokenizer.h"

typedef struct SampleSettings {
    int count;          // tokens to write
    float temperature;  // 0: always the likeliest token
    int candidates;     // only the likeliest so many are drawn from (Fan et al. 2018, "top-k"); 0: all
} SampleSettings;

/* Appends settings->count tokens to `tokens`, which must hold at least one; the model sees at most its context. Stops
 * early before <|endoftext|>. */
int text_sample(TextNetwork *network, const SampleSettings *settings, int end_of_text, Random *random,
                TokenList *tokens, Error *error);

#endif
