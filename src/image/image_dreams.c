#include "image/image_dreams.h"

#include "base/memory.h"
#include "image/image_cuts.h"
#include "image/image_dream_parts.h"
#include "image/image_starts.h"

#include <string.h>

int image_dreams_open(ImageDreams *dreams, const ImagePlan *plan, const ImageArm *arm,
                      const char *const *regularizers, int regularizer_count, Error *error) {
    long steps = config_integer(arm->section, "steps"), every = config_integer(arm->section, "snapshot_every");
    *dreams = (ImageDreams){.arm = arm,
                            .groups = image_arm_groups(arm),
                            .restarts = (int)config_integer(arm->section, "restarts"),
                            .pixels = plan->data.digits.pixels,
                            .path_every = every};
    size_t cells = (size_t)arm->target_count * (size_t)dreams->groups, count = cells * (size_t)dreams->restarts;
    if (count > 1 << 24) return error_set(error, "arm %s: %zu dreams are more than memory is for", arm->name, count);
    dreams->count = (int)count;
    dreams->paths = dreams->restarts < IMAGE_PATHS ? dreams->restarts : IMAGE_PATHS;
    dreams->path_points = every > 0 ? (int)(steps / every) + 1 : 0;
    size_t size = image_arm_size(plan, arm);
    size_t points = cells * (size_t)dreams->paths * (size_t)dreams->path_points;
    if (trajectory_open(&dreams->trajectory, dreams->count, steps, size, 0, error) != 0) return -1;
    for (int i = 0; i < regularizer_count; i++)
        if (trajectory_add_regularizer(&dreams->trajectory, regularizers[i], error) != 0) return -1;
    dreams->start_images = memory_new(count * dreams->pixels, sizeof(float), "dreamed images", error);
    dreams->dream_images = memory_new(count * dreams->pixels, sizeof(float), "dreamed images", error);
    dreams->path_latents = memory_new(points * size, sizeof(float), "dream paths", error);
    dreams->path_images = memory_new(points * dreams->pixels, sizeof(float), "dream paths", error);
    return dreams->start_images && dreams->dream_images && dreams->path_latents && dreams->path_images ? 0 : -1;
}

void image_dreams_close(ImageDreams *dreams) {
    trajectory_close(&dreams->trajectory);
    memory_free(dreams->start_images);
    memory_free(dreams->dream_images);
    memory_free(dreams->path_latents);
    memory_free(dreams->path_images);
    *dreams = (ImageDreams){0};
}

/* What the arm's z look like: the images of starts, dreams and paths. */
static int render(ImageDreams *dreams, Error *error) {
    const ImageArm *arm = dreams->arm;
    const Trajectory *trajectory = &dreams->trajectory;
    size_t count = (size_t)dreams->count;
    size_t points = count / (size_t)dreams->restarts * (size_t)dreams->paths * (size_t)dreams->path_points;
    struct {
        const float *z;
        float *images;
        size_t count;
    } sets[] = {{trajectory->start, dreams->start_images, count},
                {trajectory->final, dreams->dream_images, count},
                {dreams->path_latents, dreams->path_images, points}};
    for (size_t i = 0; i < 3; i++) {
        if (!arm->autoencoder) {
            memcpy(sets[i].images, sets[i].z, sets[i].count * dreams->pixels * sizeof(float));
        } else if (sets[i].count) {
            DarknetNetwork *network = arm->autoencoder->network;
            if (darknet_network_run(network, arm->autoencoder->latent_layer + 1,
                                    darknet_network_output_layer(network), sets[i].z, sets[i].count, sets[i].images,
                                    error) != 0)
                return -1;
        }
    }
    return 0;
}

/* Latents (count, latent) of the images that the autoencoder was trained on, or of all for training. */
static int encode_real(const ImagePlan *plan, const ImageNetwork *autoencoder, float **latents, size_t *count,
                       Error *error) {
    const Digits *digits = &plan->data.digits;
    *count = autoencoder->trained_count ? autoencoder->trained_count : plan->data.trainable;
    float *images = memory_new(*count * digits->pixels, sizeof *images, "images", error);
    *latents = memory_new(*count * (size_t)autoencoder->latent, sizeof **latents, "latents", error);
    int status = images && *latents ? 0 : -1;
    if (status == 0) {
        digits_floats(digits, autoencoder->trained_on, *count, images);
        status = image_encode(autoencoder, images, *count, *latents, error);
    }
    memory_free(images);
    return status;
}

static int dream_afresh(ImageDreams *dreams, const ImagePlan *plan, const double *strongest, Run *run, Error *error) {
    float *latents = NULL;
    size_t latent_count = 0;
    const ImageArm *arm = dreams->arm;
    int status = arm->autoencoder ? encode_real(plan, arm->autoencoder, &latents, &latent_count, error) : 0;
    float *starts = memory_new((size_t)dreams->count * dreams->trajectory.size, sizeof *starts, "starts", error);
    if (!starts) status = -1;
    if (status == 0)
        status = image_starts(plan, arm, dreams->restarts, run->seed, latents, latent_count, starts, error);
    ImageCutInputs inputs = {plan, starts, strongest, latents, latent_count, run};
    if (status == 0) status = image_cuts_run(dreams, &inputs, error);
    memory_free(starts);
    memory_free(latents);
    return status;
}

int image_dreams_run(ImageDreams *dreams, const ImagePlan *plan, const ImageArm *arm, const double *strongest,
                     Run *run, Error *error) {
    const char *regularizers[TRAJECTORY_REGULARIZERS];
    int regularizer_count = image_dream_regularizers(arm, regularizers);
    if (image_dreams_open(dreams, plan, arm, regularizers, regularizer_count, error) != 0) return -1;
    run_stage_begin(run, "dream %s", arm->name);
    int reused = run->resume ? image_stage_load(dreams, plan, run, error) : 0;
    int status = reused < 0 ? -1 : 0;
    if (reused == 0) {
        status = dream_afresh(dreams, plan, strongest, run, error);
        if (status == 0) status = image_stage_save(dreams, plan, run, error);
    }
    if (status == 0) status = render(dreams, error);
    run_stage_end(run, reused == 1);
    return status == 0 ? 0 : error_prefix(error, "arm %s", arm->name);
}
