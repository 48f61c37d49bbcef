#include "image/image_dream_parts.h"

#include "base/memory.h"
#include "image/total_variation.h"
#include "image/transform.h"

#include <math.h>

/* In the order of their columns in curves/ARM.tsv; the keys of [dream] bear the same names. */
static const char *const NAMES[] = {"l2", "latent_prior", "total_variation", "darkness"};
enum { L2, LATENT_PRIOR, TOTAL_VARIATION, DARKNESS, KINDS };

int image_dream_regularizers(const ImageArm *arm, const char *names[TRAJECTORY_REGULARIZERS]) {
    int count = 0;
    for (int kind = 0; kind < KINDS; kind++)
        if (config_real(arm->section, NAMES[kind]) > 0) names[count++] = NAMES[kind];
    return count;
}

static Regularizer *regularizer_of(ImageDreamParts *parts, int kind, const ImagePlan *plan, const ImageArm *arm,
                                   const float *starts, int restarts, const float *latents, size_t latent_count,
                                   double unit, Error *error) {
    const Digits *digits = &plan->data.digits;
    float weight = (float)(config_real(arm->section, NAMES[kind]) * unit);
    size_t size = arm->autoencoder ? (size_t)arm->autoencoder->latent : digits->pixels;
    if (kind == L2) return regularizer_l2_start(REGULARIZER_Z, weight, starts, size, error);
    if (kind == LATENT_PRIOR) return regularizer_latent_prior(weight, latents, latent_count, size, error);
    if (kind == TOTAL_VARIATION) return regularizer_total_variation(weight, digits->height, digits->width, error);
    parts->black = memory_new((size_t)restarts * digits->pixels, sizeof(float), "a black picture", error);
    return parts->black ? regularizer_l2_start(REGULARIZER_X, weight, parts->black, digits->pixels, error) : NULL;
}

static int open_transform(ImageDreamParts *parts, const ImagePlan *plan, const ImageArm *arm, Error *error) {
    TransformSettings settings = {.height = plan->data.digits.height,
                                  .width = plan->data.digits.width,
                                  .jitter = (float)config_real(arm->section, "jitter"),
                                  .rotate = (float)config_real(arm->section, "rotation"),
                                  .scale = (float)config_real(arm->section, "scale"),
                                  .copies = (int)config_integer(arm->section, "transforms")};
    if (!(settings.jitter > 0) && !(settings.rotate > 0) && !(settings.scale > 0)) return 0;
    parts->transform = transform_new(&settings, error);
    return parts->transform ? 0 : -1;
}

static int open_decoder(ImageDreamParts *parts, const ImageArm *arm, int batch, Error *error) {
    if (!arm->autoencoder) return 0;
    DarknetModuleOptions options = {
        .first = arm->autoencoder->latent_layer + 1, .last = -1, .batch = batch, .name = "decoder"};
    parts->decoder = darknet_module(arm->autoencoder->network, &options, error);
    return parts->decoder ? 0 : -1;
}

int image_dream_parts_open(ImageDreamParts *parts, const ImagePlan *plan, const ImageArm *arm, const float *starts,
                           int restarts, const float *latents, size_t latent_count, double unit, Error *error) {
    *parts = (ImageDreamParts){0};
    int batch = (int)config_integer(arm->section, "batch");
    if (open_decoder(parts, arm, batch, error) != 0 || open_transform(parts, plan, arm, error) != 0) return -1;
    for (int kind = 0; kind < KINDS; kind++) {
        if (!(config_real(arm->section, NAMES[kind]) > 0)) continue;
        Regularizer *regularizer =
            regularizer_of(parts, kind, plan, arm, starts, restarts, latents, latent_count, unit, error);
        if (!regularizer) return -1;
        regularizer->name = NAMES[kind];
        parts->regularizers[parts->regularizer_count++] = regularizer;
    }
    return 0;
}

void image_dream_parts_close(ImageDreamParts *parts) {
    for (int i = 0; i < parts->regularizer_count; i++) regularizer_free(parts->regularizers[i]);
    module_free(parts->decoder);
    module_free(parts->transform);
    memory_free(parts->black);
    *parts = (ImageDreamParts){0};
}

OptimizerSettings image_dream_optimizer(const ImageArm *arm) {
    const ConfigSection *section = arm->section;
    OptimizerSettings settings = {.learning_rate = (float)config_real(section, "learning_rate"),
                                  .momentum = (float)config_real(section, "momentum"),
                                  .beta2 = (float)config_real(section, "beta2"),
                                  .epsilon = (float)config_real(section, "epsilon"),
                                  .steps = config_integer(section, "steps"),
                                  .radius = (float)config_real(section, "radius"),
                                  .minimum = (float)config_real(section, "minimum"),
                                  .maximum = (float)config_real(section, "maximum"),
                                  .normalize_gradient = config_boolean(section, "normalize_gradient")};
    optimizer_kind_from_name(config_text(section, "optimizer"), &settings.kind);
    schedule_from_name(config_text(section, "schedule"), &settings.schedule);
    return settings;
}
