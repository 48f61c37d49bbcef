#include "image/image_plan.h"

#include "base/memory.h"

#include <string.h>

int image_plan_open(ImagePlan *plan, const Config *config, uint64_t seed, int threads, ConfigProblems *problems,
                    Error *error) {
    *plan = (ImagePlan){.config = config};
    size_t before = problems->count;
    if (image_data_open(&plan->data, config, problems, error) != 0) return -1;
    if (problems->count > before) return -1;
    if (image_networks_open(plan, seed, threads, problems, error) != 0) return -1;
    if (problems->count > before) return -1;
    if (image_targets_open(plan, problems, error) != 0) return -1;
    if (image_arms_open(plan, problems, error) != 0) return -1;
    return problems->count > before ? -1 : 0;
}

void image_plan_close(ImagePlan *plan) {
    for (int i = 0; i < plan->arm_count; i++) memory_free(plan->arms[i].targets);
    for (int i = 0; i < plan->network_count; i++) {
        darknet_network_close(plan->networks[i].network);
        memory_free(plan->networks[i].trained_on);
    }
    memory_free(plan->arms);
    memory_free(plan->targets);
    memory_free(plan->networks);
    image_data_close(&plan->data);
    *plan = (ImagePlan){0};
}

int image_arm_groups(const ImageArm *arm) { return arm->from_noise + arm->from_data; }

const char *image_arm_group_name(const ImageArm *arm, int group) {
    return arm->from_noise && group == 0 ? "noise" : "data";
}

const ImageNetwork *image_plan_teacher(const ImagePlan *plan, const ImageArm *arm) {
    if (arm && arm->autoencoder && arm->autoencoder->trained_count) return arm->autoencoder;
    const ImageNetwork *teacher = NULL;
    for (int i = 0; i < plan->network_count; i++) {
        const ImageNetwork *network = &plan->networks[i];
        if (network->role == ROLE_JUDGE || network->trained_count == 0) continue;
        if (!teacher || (network->role == ROLE_AUTOENCODER && teacher->role != ROLE_AUTOENCODER)) teacher = network;
    }
    return teacher;
}
