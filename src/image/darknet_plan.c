/* What a cfg describes: every layer's shape and parameters, worked out as libdarknet will, in 64 bits and with
 * bounds, so that libdarknet is never asked for what it would exit, divide by zero or overflow on. */
#include "base/memory.h"
#include "base/share.h"
#include "image/darknet_internal.h"

#include <stdarg.h>
#include <string.h>

static const size_t MEMORY_LIMIT = (size_t)512 << 20;

static const char *const KINDS[LAYER_KINDS] = {"convolutional", "maxpool", "avgpool",  "connected", "activation",
                                               "dropout",       "softmax", "logistic", "cost"};
const char *layer_kind_name(LayerKind kind) { return KINDS[kind]; }

/* The shape on its way through the layers. channels 0: a plain vector. */
typedef struct Flow {
    long channels, height, width;
    size_t values;
    LayerKind before;  // LAYER_KINDS: none yet
} Flow;

static int problem(const Config *config, int line, Error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int problem(const Config *config, int line, Error *error, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(error, "%s:%d: %s", config->path, line, text);
}

static int read_net(DarknetPlan *plan, const Config *config, Flow *flow, Error *error) {
    const ConfigSection *net = &config->sections[0];
    if (strcmp(net->name, "net") != 0)
        return problem(config, net->line, error, "[%s] stands first; a network begins with [net]", net->name);
    flow->height = config_integer(net, "height");
    flow->width = config_integer(net, "width");
    flow->channels = config_integer(net, "channels");
    size_t image = (size_t)flow->height * (size_t)flow->width * (size_t)flow->channels;
    bool some = flow->height || flow->width || flow->channels;
    if (some && image == 0)
        return problem(config, net->line, error, "[net] needs height, width and channels together, or only inputs");
    flow->values = config_has(net, "inputs") ? (size_t)config_integer(net, "inputs") : image;
    if (flow->values == 0)
        return problem(config, net->line, error, "[net] needs height, width and channels, or inputs");
    if (image != 0 && image != flow->values)
        return problem(config, net->line, error, "[net] inputs=%zu, but height*width*channels is %zu", flow->values,
                       image);
    flow->before = LAYER_KINDS;
    plan->channels = (int)flow->channels;
    plan->height = (int)flow->height;
    plan->width = (int)flow->width;
    plan->inputs = flow->values;
    return 0;
}

static int plan_convolutional(PlannedLayer *layer, const Config *config, const ConfigSection *section, Flow *flow,
                              Error *error) {
    long filters = config_integer(section, "filters"), size = config_integer(section, "size");
    long stride = config_integer(section, "stride"), groups = config_integer(section, "groups");
    long padding = config_boolean(section, "pad") ? size / 2 : config_integer(section, "padding");
    if (flow->channels == 0)
        return problem(config, section->line, error,
                       "[convolutional] needs an image, but its input is a plain vector");
    if (size > flow->height + 2 * padding || size > flow->width + 2 * padding)
        return problem(config, section->line, error, "a filter of %ld x %ld does not fit an input of %ld x %ld", size,
                       size, flow->height, flow->width);
    if (flow->channels % groups != 0 || filters % groups != 0)
        return problem(config, section->line, error, "groups=%ld divides not both %ld channels and %ld filters",
                       groups, flow->channels, filters);
    layer->biases = (size_t)filters;
    layer->weights = (size_t)(flow->channels / groups) * (size_t)filters * (size_t)(size * size);
    layer->batch_normalize = config_boolean(section, "batch_normalize");
    long height = (flow->height + 2 * padding - size) / stride + 1;
    long width = (flow->width + 2 * padding - size) / stride + 1;
    layer->workspace = (size_t)(height * width) * (size_t)(size * size) * (size_t)(flow->channels / groups);
    flow->height = height;
    flow->width = width;
    flow->channels = filters;
    return 0;
}

static int plan_maxpool(const Config *config, const ConfigSection *section, Flow *flow, Error *error) {
    long stride = config_integer(section, "stride");
    long size = config_has(section, "size") ? config_integer(section, "size") : stride;
    long padding = config_has(section, "padding") ? config_integer(section, "padding") : size - 1;
    if (flow->channels == 0)
        return problem(config, section->line, error, "[maxpool] needs an image, but its input is a plain vector");
    if (padding >= size)
        return problem(config, section->line, error, "padding=%ld: a window of %ld would see padding alone", padding,
                       size);
    if (size > flow->height + padding || size > flow->width + padding)
        return problem(config, section->line, error, "a window of %ld x %ld does not fit an input of %ld x %ld", size,
                       size, flow->height, flow->width);
    flow->height = (flow->height + padding - size) / stride + 1;
    flow->width = (flow->width + padding - size) / stride + 1;
    return 0;
}

static int plan_one(PlannedLayer *layer, const Config *config, const ConfigSection *section, Flow *flow,
                    Error *error) {
    switch (layer->kind) {
        case LAYER_CONVOLUTIONAL:
            return plan_convolutional(layer, config, section, flow, error);
        case LAYER_MAXPOOL:
            return plan_maxpool(config, section, flow, error);
        case LAYER_AVGPOOL:
            if (flow->channels == 0)
                return problem(config, section->line, error,
                               "[avgpool] needs an image, but its input is a plain vector");
            flow->height = flow->width = 1;
            return 0;
        case LAYER_CONNECTED:
            layer->biases = (size_t)config_integer(section, "output");
            layer->weights = layer->biases * flow->values;
            layer->batch_normalize = config_boolean(section, "batch_normalize");
            flow->channels = (long)layer->biases;
            flow->height = flow->width = 1;
            return 0;
        case LAYER_DROPOUT:
            if (flow->before == LAYER_KINDS || flow->before == LAYER_DROPOUT)
                return problem(config, section->line, error,
                               "[dropout] must stand behind a layer that computes something");
            return 0;
        case LAYER_SOFTMAX:
            if (flow->values % (size_t)config_integer(section, "groups") != 0)
                return problem(config, section->line, error, "groups=%ld does not divide %zu inputs",
                               config_integer(section, "groups"), flow->values);
            return 0;
        case LAYER_COST:
            if (flow->before == LAYER_KINDS)
                return problem(config, section->line, error, "[cost] stands behind no layer");
            return 0;
        default:
            return 0;
    }
}

static const char *activation_of(const ConfigSection *section, LayerKind kind) {
    /* The check has shown the text to be one of the choices; the names live as long as the program. */
    static const char *const NAMES[] = {"logistic", "relu", "relie", "linear", "ramp",    "tanh",  "plse",
                                        "leaky",    "elu",  "loggy", "stair",  "hardtan", "lhtan", "selu"};
    if (kind != LAYER_CONVOLUTIONAL && kind != LAYER_CONNECTED && kind != LAYER_ACTIVATION) return "linear";
    const char *text = config_text(section, "activation");
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(text, NAMES[i]) == 0) return NAMES[i];
    return "linear";
}

