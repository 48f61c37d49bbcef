#include "text/training_windows.h"

#include "base/memory.h"
#include "compute/random.h"

#include <string.h>

int training_windows_open(TrainingWindows *windows, const CorpusPart *part, int tokens, uint64_t seed, Error *error) {
    *windows = (TrainingWindows){.part = part, .tokens = tokens, .seed = seed, .epoch = -1};
    if (part->tokens < 2 * (size_t)tokens + 1)
        return error_set(error, "the corpus has %zu tokens to train on; sequences of %d tokens need at least %zu",
                         part->tokens, tokens, 2 * (size_t)tokens + 1);
    windows->count = (part->tokens - 1) / (size_t)tokens - 1;  // an offset below T always fits
    if (windows->count > UINT32_MAX) return error_set(error, "the corpus has too many tokens: %zu", part->tokens);
    windows->order = memory_new(windows->count, sizeof *windows->order, "the order of training windows", error);
    return windows->order ? 0 : -1;
}

void training_windows_close(TrainingWindows *windows) {
    memory_free(windows->order);
    windows->order = NULL;
}

static void begin_epoch(TrainingWindows *windows, long epoch) {
    Random random = random_stream_at(windows->seed, "training windows", (uint64_t)epoch);
    windows->epoch = epoch;
    windows->offset = random_below(&random, (uint32_t)windows->tokens);
    for (size_t i = 0; i < windows->count; i++) windows->order[i] = (uint32_t)i;
    random_shuffle(&random, windows->order, windows->count);
}

void training_windows_batch(TrainingWindows *windows, long step, int B, int *ids, int *targets) {
    size_t T = (size_t)windows->tokens;
    for (int b = 0; b < B; b++) {
        size_t number = (size_t)step * (size_t)B + (size_t)b;
        long epoch = (long)(number / windows->count);
        if (epoch != windows->epoch) begin_epoch(windows, epoch);
        const uint16_t *at = windows->part->ids + windows->offset + windows->order[number % windows->count] * T;
        for (size_t t = 0; t < T; t++) {
            ids[(size_t)b * T + t] = at[t];
            targets[(size_t)b * T + t] = at[t + 1];
        }
    }
}

double training_windows_epochs(const TrainingWindows *windows, long steps, int B) {
    return (double)steps * B / (double)windows->count;
}
