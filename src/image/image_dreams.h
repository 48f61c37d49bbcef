/* image_dreams.h: one arm of an image experiment, dreamed. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_DREAMS_H
#define LATENT_DREAM_IMAGE_IMAGE_DREAMS_H

#include "engine/trajectory.h"
#include "image/image_plan.h"

enum { IMAGE_PATHS = 2 };  // restarts of each target and group whose way is kept

/* Dream number ((target * groups) + group) * restarts + r, with target in the order of arm->targets. */
typedef struct ImageDreams {
    const ImageArm *arm;
    int groups, restarts;  // restarts of each target and group
    int count;             // all dreams
    size_t pixels;
    Trajectory trajectory;  // of all dreams, without snapshots
    float *start_images;    // (count, pixels), of trajectory.start
    float *dream_images;    // (count, pixels), of trajectory.final
    long path_every;        // steps from one point of a path to the next
    int path_points;        // 0: none kept
    int paths;              // of each target and group: at most IMAGE_PATHS
    float *path_latents;    // (targets, groups, paths, points, size of z)
    float *path_images;     // (targets, groups, paths, points, pixels)
} ImageDreams;

/* Dreams the arm, or takes it from FOLDER/work where --resume finds it finished with the same inputs. `strongest`
 * (plan->target_count): the activation that the arm's ceiling= is a multiple of. */
int image_dreams_run(ImageDreams *dreams, const ImagePlan *plan, const ImageArm *arm, const double *strongest,
                     Run *run, Error *error);
void image_dreams_close(ImageDreams *dreams);

/* Makes room for an arm's dreams; `regularizers` names those of the trajectory. */
int image_dreams_open(ImageDreams *dreams, const ImagePlan *plan, const ImageArm *arm,
                      const char *const *regularizers, int regularizer_count, Error *error);

/* The numbers of the dreams of the arm's class targets (of_classes) or of its hidden neurons: writes them into
 * found (count), returns how many. */
int image_dreams_list(const ImageDreams *dreams, const ImagePlan *plan, bool of_classes, int *found);

/* curves/ARM.tsv: the dreams of classes, and curves/ARM-hidden.tsv: those of hidden neurons; an arm that has hidden
 * ones alone writes them as curves/ARM.tsv. */
int image_dreams_write_curves(const ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error);

/* ---- image_stage.c: a finished arm, kept for --resume as work/arm-ARM.stage. The file holds the text of everything
 * that the arm depends on, and is used only where that is the same. */
int image_stage_save(const ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error);
/* 1: taken from the file; 0: there is none that fits; -1: an error. `dreams` is open. */
int image_stage_load(ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error);

#endif
