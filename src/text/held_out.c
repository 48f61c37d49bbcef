#include "text/held_out.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

double held_out_nats_per_token(const HeldOut *held_out) { return held_out->nats / (double)held_out->tokens; }

double held_out_nats_per_character(const HeldOut *held_out) {
    return held_out->characters > 0 ? held_out->nats / (double)held_out->characters : NAN;
}

/* One batch of windows on its way into text_trainer_loss. */
typedef struct Windows {
    TextTrainer *trainer;
    const CorpusPart *part;
    int B, T;
    int filled;
    size_t counted;
    int *ids, *targets;  // (B, T)
} Windows;

static int windows_open(Windows *windows, TextTrainer *trainer, const CorpusPart *part, int B, int T, Error *error) {
    *windows = (Windows){.trainer = trainer, .part = part, .B = B, .T = T};
    size_t count = (size_t)B * (size_t)T;
    windows->ids = memory_new(count, sizeof(int), "held-out windows", error);
    windows->targets = memory_new(count, sizeof(int), "held-out windows", error);
    return windows->ids && windows->targets ? 0 : -1;
}

static void windows_close(Windows *windows) {
    memory_free(windows->ids);
    memory_free(windows->targets);
}

static int measure_filled(Windows *windows, HeldOut *held_out, Error *error) {
    if (windows->counted > 0) {
        double loss;
        if (text_trainer_loss(windows->trainer, windows->ids, windows->targets, windows->filled, windows->T, &loss,
                              error) != 0)
            return -1;
        held_out->nats += loss * (double)windows->counted;
        held_out->tokens += windows->counted;
    }
    windows->filled = 0;
    windows->counted = 0;
    return 0;
}

/* The window whose first token is part->ids[start]; targets before `from` (a place in the part) and `skip` are not
 * counted. */
static int add_window(Windows *windows, size_t start, size_t from, int skip, HeldOut *held_out, Error *error) {
    const uint16_t *at = windows->part->ids + start;
    int *ids = windows->ids + (size_t)windows->filled * (size_t)windows->T;
    int *targets = windows->targets + (size_t)windows->filled * (size_t)windows->T;
    for (size_t t = 0; t < (size_t)windows->T; t++) {
        ids[t] = at[t];
        bool counts = start + t + 1 >= from && at[t + 1] != skip;
        targets[t] = counts ? at[t + 1] : -1;
        windows->counted += counts;
    }
    return ++windows->filled == windows->B ? measure_filled(windows, held_out, error) : 0;
}

static int check_length(const CorpusPart *part, int T, Error *error) {
    if (part->tokens > (size_t)T) return 0;
    return error_set(error, "the held-out books have %zu tokens; sequences of %d tokens need at least %d",
                     part->tokens, T, T + 1);
}

int held_out_sample(TextTrainer *trainer, const CorpusPart *part, int B, int T, int count, HeldOut *held_out,
                    Error *error) {
    *held_out = (HeldOut){0};
    Windows windows;
    if (check_length(part, T, error) != 0) return -1;
    int failed = windows_open(&windows, trainer, part, B, T, error);
    size_t last = part->tokens - 1 - (size_t)T;
    for (int i = 0; !failed && i < count; i++) {
        size_t start = count > 1 ? (size_t)((double)last * i / (count - 1)) : 0;
        failed = add_window(&windows, start, 0, -1, held_out, error);
    }
    if (!failed) failed = measure_filled(&windows, held_out, error);
    windows_close(&windows);
    return failed;
}

int held_out_measure(TextTrainer *trainer, const CorpusPart *part, int end_of_text, int B, int T, Progress *progress,
                     HeldOut *held_out, Error *error) {
    *held_out = (HeldOut){0};
    Windows windows;
    if (check_length(part, T, error) != 0) return -1;
    int failed = windows_open(&windows, trainer, part, B, T, error);
    size_t last = part->tokens - 1 - (size_t)T, start = 0, from = 0;
    progress_start(progress, (long)part->tokens, "held-out books");
    while (!failed) {
        failed = add_window(&windows, start, from, end_of_text, held_out, error);
        from = start + (size_t)T + 1;
        progress_update(progress, (long)from, "%.3f nats a token", held_out_nats_per_token(held_out));
        if (start == last) break;
        start = start + (size_t)(T / 2) < last ? start + (size_t)(T / 2) : last;
    }
    if (!failed) failed = measure_filled(&windows, held_out, error);
    held_out->characters = part->characters;
    if (!failed) progress_finish(progress, "%.4f nats a token", held_out_nats_per_token(held_out));
    windows_close(&windows);
    return failed;
}
