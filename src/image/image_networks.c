/* Opens the [network] sections, and trains them. */
#include "image/image_plan.h"

#include "base/memory.h"
#include "base/share.h"

#include <math.h>
#include <string.h>

static ImageRole role_of(const ConfigSection *section) {
    const char *role = config_text(section, "role");
    if (strcmp(role, "judge") == 0) return ROLE_JUDGE;
    return strcmp(role, "autoencoder") == 0 ? ROLE_AUTOENCODER : ROLE_SUBJECT;
}

static const ConfigSection *train_of(const Config *config, const char *network) {
    for (const ConfigSection *train = NULL; (train = config_next(config, train, "train"));) {
        const char *name = config_text(train, "network");
        if (name && strcmp(name, network) == 0) return train;
    }
    return NULL;
}

/* The training images that [train] asks for. */
static int choose_images(ImagePlan *plan, ImageNetwork *network, ConfigProblems *problems, Error *error) {
    const ConfigSection *train = network->train;
    size_t first = (size_t)config_integer(train, "first"), count = (size_t)config_integer(train, "count");
    if (first >= plan->data.trainable || count > plan->data.trainable - first) {
        config_problem(problems, plan->config, config_line(train, count ? "count" : "first"),
                       "first=%zu count=%zu: there are %zu training images", first, count, plan->data.trainable);
        return 0;
    }
    network->trained_count = count ? count : plan->data.trainable - first;
    network->trained_on = memory_new(network->trained_count, sizeof(uint32_t), "training images", error);
    if (!network->trained_on) return -1;
    for (size_t i = 0; i < network->trained_count; i++) network->trained_on[i] = (uint32_t)(first + i);
    return 0;
}

static int check_training(ImagePlan *plan, ImageNetwork *network, ConfigProblems *problems, Error *error) {
    const ConfigSection *section = network->section;
    const char *name = config_text(section, "name");
    network->train = train_of(plan->config, name);
    bool weights = config_text(section, "weights") != NULL;
    if (network->train && weights)
        config_problem(problems, plan->config, config_line(section, "weights"),
                       "network %s has weights= and a [train] section: keep one of them", name);
    if (!network->train && !weights)
        config_problem(problems, plan->config, section->line,
                       "network %s has neither weights= nor a [train] section with network=%s", name, name);
    if (!network->train) return 0;
    const char *type = config_text(network->train, "type");
    const char *wanted = network->role == ROLE_AUTOENCODER ? "autoencoder" : "classifier";
    if (strcmp(type, wanted) != 0)
        config_problem(problems, plan->config, config_line(network->train, "type"),
                       "type=%s trains network %s, whose role=%s needs type=%s", type, name,
                       config_text(section, "role"), wanted);
    return choose_images(plan, network, problems, error);
}

/* The layer before the last [connected] one. */
static int feature_layer_of(const DarknetNetwork *network) {
    for (int layer = darknet_network_output_layer(network); layer > 0; layer--)
        if (strcmp(darknet_network_layer(network, layer).kind, "connected") == 0) return layer - 1;
    return darknet_network_output_layer(network);
}

static void check_shapes(ImagePlan *plan, ImageNetwork *network, ConfigProblems *problems) {
    const ConfigSection *section = network->section;
    const Digits *digits = &plan->data.digits;
    size_t inputs = darknet_network_inputs(network->network), outputs = darknet_network_outputs(network->network);
    int line = config_line(section, "cfg");
    if (inputs != digits->pixels)
        config_problem(problems, plan->config, line, "%s takes %zu numbers, an image has %zu (%d x %d)",
                       config_text(section, "cfg"), inputs, digits->pixels, digits->width, digits->height);
    if (network->role == ROLE_AUTOENCODER) {
        network->latent_layer = darknet_network_latent_layer(network->network);
        if (outputs != digits->pixels || network->latent_layer < 0 ||
            network->latent_layer >= darknet_network_output_layer(network->network))
            config_problem(problems, plan->config, line,
                           "%s is no autoencoder of these images: it needs a [connected] latent and %zu outputs, it "
                           "has %zu",
                           config_text(section, "cfg"), digits->pixels, outputs);
        else
            network->latent = (int)darknet_network_layer(network->network, network->latent_layer).outputs;
    } else if (outputs != IMAGE_CLASSES) {
        config_problem(problems, plan->config, line, "%s has %zu outputs, a classifier of this data has %d",
                       config_text(section, "cfg"), outputs, IMAGE_CLASSES);
    }
    network->feature_layer = feature_layer_of(network->network);
    if (network->role != ROLE_JUDGE || !config_has(section, "features")) return;
    network->feature_layer = (int)config_integer(section, "features");
    if (network->feature_layer >= darknet_network_layers(network->network))
        config_problem(problems, plan->config, config_line(section, "features"), "%s has layers 0 to %d",
                       config_text(section, "cfg"), darknet_network_layers(network->network) - 1);
}

static int open_one(ImagePlan *plan, ImageNetwork *network, int latent, uint64_t seed, int threads,
                    ConfigProblems *problems, Error *error) {
    const ConfigSection *section = network->section;
    network->train = train_of(plan->config, config_text(section, "name"));
    uint64_t own = network->train && config_has(network->train, "seed")
                       ? (uint64_t)config_integer(network->train, "seed")
                       : seed;
    DarknetNetworkOptions options = {.cfg = config_text(section, "cfg"),
                                     .batch = 128,
                                     .threads = threads,
                                     .seed = own,
                                     .latent_size = latent,
                                     .name = network->name};
    network->network = darknet_network_open(&options, error);
    if (!network->network) {
        config_problem(problems, plan->config, config_line(section, "cfg"), "%s", error->message);
        return 0;
    }
    check_shapes(plan, network, problems);
    return check_training(plan, network, problems, error);
}

