#include "image/image_cuts.h"

#include "base/memory.h"
#include "image/ceiling.h"
#include "image/image_activations.h"
#include "image/image_dream_parts.h"
#include "image/transform.h"

#include <math.h>
#include <string.h>

/* The targets of an arm that share one cut, dreamed together. Dream i of the cut is dream numbers[i] of the arm. */
typedef struct CutDreams {
    const ImageTarget *target;  // the first of them
    int count;
    int *numbers, *neurons;  // (count)
    float *starts;           // (count, size)
    float *strongest;        // (count) the activation of the strongest real images
    float *ceilings;         // (count); INFINITY: none
    ImageDreamParts parts;
    Module *subject;
    Module *ceiling;  // around the subject; NULL: none
} CutDreams;

static void cut_close(CutDreams *cut) {
    memory_free(cut->numbers);
    memory_free(cut->neurons);
    memory_free(cut->starts);
    memory_free(cut->strongest);
    memory_free(cut->ceilings);
    module_free(cut->ceiling);
    module_free(cut->subject);
    image_dream_parts_close(&cut->parts);
}

/* How high dreams of a target climb. */
static float ceiling_of(const ImageArm *arm, const ImageCutInputs *inputs, int target) {
    double ceiling = config_real(arm->section, "ceiling") * inputs->strongest[target];
    return ceiling > 0 ? (float)ceiling : INFINITY;
}

static int cut_open(CutDreams *cut, const ImageDreams *dreams, const ImageCutInputs *inputs, int first,
                    Error *error) {
    const ImageArm *arm = dreams->arm;
    const ImagePlan *plan = inputs->plan;
    size_t most = (size_t)dreams->count, size = dreams->trajectory.size;
    int of_target = dreams->groups * dreams->restarts;
    *cut = (CutDreams){.target = &plan->targets[arm->targets[first]]};
    cut->numbers = memory_new(most, sizeof(int), "a batch of dreams", error);
    cut->neurons = memory_new(most, sizeof(int), "a batch of dreams", error);
    cut->starts = memory_new(most * size, sizeof(float), "a batch of dreams", error);
    cut->strongest = memory_new(most, sizeof(float), "a batch of dreams", error);
    cut->ceilings = memory_new(most, sizeof(float), "a batch of dreams", error);
    if (!cut->numbers || !cut->neurons || !cut->starts || !cut->strongest || !cut->ceilings) return -1;
    for (int t = first; t < arm->target_count; t++) {
        const ImageTarget *target = &plan->targets[arm->targets[t]];
        if (!image_targets_share_cut(cut->target, target)) continue;
        for (int i = 0; i < of_target; i++) {
            cut->numbers[cut->count] = t * of_target + i;
            cut->strongest[cut->count] = (float)inputs->strongest[arm->targets[t]];
            cut->ceilings[cut->count] = ceiling_of(arm, inputs, arm->targets[t]);
            cut->neurons[cut->count++] = target->neuron;
        }
    }
    for (int i = 0; i < cut->count; i++)
        memcpy(cut->starts + (size_t)i * size, inputs->starts + (size_t)cut->numbers[i] * size, size * sizeof(float));
    return 0;
}

/* The cut's part of the arm's trajectory and paths. */
static void keep(ImageDreams *dreams, const CutDreams *cut, const Trajectory *from) {
    Trajectory *to = &dreams->trajectory;
    size_t size = to->size, all = (size_t)dreams->count, count = (size_t)cut->count;
    for (size_t i = 0; i < count; i++) {
        size_t number = (size_t)cut->numbers[i];
        for (size_t step = 0; step <= (size_t)to->steps; step++) {
            to->values[step * all + number] = from->values[step * count + i];
            to->squashed[step * all + number] = from->squashed[step * count + i];
            for (int k = 0; k < to->regularizers; k++)
                to->penalties[k][step * all + number] = from->penalties[k][step * count + i];
        }
        memcpy(to->start + number * size, from->start + i * size, size * sizeof(float));
        memcpy(to->final + number * size, from->final + i * size, size * sizeof(float));
        to->stopped[number] = from->stopped[i];
        to->start_values[number] = from->start_values[i];
        to->final_values[number] = from->final_values[i];
        size_t restart = number % (size_t)dreams->restarts, cell = number / (size_t)dreams->restarts;
        if (restart >= (size_t)dreams->paths) continue;
        size_t points = (size_t)dreams->path_points, path = cell * (size_t)dreams->paths + restart;
        for (size_t point = 0; point < points; point++)
            memcpy(dreams->path_latents + (path * points + point) * size,
                   from->snapshots + (point * count + i) * size, size * sizeof(float));
    }
}

