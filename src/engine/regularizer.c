#include "engine/regularizer.h"

#include "base/memory.h"

void regularizer_free(Regularizer *regularizer) {
    if (regularizer) regularizer->free(regularizer);
}

typedef struct StartRegularizer {
    Regularizer regularizer;
    const float *starts;  // (restarts, size), borrowed
} StartRegularizer;

static int l2_start_apply(Regularizer *regularizer, const float *values, const int *restarts, int batch,
                          float *penalties, float *gradient, Error *error) {
    (void)error;
    size_t size = regularizer->size;
    float slope = 2.0f * regularizer->weight / (float)size;
    for (int b = 0; b < batch; b++) {
        const float *v = values + (size_t)b * size;
        const float *start = ((StartRegularizer *)regularizer)->starts + (size_t)restarts[b] * size;
        float *row = gradient + (size_t)b * size;
        double sum = 0;
        for (size_t i = 0; i < size; i++) {
            float difference = v[i] - start[i];
            sum += (double)difference * difference;
            row[i] += slope * difference;
        }
        penalties[b] = (float)(sum / (double)size);
    }
    return 0;
}

static void l2_start_free(Regularizer *regularizer) { memory_free(regularizer); }

Regularizer *regularizer_l2_start(RegularizerDomain domain, float weight, const float *starts, size_t size,
                                  Error *error) {
    StartRegularizer *made = memory_new(1, sizeof *made, "l2 regularizer", error);
    if (!made) return NULL;
    made->regularizer = (Regularizer){"l2", domain, weight, size, l2_start_apply, l2_start_free};
    made->starts = starts;
    return &made->regularizer;
}
