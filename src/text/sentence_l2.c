#include "base/memory.h"
#include "text/fluency.h"

typedef struct SentenceL2 {
    Regularizer base;
    const float *starts;
    const int *lengths;
    size_t width;
} SentenceL2;

static int sentence_l2_apply(Regularizer *regularizer, const float *values, const int *restarts, int batch,
                             float *penalties, float *gradient, Error *error) {
    (void)error;
    const SentenceL2 *l2 = (const SentenceL2 *)regularizer;
    for (int b = 0; b < batch; b++) {
        size_t row = (size_t)b * l2->base.size, restart = (size_t)restarts[b];
        size_t count = (size_t)l2->lengths[restart] * l2->width;
        const float *start = l2->starts + restart * l2->base.size;
        double sum = 0;
        float slope = 2 * l2->base.weight / (float)count;
        for (size_t i = 0; i < count; i++) {
            float away = values[row + i] - start[i];
            sum += (double)away * (double)away;
            gradient[row + i] += slope * away;
        }
        penalties[b] = (float)(sum / (double)count);
    }
    return 0;
}

static void sentence_l2_free(Regularizer *regularizer) { memory_free(regularizer); }

Regularizer *regularizer_sentence_l2(float weight, const float *starts, const int *lengths, int tokens, int width,
                                     Error *error) {
    SentenceL2 *l2 = memory_new(1, sizeof *l2, "a regularizer", error);
    if (!l2) return NULL;
    l2->base = (Regularizer){.name = "l2",
                             .domain = REGULARIZER_X,
                             .weight = weight,
                             .size = (size_t)tokens * (size_t)width,
                             .apply = sentence_l2_apply,
                             .free = sentence_l2_free};
    l2->starts = starts;
    l2->lengths = lengths;
    l2->width = (size_t)width;
    return &l2->base;
}
