/* held_out.h: how well a language model predicts books that it was not trained on. */
#ifndef LATENT_DREAM_TEXT_HELD_OUT_H
#define LATENT_DREAM_TEXT_HELD_OUT_H

#include "base/progress.h"
#include "text/corpus.h"
#include "text/training.h"

typedef struct HeldOut {
    double nats;        // sum of -log p over the predicted tokens
    size_t tokens;      // predicted
    size_t characters;  // of the whole books; 0 where only a part was read
} HeldOut;

double held_out_nats_per_token(const HeldOut *held_out);
/* NAN where only a part was read. */
double held_out_nats_per_character(const HeldOut *held_out);

/* `windows` stretches of T tokens, spread evenly over the books, B at a time; each token sees what stands before it
 * in its stretch. What training shows now and then. */
int held_out_sample(TextTrainer *trainer, const CorpusPart *part, int B, int T, int windows, HeldOut *held_out,
                    Error *error);

/* Every token of every book once, T / 2 at a time behind the T / 2 before them, so that each sees at least half a
 * context (the first T tokens excepted). The marks between books are read but not predicted. */
int held_out_measure(TextTrainer *trainer, const CorpusPart *part, int end_of_text, int B, int T, Progress *progress,
                     HeldOut *held_out, Error *error);

#endif
