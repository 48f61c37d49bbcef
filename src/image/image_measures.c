#include "image/image_measures.h"

#include "base/memory.h"
#include "image/frechet.h"
#include "image/nearest.h"

#include <math.h>
#include <string.h>

/* The images of `pool` (indices of plan->data.digits, ascending) that a target's dreams are held against, at most
 * `limit` of them, into found; returns how many. */
static size_t choose_reference(const ImagePlan *plan, const ImageReal *real, int target, const uint32_t *pool,
                               size_t pool_count, uint32_t *found, size_t limit) {
    const Digits *digits = &plan->data.digits;
    int class = plan->targets[target].class;
    const float *activations = real->activations + (size_t)target * digits->count;
    float threshold = real->sorted[(size_t)target * digits->count + digits->count - 1 - digits->count / 10];
    size_t count = 0;
    for (size_t i = 0; i < pool_count && count < limit; i++) {
        bool fits = class >= 0 ? digits->labels[pool[i]] == class : activations[pool[i]] > threshold;
        if (fits) found[count++] = pool[i];
    }
    return count;
}

/* Loads the training images of the arm's teacher, and the held-out images' distances to them. */
static int learn_from(ImageReal *real, const ImagePlan *plan, const ImageArm *arm, Error *error) {
    const ImageNetwork *teacher = image_plan_teacher(plan, arm);
    if (!teacher || (real->teacher && real->teacher->train == teacher->train)) return 0;
    memory_free(real->taught);
    real->taught = memory_new(teacher->trained_count * real->pixels, sizeof(float), "training images", error);
    if (!real->taught) return -1;
    real->teacher = teacher;
    real->taught_count = teacher->trained_count;
    digits_floats(&plan->data.digits, teacher->trained_on, teacher->trained_count, real->taught);
    return nearest_find(real->held_out, plan->data.held_out_count, real->taught, real->taught_count, real->pixels,
                        real->nearest, NULL, error);
}

/* Everything at hand for one arm. */
typedef struct Bench {
    const ImageDreams *dreams;
    const ImagePlan *plan;
    const ImageReal *real;
    Judgment judgment;  // of the dreams
    double *nearest;    // (count) of the dreams
    uint32_t *found;    // a reference's indices
    float *images;      // its images
    float *features;    // its features
    float *taught_features;
} Bench;

static void bench_close(Bench *bench) {
    judgment_close(&bench->judgment);
    memory_free(bench->nearest);
    memory_free(bench->found);
    memory_free(bench->images);
    memory_free(bench->features);
    memory_free(bench->taught_features);
}

static int bench_open(Bench *bench, const ImageDreams *dreams, const ImagePlan *plan, ImageReal *real, Error *error) {
    *bench = (Bench){.dreams = dreams, .plan = plan, .real = real};
    size_t count = (size_t)dreams->count, held_out = plan->data.held_out_count;
    size_t most = held_out > (size_t)dreams->restarts ? held_out : (size_t)dreams->restarts;
    if (learn_from(real, plan, dreams->arm, error) != 0) return -1;
    bench->nearest = memory_new(count, sizeof(double), "measures", error);
    bench->found = memory_new(most, sizeof(uint32_t), "measures", error);
    bench->images = memory_new(most * real->pixels, sizeof(float), "measures", error);
    if (!bench->nearest || !bench->found || !bench->images) return -1;
    if (real->teacher && nearest_find(dreams->dream_images, count, real->taught, real->taught_count, real->pixels,
                                      bench->nearest, NULL, error) != 0)
        return -1;
    if (!plan->judge) return 0;
    bench->features = memory_new(most * real->judgment.feature_size, sizeof(float), "measures", error);
    if (!bench->features) return -1;
    return judgment_open(&bench->judgment, plan->judge->network, plan->judge->feature_layer, dreams->dream_images,
                         count, error);
}

static double mean_of(const float *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)values[i];
    return sum / (double)count;
}

/* Share of the ascending values that are below `value`. */
static double share_below(const float *sorted, size_t count, float value) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return (double)low / (double)count;
}

static void measure_values(const Bench *bench, int target, size_t first, ImageMeasures *cell) {
    const Trajectory *trajectory = &bench->dreams->trajectory;
    size_t restarts = (size_t)bench->dreams->restarts, all = bench->plan->data.digits.count;
    const float *sorted = bench->real->sorted + (size_t)target * all;
    cell->dreams = (int)restarts;
    cell->value_start = mean_of(trajectory->start_values + first, restarts);
    cell->value_dream = mean_of(trajectory->final_values + first, restarts);
    cell->value_top1_percent_real = bench->real->strongest[target];
    cell->value_ratio =
        cell->value_top1_percent_real > 0 ? cell->value_dream / cell->value_top1_percent_real : (double)NAN;
    cell->value_quantile_real = cell->steps = 0;
    for (size_t r = 0; r < restarts; r++) {
        cell->value_quantile_real += share_below(sorted, all, trajectory->final_values[first + r]) / (double)restarts;
        cell->steps += (double)trajectory->stopped[first + r] / (double)restarts;
    }
}

