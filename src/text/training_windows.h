/* training_windows.h: which stretch of the books a training step reads.
 *
 * Training text is cut into windows of T + 1 tokens, T apart, from an offset that is drawn anew for each epoch; an
 * epoch takes every window once, in an order of its own. What step s reads follows from the seed and s alone, so a
 * resumed training reads what an uninterrupted one would have. */
#ifndef LATENT_DREAM_TEXT_TRAINING_WINDOWS_H
#define LATENT_DREAM_TEXT_TRAINING_WINDOWS_H

#include "base/error.h"
#include "text/corpus.h"

typedef struct TrainingWindows {
    const CorpusPart *part;  // borrowed
    int tokens;              // T
    uint64_t seed;
    size_t count;  // windows an epoch
    long epoch;    // whose order is in `order`; -1: none yet
    size_t offset;
    uint32_t *order;  // (count)
} TrainingWindows;

/* An error when the text is shorter than two windows. */
int training_windows_open(TrainingWindows *windows, const CorpusPart *part, int tokens, uint64_t seed, Error *error);
void training_windows_close(TrainingWindows *windows);

/* ids, targets (B, T) of step 0, 1, ...: targets are the ids one further on. */
void training_windows_batch(TrainingWindows *windows, long step, int B, int *ids, int *targets);
/* Passes over the text that are complete after `steps` steps, as a fraction. */
double training_windows_epochs(const TrainingWindows *windows, long steps, int B);

#endif
