#include "text/text_arm.h"

#include "base/memory.h"
#include "text/text_chunk.h"
#include "text/text_dreams.h"

#include <math.h>
#include <string.h>

void text_arm_close(TextArmResult *result) {
    memory_free(result->dreams);
    sentences_free(&result->decoded);
    memory_free(result->start_activations);
    memory_free(result->activations);
    trajectory_close(&result->curves);
    memory_free(result->hard_sum);
    memory_free(result->hard);
    memset(result, 0, sizeof *result);
}

static int sentences_of(const TextStage *stage, const TextArm *arm) {
    return arm->restarts < stage->starts.count ? arm->restarts : stage->starts.count;
}

static int result_open(const TextStage *stage, const TextArm *arm, TextArmResult *result, Error *error) {
    memset(result, 0, sizeof *result);
    int sentences = sentences_of(stage, arm);
    result->count = arm->case_count * sentences;
    result->reused = true;
    size_t count = (size_t)result->count, T = (size_t)stage->starts.tokens, records = (size_t)arm->steps + 1;
    result->dreams = memory_new(count, sizeof *result->dreams, "dreams", error);
    result->start_activations = memory_new(count * T, sizeof(float), "activations", error);
    result->activations = memory_new(count * T, sizeof(float), "activations", error);
    result->hard_sum = memory_new(records, sizeof(double), "hard values", error);
    result->hard = memory_new(records, sizeof(float), "hard values", error);
    if (!result->dreams || !result->start_activations || !result->activations || !result->hard_sum || !result->hard)
        return -1;
    for (size_t step = 0; step < records; step++) result->hard_sum[step] = NAN;
    for (int i = 0; i < result->count; i++) {
        result->dreams[i].number = arm->cases[i / sentences];
        result->dreams[i].sentence = i % sentences;
    }
    if (sentences_new(&result->decoded, result->count, (int)T, error) != 0 ||
        trajectory_open(&result->curves, result->count, arm->steps, 0, 0, error) != 0)
        return -1;
    if (arm->l2 > 0 && trajectory_add_regularizer(&result->curves, "l2", error) != 0) return -1;
    return arm->fluency > 0 ? trajectory_add_regularizer(&result->curves, "fluency", error) : 0;
}

/* ---- chunks */

static bool run_together(const TextArm *arm, const TextCase *a, const TextCase *b) {
    return a->layer == b->layer && a->site == b->site && a->reduce == b->reduce &&
           text_plan_squash(arm, a) == text_plan_squash(arm, b);
}

/* How many dreams from `first` on run together: those at one site, in whole batches, as long as what the chunk keeps
 * of their paths stays below a limit. */
static int chunk_size(const TextStage *stage, const TextArm *arm, const TextArmResult *result, int first) {
    static const double LIMIT = 128e6;
    const TextCase *cases = stage->plan->cases;
    int count = 1;
    while (first + count < result->count &&
           run_together(arm, &cases[result->dreams[first].number], &cases[result->dreams[first + count].number]))
        count++;
    double kept = arm->hard_every > 0 ? (double)(arm->steps / arm->hard_every + 1) : 1;
    double bytes = kept * stage->starts.tokens * stage->model->network.shape.width * (double)sizeof(float);
    double batches = floor(LIMIT / bytes / arm->batch);
    if (batches < 1) batches = 1;
    return batches * arm->batch < count ? (int)(batches * arm->batch) : count;
}

/* The chunk's columns of the arm's curves. */
static void take_curves(const TextChunk *chunk, int first, TextArmResult *result) {
    const Trajectory *from = &chunk->trajectory;
    Trajectory *to = &result->curves;
    size_t count = (size_t)chunk->count, all = (size_t)to->restarts;
    for (size_t step = 0; step <= (size_t)from->steps; step++) {
        size_t at = step * all + (size_t)first, bytes = count * sizeof(float);
        memcpy(to->values + at, from->values + step * count, bytes);
        memcpy(to->squashed + at, from->squashed + step * count, bytes);
        for (int k = 0; k < to->regularizers; k++)
            memcpy(to->penalties[k] + at, from->penalties[k] + step * count, bytes);
    }
    memcpy(to->stopped + first, from->stopped, count * sizeof *to->stopped);
}

static void add_hard(TextArmResult *result, long step, float value) {
    double *sum = &result->hard_sum[step];
    *sum = (isnan(*sum) ? 0 : *sum) + (double)value;
}

/* Hard values along the path; those of the last step come from the dreams themselves. */
static void take_hard(const TextChunk *chunk, int first, TextArmResult *result) {
    long steps = chunk->arm->steps;
    for (int i = 0; i < chunk->count; i++) {
        const TextDream *dream = &result->dreams[first + i];
        for (long k = 0; k < chunk->hard_count && k * chunk->arm->hard_every < steps; k++)
            add_hard(result, k * chunk->arm->hard_every, chunk->hard[k * chunk->count + i]);
        if (chunk->hard_count == 0 && steps > 0) add_hard(result, 0, dream->hard_start);
        add_hard(result, steps, dream->hard);
    }
}

static int run_chunk(const TextStage *stage, const TextArm *arm, TextArmResult *result, int first, int count,
                     int number, Error *error) {
    int *lists = memory_new(2 * (size_t)count, sizeof *lists, "a chunk of dreams", error);
    if (!lists) return -1;
    for (int i = 0; i < count; i++) {
        lists[i] = result->dreams[first + i].number;
        lists[count + i] = result->dreams[first + i].sentence;
    }
    TextChunk chunk = {
        .stage = stage, .arm = arm, .number = number, .count = count, .cases = lists, .sentences = lists + count};
    int failed = text_chunk_run(&chunk, error);
    if (!failed) failed = text_dreams_measure(&chunk, first, result, error);
    if (!failed) {
        take_curves(&chunk, first, result);
        take_hard(&chunk, first, result);
        result->reused = result->reused && chunk.reused;
    }
    text_chunk_close(&chunk);
    memory_free(lists);
    return failed;
}

int text_arm_run(const TextStage *stage, const TextArm *arm, TextArmResult *result, Error *error) {
    if (result_open(stage, arm, result, error) != 0) return -1;
    for (int first = 0, number = 0, count; first < result->count; first += count, number++) {
        if (run_check_interrupt(stage->run, error) != 0) return -1;
        count = chunk_size(stage, arm, result, first);
        if (run_chunk(stage, arm, result, first, count, number, error) != 0) return -1;
    }
    for (long step = 0; step <= arm->steps; step++)
        result->hard[step] = (float)(result->hard_sum[step] / result->count);
    return 0;
}
