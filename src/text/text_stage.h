/* text_stage.h: what all arms of a text experiment share: the model, the sentences, what is known of them. */
#ifndef LATENT_DREAM_TEXT_TEXT_STAGE_H
#define LATENT_DREAM_TEXT_TEXT_STAGE_H

#include "base/run.h"
#include "config/config.h"
#include "text/decode.h"
#include "text/language_model.h"
#include "text/sentences.h"
#include "text/text_plan.h"

typedef struct TextStage {
    const Config *config;  // borrowed
    LanguageModel *model;  // borrowed
    const TextPlan *plan;  // borrowed
    Run *run;              // borrowed
    Precision precision;
    EmbeddingTable table;
    Sentences starts, reference;
    float *strongest;      // (2, cases) the most that a reference sentence, and a token in one, reaches
    float *start_losses;   // (starts.count) nats a token; NAN for a sentence of one token
    float token_spacing;   // mean distance of a starting token to the nearest other token
    uint64_t fingerprint;  // of model, sentences, precision, threads
} TextStage;

/* Reads and checks the sentences of [sentences]; runs the model only after all is checked. */
int text_stage_open(TextStage *stage, const Config *config, LanguageModel *model, const TextPlan *plan, Run *run,
                    Error *error);
/* Only reads and checks them: each file of [sentences] that is absent, empty, or holds a sentence that is empty or
 * longer than the context is appended to `problems`, with the line that names it. */
void text_stage_check(const Config *config, Tokenizer *tokenizer, int context, ConfigProblems *problems);
void text_stage_close(TextStage *stage);

#endif
