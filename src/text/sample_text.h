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

/* Appends settings->count tokens to `tokens`, which must hold at least one. Stops early before <|endoftext|>.
 *
 * What was computed of earlier tokens is kept (incremental_pass.h). The model sees all tokens as long as they fit
 * into its context; when it is full, it begins again with the last half of it, so that a token costs the same on
 * average however long the text gets. Of more tokens at the start than the context, it first sees the last ones that
 * fit.
 *
 * An error for a network that is not causal. Weights may change between calls (text_network_changed). */
int text_sample(TextNetwork *network, const SampleSettings *settings, int end_of_text, Random *random,
                TokenList *tokens, Error *error);

#endif