static void measure_judgment(const Bench *bench, int target, size_t first, ImageMeasures *cell) {
    size_t restarts = (size_t)bench->dreams->restarts;
    int class = bench->plan->targets[target].class;
    size_t agreed = 0;
    for (size_t r = 0; r < restarts; r++) agreed += bench->judgment.classes[first + r] == class;
    cell->judge_agreement = class >= 0 ? (double)agreed / (double)restarts : (double)NAN;
    cell->judge_confidence = mean_of(bench->judgment.confidences + first, restarts);
}

/* Frechet distances of the cell's dreams, and of as many training images, to the reference (reference_count). */
static int measure_frechet(Bench *bench, int target, size_t first, size_t reference_count, ImageMeasures *cell,
                           Error *error) {
    const ImageReal *real = bench->real;
    size_t size = real->judgment.feature_size, restarts = (size_t)bench->dreams->restarts;
    if (reference_count < 2 || restarts < 2) return 0;
    for (size_t i = 0; i < reference_count; i++) {
        size_t at = bench->found[i] - bench->plan->data.trainable;
        memcpy(bench->features + i * size, real->judgment.features + at * size, size * sizeof(float));
    }
    if (frechet_distance(bench->judgment.features + first * size, restarts, bench->features, reference_count, size,
                         &cell->frechet_distance, error) != 0)
        return -1;
    if (!real->teacher) return 0;
    uint32_t *found = bench->found;
    size_t taught =
        choose_reference(bench->plan, real, target, real->teacher->trained_on, real->taught_count, found, restarts);
    if (taught < 2) return 0;
    digits_floats(&bench->plan->data.digits, found, taught, bench->images);
    Judgment judgment;
    int status = judgment_open(&judgment, bench->plan->judge->network, bench->plan->judge->feature_layer,
                               bench->images, taught, error);
    if (status == 0)
        status = frechet_distance(judgment.features, taught, bench->features, reference_count, size,
                                  &cell->frechet_distance_real, error);
    judgment_close(&judgment);
    return status;
}

static int measure_cell(Bench *bench, int target, size_t first, ImageMeasures *cell, Error *error) {
    const ImageData *data = &bench->plan->data;
    size_t restarts = (size_t)bench->dreams->restarts, pixels = bench->real->pixels;
    *cell = (ImageMeasures){.judge_agreement = NAN,
                            .judge_confidence = NAN,
                            .frechet_distance = NAN,
                            .frechet_distance_real = NAN,
                            .nearest_training_distance = NAN,
                            .nearest_training_distance_real = NAN};
    measure_values(bench, target, first, cell);
    cell->diversity = diversity_of(bench->dreams->dream_images + first * pixels, restarts, pixels);
    size_t reference = choose_reference(bench->plan, bench->real, target, data->held_out, data->held_out_count,
                                        bench->found, data->held_out_count);
    digits_floats(&data->digits, bench->found, reference, bench->images);
    cell->diversity_real = diversity_of(bench->images, reference < 256 ? reference : 256, pixels);
    if (bench->real->teacher) {
        cell->nearest_training_distance = cell->nearest_training_distance_real = 0;
        for (size_t r = 0; r < restarts; r++)
            cell->nearest_training_distance += bench->nearest[first + r] / (double)restarts;
        for (size_t i = 0; i < reference; i++)
            cell->nearest_training_distance_real +=
                bench->real->nearest[bench->found[i] - data->trainable] / (double)reference;
    }
    if (!bench->plan->judge) return 0;
    measure_judgment(bench, target, first, cell);
    return measure_frechet(bench, target, first, reference, cell, error);
}

int image_measure(const ImageDreams *dreams, const ImagePlan *plan, ImageReal *real, ImageMeasures *cells,
                  Error *error) {
    Bench bench;
    int status = bench_open(&bench, dreams, plan, real, error);
    int cell_count = dreams->arm->target_count * dreams->groups;
    for (int cell = 0; status == 0 && cell < cell_count; cell++)
        status = measure_cell(&bench, dreams->arm->targets[cell / dreams->groups],
                              (size_t)cell * (size_t)dreams->restarts, &cells[cell], error);
    bench_close(&bench);
    return status;
}

ImageMeasures image_measures_mean(const ImageArm *arm, const ImagePlan *plan, const ImageMeasures *cells,
                                  bool of_classes) {
    int groups = image_arm_groups(arm), counts[IMAGE_FIGURES] = {0};
    ImageMeasures mean = {0};
    for (int cell = 0; cell < arm->target_count * groups; cell++) {
        if ((plan->targets[arm->targets[cell / groups]].class >= 0) != of_classes) continue;
        const double *figures = cells[cell].figures;
        mean.dreams += cells[cell].dreams;
        for (int i = 0; i < IMAGE_FIGURES; i++) {
            if (isnan(figures[i])) continue;
            mean.figures[i] += figures[i];
            counts[i]++;
        }
    }
    for (int i = 0; i < IMAGE_FIGURES; i++) mean.figures[i] = counts[i] ? mean.figures[i] / counts[i] : (double)NAN;
    return mean;
}
