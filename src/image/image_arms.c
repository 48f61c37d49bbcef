/* Lists the arms that the [dream] sections ask for. */
#include "image/image_plan.h"

#include "base/memory.h"

#include <string.h>

static bool names_target(const ConfigSection *arm, const ConfigSection *target) {
    if (!config_text(arm, "targets")) return true;
    const char *wanted = config_text(target, "name");
    char name[IMAGE_NAME];
    for (size_t i = 0; wanted && config_name_at(arm, "targets", i, name, sizeof name); i++)
        if (strcmp(name, wanted) == 0) return true;
    return false;
}

static void check_target_names(const ImagePlan *plan, const ConfigSection *arm, ConfigProblems *problems) {
    char name[IMAGE_NAME];
    if (!config_text(arm, "targets")) return;
    for (size_t i = 0; config_name_at(arm, "targets", i, name, sizeof name); i++) {
        bool known = false;
        for (const ConfigSection *target = NULL; (target = config_next(plan->config, target, "target"));)
            known = known || (config_text(target, "name") && strcmp(config_text(target, "name"), name) == 0);
        if (!known)
            config_problem(problems, plan->config, config_line(arm, "targets"), "there is no [target] with name=%s",
                           name);
    }
}

static int add_arm(ImagePlan *plan, const ConfigSection *section, ImageNetwork *autoencoder, bool swept,
                   ConfigProblems *problems, Error *error) {
    ImageArm *arm = &plan->arms[plan->arm_count++];
    const char *name = config_text(section, "name"), *starts = config_text(section, "starts");
    *arm = (ImageArm){.section = section, .autoencoder = autoencoder};
    if (swept)
        snprintf(arm->name, sizeof arm->name, "%.64s-k%d", name, autoencoder->latent);
    else
        snprintf(arm->name, sizeof arm->name, "%.80s", name);
    arm->from_noise = strcmp(starts, "data") != 0;
    arm->from_data = strcmp(starts, "noise") != 0;
    arm->targets = memory_new((size_t)plan->target_count + 1, sizeof(int), "the targets of an arm", error);
    if (!arm->targets) return -1;
    for (int i = 0; i < plan->target_count; i++)
        if (names_target(section, plan->targets[i].section)) arm->targets[arm->target_count++] = i;
    for (const ImageArm *before = plan->arms; before < arm; before++)
        if (strcmp(before->name, arm->name) == 0)
            config_problem(problems, plan->config, config_line(section, "name"),
                           "arm %s: the arm in line %d has the same name, or gets it in the sweep", arm->name,
                           before->section->line);
    if (arm->target_count == 0 && problems->count == 0)
        config_problem(problems, plan->config, section->line, "arm %s has no target", name);
    return 0;
}

static bool is_wanted(const ImageNetwork *network, const char *name) {
    return network->role == ROLE_AUTOENCODER && (!name || strcmp(config_text(network->section, "name"), name) == 0);
}

static int read_section(ImagePlan *plan, const ConfigSection *section, ConfigProblems *problems, Error *error) {
    check_target_names(plan, section, problems);
    if (strcmp(config_text(section, "parameterization"), "input") == 0) {
        if (config_real(section, "latent_prior") > 0)
            config_problem(problems, plan->config, config_line(section, "latent_prior"),
                           "latent_prior needs parameterization=autoencoder: pixels have no latent");
        return add_arm(plan, section, NULL, false, problems, error);
    }
    const char *name = config_text(section, "autoencoder");
    bool swept = config_count(plan->config, "sweep") > 0;
    const ConfigSection *found = NULL;
    for (int i = 0; i < plan->network_count; i++) {
        ImageNetwork *network = &plan->networks[i];
        if (!is_wanted(network, name)) continue;
        if (found && found != network->section) {
            config_problem(problems, plan->config, section->line,
                           "arm %s: there are several autoencoders; say autoencoder=NAME",
                           config_text(section, "name"));
            return 0;
        }
        found = network->section;
        if (add_arm(plan, section, network, swept, problems, error) != 0) return -1;
    }
    if (!found)
        config_problem(problems, plan->config, config_line(section, name ? "autoencoder" : "parameterization"),
                       "arm %s: there is no [network] with role=autoencoder%s%s", config_text(section, "name"),
                       name ? " and name=" : "", name ? name : "");
    return 0;
}

int image_arms_open(ImagePlan *plan, ConfigProblems *problems, Error *error) {
    const Config *config = plan->config;
    size_t most = config_count(config, "dream") * (size_t)(plan->network_count + 1);
    plan->arms = memory_new(most, sizeof *plan->arms, "arms", error);
    if (!plan->arms) return -1;
    for (const ConfigSection *section = NULL; (section = config_next(config, section, "dream"));)
        if (read_section(plan, section, problems, error) != 0) return -1;
    return 0;
}