static int plan_layer(DarknetPlan *plan, int number, const Config *config, Flow *flow, Error *error) {
    const ConfigSection *section = &config->sections[number + 1];
    PlannedLayer *layer = &plan->layers[number];
    while (strcmp(section->name, KINDS[layer->kind]) != 0) layer->kind++;
    bool ended = flow->before == LAYER_SOFTMAX || flow->before == LAYER_LOGISTIC || flow->before == LAYER_COST;
    if (ended && !(layer->kind == LAYER_COST && flow->before != LAYER_COST))
        return problem(config, section->line, error, "[%s] stands behind [%s], which ends a network", section->name,
                       KINDS[flow->before]);
    layer->info.inputs = flow->values;
    if (plan_one(layer, config, section, flow, error) != 0) return -1;
    if (flow->channels != 0) flow->values = (size_t)flow->channels * (size_t)flow->height * (size_t)flow->width;
    flow->before = layer->kind;
    layer->info.kind = KINDS[layer->kind];
    layer->info.activation = activation_of(section, layer->kind);
    layer->info.channels = flow->channels ? (int)flow->channels : (int)flow->values;
    layer->info.height = flow->channels ? (int)flow->height : 1;
    layer->info.width = flow->channels ? (int)flow->width : 1;
    layer->info.outputs = flow->values;
    layer->info.line = section->line;
    layer->info.parameters = layer->biases * (layer->batch_normalize ? 4 : 1) + layer->weights;
    plan->parameters += layer->info.parameters;
    plan->activations += layer->info.outputs;
    /* libdarknet holds parameters and their gradients, outputs and their gradients, and one layer's patches. */
    size_t floats = 2 * plan->parameters + 4 * plan->activations + layer->workspace;
    if (floats > MEMORY_LIMIT / sizeof(float))
        return problem(config, section->line, error, "up to this layer the network needs %zu MiB; the limit is %zu",
                       (floats * sizeof(float)) >> 20, MEMORY_LIMIT >> 20);
    return 0;
}

