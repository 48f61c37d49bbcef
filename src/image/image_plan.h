/* image_plan.h: what an image experiment's cfg asks for, checked: data, networks, targets, arms.
 *
 *     ImagePlan plan;
 *     if (image_plan_open(&plan, config, run->seed, run->threads, &problems, error) != 0) ...   // nothing has run
 * yet image_plan_close(&plan);
 *
 * In a sweep every autoencoder, and every arm that decodes with one, stands here once for each latent size, named
 * NAME-k10, NAME-k16, ...: the rest of the experiment knows nothing of sweeps. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_PLAN_H
#define LATENT_DREAM_IMAGE_IMAGE_PLAN_H

#include "base/error.h"
#include "base/run.h"
#include "config/config.h"
#include "engine/target.h"
#include "image/darknet_module.h"
#include "image/digits.h"
#include "image/train.h"

#include <stdbool.h>
#include <stdint.h>

enum { IMAGE_NAME = 96, IMAGE_CLASSES = 10 };

typedef struct ImageData {
    Digits digits;       // those for training first, then those held out
    size_t trainable;    // how many are for training
    uint32_t *held_out;  // (held_out_count) indices
    size_t held_out_count;
    char class_names[IMAGE_CLASSES][IMAGE_NAME];
} ImageData;

typedef enum ImageRole { ROLE_SUBJECT, ROLE_JUDGE, ROLE_AUTOENCODER } ImageRole;

typedef struct ImageNetwork {
    const ConfigSection *section;
    const ConfigSection *train;  // NULL: it has weights=
    ImageRole role;
    char name[IMAGE_NAME];
    DarknetNetwork *network;
    int latent;            // autoencoder: the size of its latent
    int latent_layer;      // autoencoder: where it is
    int feature_layer;     // judge: whose outputs are compared
    uint32_t *trained_on;  // (trained_count) indices
    size_t trained_count;
    long training_steps;   // filled in by image_networks_prepare, as all that follow
    double training_loss;  // mean over the last epoch; NAN: not trained here
    double held_out_loss;
    double accuracy;
} ImageNetwork;

typedef struct ImageTarget {
    const ConfigSection *section;
    char name[IMAGE_NAME];   // "class 3", "layer 2 channel 5"
    char label[IMAGE_NAME];  // short, for pictures: "3", "2:5"
    ImageNetwork *network;
    int layer, neuron;
    DarknetSite site;
    Reduce reduce;
    Squash squash;
    int class;  // -1: a hidden neuron
} ImageTarget;

typedef struct ImageArm {
    const ConfigSection *section;
    char name[IMAGE_NAME];
    ImageNetwork *autoencoder;  // NULL: pixels are optimised
    int *targets;               // (target_count) numbers of plan.targets, ascending
    int target_count;
    bool from_noise, from_data;
} ImageArm;

typedef struct ImagePlan {
    const Config *config;
    ImageData data;
    ImageNetwork *networks;
    int network_count;
    ImageTarget *targets;
    int target_count;
    ImageArm *arms;
    int arm_count;
    ImageNetwork *judge;  // NULL: dreams are not judged
} ImagePlan;

/* Loads data, opens networks (untrained), lists targets and arms. Everything wrong with the cfg is appended to
 * `problems`, with its line; -1 where there was something, or when memory is out. */
int image_plan_open(ImagePlan *plan, const Config *config, uint64_t seed, int threads, ConfigProblems *problems,
                    Error *error);
void image_plan_close(ImagePlan *plan);  // fine after a failure

/* Groups of starts that an arm has: 1 or 2. Group 0 is noise where the arm has it. */
int image_arm_groups(const ImageArm *arm);
const char *image_arm_group_name(const ImageArm *arm, int group);  // "noise", "data"

/* The digits that nearest-neighbor distances look among: what the arm's autoencoder, or where it has none any
 * autoencoder, or else the subject was trained on. */
const ImageNetwork *image_plan_teacher(const ImagePlan *plan, const ImageArm *arm);

/* ---- the parts, each in its own file */
int image_data_open(ImageData *data, const Config *config, ConfigProblems *problems, Error *error);
void image_data_close(ImageData *data);
int image_networks_open(ImagePlan *plan, uint64_t seed, int threads, ConfigProblems *problems, Error *error);
int image_targets_open(ImagePlan *plan, ConfigProblems *problems, Error *error);
int image_arms_open(ImagePlan *plan, ConfigProblems *problems, Error *error);

/* Trains or loads every network, then measures it on the held-out images. */
int image_networks_prepare(ImagePlan *plan, Run *run, Error *error);

#endif