/* The mean over the cut's dreams of what the strongest real images reach: neurons of another layer have activations
 * of another size, and the weights of regularizers mean the same for all of them. */
static double unit_of(const CutDreams *cut) {
    double sum = 0;
    for (int i = 0; i < cut->count; i++) sum += (double)cut->strongest[i] / cut->count;
    return sum > 0 ? sum : 1;
}

/* The modules and regularizers of the cut. */
static int cut_open_parts(CutDreams *cut, const ImageDreams *dreams, const ImageCutInputs *inputs, Error *error) {
    const ConfigSection *section = dreams->arm->section;
    if (image_dream_parts_open(&cut->parts, inputs->plan, dreams->arm, cut->starts, cut->count, inputs->latents,
                               inputs->latent_count, unit_of(cut), error) != 0)
        return -1;
    int copies = cut->parts.transform ? cut->parts.transform->copies : 1;
    int limit = (int)config_integer(section, "batch") * copies;
    cut->subject = image_target_module(cut->target, limit, error);
    if (!cut->subject) return -1;
    if (!(config_real(section, "ceiling") > 0)) return 0;
    Target target = image_target_of(cut->target, cut->neurons);
    target.squash = SQUASH_NONE;
    cut->ceiling = ceiling_new(cut->subject, &target, cut->ceilings, copies, limit, error);
    return cut->ceiling ? 0 : -1;
}

static int tell_parts(void *context, const int *restarts, int count, Error *error) {
    (void)error;
    CutDreams *cut = context;
    if (cut->parts.transform) transform_set_restarts(cut->parts.transform, restarts, count);
    if (cut->ceiling) ceiling_set_restarts(cut->ceiling, restarts);
    return 0;
}

static int cut_run(CutDreams *cut, ImageDreams *dreams, const ImageCutInputs *inputs, Error *error) {
    const ConfigSection *section = dreams->arm->section;
    char name[2 * IMAGE_NAME];
    snprintf(name, sizeof name, "%s, layer %d", dreams->arm->name, cut->target->layer);
    Dream dream = {.name = name,
                   .decoder = cut->parts.decoder,
                   .transform = cut->parts.transform,
                   .subject = cut->ceiling ? cut->ceiling : cut->subject,
                   .target = image_target_of(cut->target, cut->neurons),
                   .regularizers = cut->parts.regularizers,
                   .regularizer_count = cut->parts.regularizer_count,
                   .optimizer = image_dream_optimizer(dreams->arm),
                   .restarts = cut->count,
                   .batch = (int)config_integer(section, "batch"),
                   .starts = cut->starts,
                   .seed = inputs->run->seed,
                   .steps = config_integer(section, "steps"),
                   .patience = config_integer(section, "patience"),
                   .tolerance = (float)config_real(section, "tolerance"),
                   .snapshot_every = config_integer(section, "snapshot_every"),
                   .begin_batch = tell_parts,
                   .context = cut,
                   .interrupted = inputs->run->interrupted};
    if (config_has(section, "squash")) squash_from_name(config_text(section, "squash"), &dream.target.squash);
    Trajectory trajectory = {0};
    int status = dream_run(&dream, &trajectory, inputs->run->progress, error);
    if (status == 0) keep(dreams, cut, &trajectory);
    trajectory_close(&trajectory);
    return status;
}

int image_cuts_run(ImageDreams *dreams, const ImageCutInputs *inputs, Error *error) {
    const ImageArm *arm = dreams->arm;
    const ImageTarget *targets = inputs->plan->targets;
    for (int t = 0; t < arm->target_count; t++) {
        bool done = false;
        for (int before = 0; before < t; before++)
            done = done || image_targets_share_cut(&targets[arm->targets[before]], &targets[arm->targets[t]]);
        if (done) continue;
        CutDreams cut;
        int status = cut_open(&cut, dreams, inputs, t, error);
        if (status == 0) status = cut_open_parts(&cut, dreams, inputs, error);
        if (status == 0) status = cut_run(&cut, dreams, inputs, error);
        cut_close(&cut);
        if (status != 0) return -1;
    }
    return 0;
}
