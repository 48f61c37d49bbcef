/* The figures of real images that dreams are held against. */
#include "image/image_measures.h"

#include "base/memory.h"
#include "image/image_activations.h"

#include <stdlib.h>
#include <string.h>

static int compare_floats(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static int open_activations(ImageReal *real, const ImagePlan *plan, Error *error) {
    const Digits *digits = &plan->data.digits;
    size_t count = (size_t)plan->target_count * digits->count;
    float *images = memory_new(digits->count * digits->pixels, sizeof *images, "images", error);
    real->activations = memory_new(count, sizeof(float), "activations of real images", error);
    real->sorted = memory_new(count, sizeof(float), "activations of real images", error);
    real->strongest = memory_new((size_t)plan->target_count, sizeof(double), "activations of real images", error);
    int status = images && real->activations && real->sorted && real->strongest ? 0 : -1;
    if (status == 0) {
        digits_floats(digits, NULL, digits->count, images);
        status =
            image_activations(plan->targets, plan->target_count, images, digits->count, real->activations, error);
    }
    memory_free(images);
    if (status != 0) return -1;
    memcpy(real->sorted, real->activations, count * sizeof(float));
    size_t hundredth = digits->count / 100 ? digits->count / 100 : 1;
    for (int t = 0; t < plan->target_count; t++) {
        float *sorted = real->sorted + (size_t)t * digits->count;
        qsort(sorted, digits->count, sizeof(float), compare_floats);
        for (size_t i = digits->count - hundredth; i < digits->count; i++)
            real->strongest[t] += (double)sorted[i] / (double)hundredth;
    }
    return 0;
}

int image_real_open(ImageReal *real, const ImagePlan *plan, Error *error) {
    const ImageData *data = &plan->data;
    *real = (ImageReal){.pixels = data->digits.pixels};
    real->held_out = memory_new(data->held_out_count * real->pixels, sizeof(float), "held-out images", error);
    real->nearest = memory_new(data->held_out_count, sizeof(double), "held-out images", error);
    if (!real->held_out || !real->nearest) return -1;
    digits_floats(&data->digits, data->held_out, data->held_out_count, real->held_out);
    if (open_activations(real, plan, error) != 0) return -1;
    if (!plan->judge) return 0;
    return judgment_open(&real->judgment, plan->judge->network, plan->judge->feature_layer, real->held_out,
                         data->held_out_count, error);
}

void image_real_close(ImageReal *real) {
    memory_free(real->held_out);
    memory_free(real->activations);
    memory_free(real->sorted);
    memory_free(real->strongest);
    memory_free(real->taught);
    memory_free(real->nearest);
    judgment_close(&real->judgment);
    *real = (ImageReal){0};
}