static int add_network(ImagePlan *plan, const ConfigSection *section, int latent, bool swept, uint64_t seed,
                       int threads, ConfigProblems *problems, Error *error) {
    ImageNetwork *network = &plan->networks[plan->network_count++];
    network->section = section;
    network->role = role_of(section);
    network->training_loss = network->held_out_loss = network->accuracy = NAN;
    const char *name = config_text(section, "name");
    if (swept)
        snprintf(network->name, sizeof network->name, "%.64s-k%d", name, latent);
    else
        snprintf(network->name, sizeof network->name, "%.80s", name);
    return open_one(plan, network, latent, seed, threads, problems, error);
}

static void check_judges(const ImagePlan *plan, ConfigProblems *problems) {
    const ConfigSection *judge = NULL;
    for (const ConfigSection *section = NULL; (section = config_next(plan->config, section, "network"));) {
        if (role_of(section) != ROLE_JUDGE) continue;
        if (judge)
            config_problem(problems, plan->config, config_line(section, "role"),
                           "network %s in line %d is the judge already: an experiment has one",
                           config_text(judge, "name"), judge->line);
        judge = section;
    }
}

int image_networks_open(ImagePlan *plan, uint64_t seed, int threads, ConfigProblems *problems, Error *error) {
    enum { SIZES = 64 };
    const ConfigSection *sweep = config_section(plan->config, "sweep");
    long sizes[SIZES];
    size_t size_count = sweep ? config_integers(sweep, "latent", sizes, SIZES) : 0;
    if (size_count > SIZES) {
        config_problem(problems, plan->config, config_line(sweep, "latent"), "%zu latent sizes: at most %d",
                       size_count, SIZES);
        return 0;
    }
    check_judges(plan, problems);
    size_t most = config_count(plan->config, "network") * (size_count ? size_count : 1);
    plan->networks = memory_new(most, sizeof *plan->networks, "networks", error);
    if (!plan->networks) return -1;
    for (const ConfigSection *section = NULL; (section = config_next(plan->config, section, "network"));) {
        bool swept = size_count > 0 && role_of(section) == ROLE_AUTOENCODER;
        int own = config_has(section, "latent") ? (int)config_integer(section, "latent") : 0;
        for (size_t i = 0; i < (swept ? size_count : 1); i++)
            if (add_network(plan, section, swept ? (int)sizes[i] : own, swept, seed, threads, problems, error) != 0)
                return -1;
    }
    for (int i = 0; i < plan->network_count; i++)
        if (plan->networks[i].role == ROLE_JUDGE) plan->judge = &plan->networks[i];
    return 0;
}

static TrainSettings settings_of(const ImageNetwork *network, uint64_t seed) {
    const ConfigSection *train = network->train;
    TrainSettings settings =
        train_settings_default(network->role == ROLE_AUTOENCODER ? TRAIN_AUTOENCODER : TRAIN_CLASSIFIER);
    settings.epochs = (double)config_integer(train, "epochs");
    settings.batch = (int)config_integer(train, "batch");
    settings.learning_rate = (float)config_real(train, "learning_rate");
    settings.weight_decay = (float)config_real(train, "weight_decay");
    settings.shift = (int)config_integer(train, "shift");
    settings.latent_noise = (float)config_real(train, "latent_noise");
    settings.checkpoint_seconds = config_real(train, "checkpoint_seconds");
    settings.seed = config_has(train, "seed") ? (uint64_t)config_integer(train, "seed") : seed;
    return settings;
}

static int prepare(ImagePlan *plan, ImageNetwork *network, Run *run, Error *error) {
    const ImageData *data = &plan->data;
    TrainKind kind = network->role == ROLE_AUTOENCODER ? TRAIN_AUTOENCODER : TRAIN_CLASSIFIER;
    bool reused = true;
    if (network->train) {
        run_stage_begin(run, "train %s", network->name);
        TrainSettings settings = settings_of(network, run->seed);
        TrainResult result;
        if (network_train(network->network, &data->digits, network->trained_on, network->trained_count,
                          data->held_out, data->held_out_count, network->name, &settings, run, &result, error) != 0)
            return -1;
        reused = result.reused;
        network->training_steps = result.steps;
        network->training_loss = result.loss;
    } else {
        run_stage_begin(run, "load %s", network->name);
        char path[PATH_LIMIT];
        if (share_find(path, config_text(network->section, "weights"), error) != 0 ||
            darknet_network_load(network->network, path, error) != 0)
            return -1;
    }
    int status = network_measure(network->network, &data->digits, data->held_out, data->held_out_count, kind,
                                 &network->held_out_loss, &network->accuracy, error);
    run_stage_end(run, reused);
    return status;
}

int image_networks_prepare(ImagePlan *plan, Run *run, Error *error) {
    for (int i = 0; i < plan->network_count; i++) {
        if (prepare(plan, &plan->networks[i], run, error) != 0) return -1;
        if (run_check_interrupt(run, error) != 0) return -1;
    }
    return 0;
}
