/* Lists the neurons that the [target] sections name. */
#include "image/image_plan.h"

#include "base/memory.h"

#include <string.h>

enum { LIST = 4096 };

static ImageNetwork *find_network(ImagePlan *plan, const ConfigSection *section) {
    const char *name = config_text(section, "network");
    for (int i = 0; i < plan->network_count; i++) {
        ImageNetwork *network = &plan->networks[i];
        if (name ? strcmp(config_text(network->section, "name"), name) == 0 : network->role == ROLE_SUBJECT)
            return network;
    }
    return NULL;
}

static void name_target(const ImagePlan *plan, ImageTarget *target) {
    DarknetLayer layer = darknet_network_layer(target->network->network, target->layer);
    if (target->class >= 0) {
        snprintf(target->name, sizeof target->name, "class %.80s", plan->data.class_names[target->class]);
        snprintf(target->label, sizeof target->label, "%.80s", plan->data.class_names[target->class]);
        return;
    }
    snprintf(target->name, sizeof target->name, "layer %d %s %d", target->layer,
             layer.height * layer.width > 1 ? "channel" : "neuron", target->neuron);
    snprintf(target->label, sizeof target->label, "%d:%d", target->layer, target->neuron);
}

static void add_target(ImagePlan *plan, const ConfigSection *section, ImageNetwork *network, int layer, long neuron,
                       ConfigProblems *problems) {
    ActivationLayout layout = darknet_layout(network->network, layer);
    if (neuron >= layout.neurons) {
        config_problem(problems, plan->config, config_line(section, "neuron"),
                       "neuron %ld: layer %d of network %s has neurons 0 to %d", neuron, layer, network->name,
                       layout.neurons - 1);
        return;
    }
    ImageTarget *target = &plan->targets[plan->target_count];
    *target =
        (ImageTarget){.section = section, .network = network, .layer = layer, .neuron = (int)neuron, .class = -1};
    if (config_boolean(section, "classes")) target->class = (int)neuron;
    darknet_site_from_name(config_text(section, "activation"), &target->site);
    reduce_from_name(config_text(section, "reduce"), &target->reduce);
    squash_from_name(config_text(section, "squash"), &target->squash);
    name_target(plan, target);
    for (int i = 0; i < plan->target_count; i++)
        if (strcmp(plan->targets[i].name, target->name) == 0) {
            config_problem(problems, plan->config, config_line(section, "neuron"),
                           "%s is named twice, the first time in line %d", target->name,
                           config_line(plan->targets[i].section, "neuron"));
            return;
        }
    plan->target_count++;
}

static int read_section(ImagePlan *plan, const ConfigSection *section, ConfigProblems *problems, Error *error) {
    ImageNetwork *network = find_network(plan, section);
    if (!network) {
        const char *name = config_text(section, "network");
        config_problem(problems, plan->config, config_line(section, "network"),
                       name ? "there is no network %s" : "a target needs a [network] with role=subject%s",
                       name ? name : "");
        return 0;
    }
    static long layers[LIST], neurons[LIST];
    size_t layer_count = config_integers(section, "layer", layers, LIST);
    size_t neuron_count = config_integers(section, "neuron", neurons, LIST);
    if (layer_count * neuron_count > LIST || layer_count > LIST || neuron_count > LIST) {
        config_problem(problems, plan->config, config_line(section, "neuron"), "more than %d neurons in one section",
                       LIST);
        return 0;
    }
    size_t held = (size_t)plan->target_count, most = held + layer_count * neuron_count;
    ImageTarget *targets =
        memory_grow(plan->targets, held * sizeof *targets, most, sizeof *targets, "targets", error);
    if (!targets) return -1;
    plan->targets = targets;
    bool classes = config_boolean(section, "classes");
    for (size_t l = 0; l < layer_count; l++) {
        int layer = (int)layers[l], last = darknet_network_output_layer(network->network);
        if (layers[l] > last) {
            config_problem(problems, plan->config, config_line(section, "layer"),
                           "layer %ld: network %s has layers 0 to %d", layers[l], network->name, last);
            continue;
        }
        ActivationLayout layout = darknet_layout(network->network, layer);
        if (classes && (layout.neurons != IMAGE_CLASSES || layout.positions != 1)) {
            config_problem(problems, plan->config, config_line(section, "classes"),
                           "classes=1: layer %d has %d neurons, one for each of %d classes is needed", layer,
                           layout.neurons, IMAGE_CLASSES);
            continue;
        }
        for (size_t n = 0; n < neuron_count; n++) add_target(plan, section, network, layer, neurons[n], problems);
    }
    return 0;
}

int image_targets_open(ImagePlan *plan, ConfigProblems *problems, Error *error) {
    plan->targets = memory_new(1, sizeof *plan->targets, "targets", error);
    if (!plan->targets) return -1;
    for (const ConfigSection *section = NULL; (section = config_next(plan->config, section, "target"));)
        if (read_section(plan, section, problems, error) != 0) return -1;
    if (config_count(plan->config, "dream") && !config_count(plan->config, "target"))
        config_problem(problems, plan->config, config_section(plan->config, "dream")->line,
                       "a dream needs a [target] section: which neuron?");
    return 0;
}