static int check_end(const DarknetPlan *plan, const Config *config, Error *error) {
    int last = plan->count - 1;
    while (last >= 0 && plan->layers[last].kind == LAYER_COST) last--;
    if (last < 0) return problem(config, config->sections[0].line, error, "there is no layer behind [net]");
    if (plan->layers[last].kind == LAYER_DROPOUT)
        return problem(config, plan->layers[last].info.line, error, "[dropout] cannot be the output layer");
    return 0;
}

/* The cfg for libdarknet: one image a batch (views bring their own buffers), other sections as they are. */
static int write_text(DarknetPlan *plan, const Config *config, int latent_layer, int latent_size, Error *error) {
    size_t size = 0;
    FILE *stream = open_memstream(&plan->text, &size);
    if (!stream) return error_set(error, "%s: out of memory", config->path);
    fprintf(stream, "[net]\nbatch=1\nsubdivisions=1\n");
    if (plan->channels)
        fprintf(stream, "height=%d\nwidth=%d\nchannels=%d\n", plan->height, plan->width, plan->channels);
    fprintf(stream, "inputs=%zu\n", plan->inputs);
    for (int i = 0; i < plan->count; i++) {
        const ConfigSection *section = &config->sections[i + 1];
        fprintf(stream, "[%s]\n", section->name);
        for (size_t e = 0; e < section->count; e++) {
            const ConfigEntry *entry = &section->entries[e];
            if (i == latent_layer && strcmp(entry->key, "output") == 0)
                fprintf(stream, "output=%d\n", latent_size);
            else
                fprintf(stream, "%s=%s\n", entry->key, entry->value);
        }
    }
    if (fclose(stream) != 0) return error_set(error, "%s: out of memory", config->path);
    return 0;
}

static int plan_layers(DarknetPlan *plan, const Config *config, Error *error) {
    Flow flow = {0};
    plan->parameters = plan->activations = 0;
    if (read_net(plan, config, &flow, error) != 0) return -1;
    for (int i = 0; i < plan->count; i++) {
        plan->layers[i] = (PlannedLayer){0};
        if (plan_layer(plan, i, config, &flow, error) != 0) return -1;
    }
    return check_end(plan, config, error);
}

/* The [connected] layer with the fewest outputs, the first of several, takes the latent size. */
static int set_latent(DarknetPlan *plan, Config *config, int latent_size, Error *error) {
    int layer = darknet_plan_latent(plan);
    if (layer < 0)
        return error_set(error, "%s: a latent size is asked for, but there is no [connected] layer", config->path);
    ConfigSection *section = &config->sections[layer + 1];
    if (config_line(section, "output") == section->line)
        return problem(config, section->line, error, "the latent layer needs a line output=");
    for (size_t e = 0; e < section->count; e++) {
        if (strcmp(section->entries[e].key, "output") != 0) continue;
        char text[24];
        snprintf(text, sizeof text, "%d", latent_size);
        char *copy = memory_text(text, error);
        if (!copy) return -1;
        memory_free(section->entries[e].value);
        section->entries[e].value = copy;
    }
    return plan_layers(plan, config, error) != 0 ? -1 : layer;
}

int darknet_plan_read(DarknetPlan *plan, const char *path, int latent_size, Error *error) {
    memset(plan, 0, sizeof *plan);
    char found[PATH_LIMIT];
    Config config;
    if (share_find(found, path, error) != 0) return -1;
    if (config_open(&config, found, &SCHEMA_DARKNET_NETWORK, NULL, 0, error) != 0) return -1;
    if (config.count == 0) {
        config_free(&config);
        return error_set(error, "%s: the file is empty; a network begins with [net]", found);
    }
    plan->count = (int)config.count - 1;
    plan->layers = memory_new((size_t)plan->count, sizeof *plan->layers, "the layers", error);
    int latent = -1;
    int failed = !plan->layers || plan_layers(plan, &config, error) != 0;
    if (!failed && latent_size > 0) failed = (latent = set_latent(plan, &config, latent_size, error)) < 0;
    if (!failed) failed = write_text(plan, &config, latent, latent_size, error) != 0;
    config_free(&config);
    if (failed) darknet_plan_free(plan);
    return failed ? -1 : 0;
}

void darknet_plan_free(DarknetPlan *plan) {
    memory_free(plan->layers);
    free(plan->text);
    memset(plan, 0, sizeof *plan);
}

int darknet_plan_latent(const DarknetPlan *plan) {
    int best = -1;
    for (int i = 0; i < plan->count; i++)
        if (plan->layers[i].kind == LAYER_CONNECTED &&
            (best < 0 || plan->layers[i].info.outputs < plan->layers[best].info.outputs))
            best = i;
    return best;
}
