#include "text/network.h"

#include "base/memory.h"
#include "compute/random.h"
#include "text/network_packed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE_FLOATS = 16, LARGEST_SIZE = 1 << 24 };

int text_parameter_of_layer(int layer, TextLayerParameter which) {
    return TEXT_FIRST_LAYER + layer * TEXT_PER_LAYER + (int)which;
}

int text_parameter_final_norm_weight(const TextNetworkShape *shape) {
    return TEXT_FIRST_LAYER + shape->layers * TEXT_PER_LAYER;
}

int text_parameter_unembedding(const TextNetworkShape *shape) {
    return shape->tied ? TEXT_WTE : text_parameter_final_norm_weight(shape) + 2;
}

int text_network_shape_check(const TextNetworkShape *shape, Error *error) {
    const struct {
        const char *name;
        int value, largest;
    } sizes[] = {{"layers", shape->layers, 4096},
                 {"width", shape->width, 65536},
                 {"heads", shape->heads, 65536},
                 {"vocabulary", shape->vocabulary, LARGEST_SIZE},
                 {"context", shape->context, LARGEST_SIZE}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].value < 1 || sizes[i].value > sizes[i].largest)
            return error_set(error, "%s is %d; it must be from 1 to %d", sizes[i].name, sizes[i].value,
                             sizes[i].largest);
    if (shape->width % shape->heads != 0)
        return error_set(error, "width %d is not a multiple of its %d heads", shape->width, shape->heads);
    if (!(shape->epsilon >= 0.0f && shape->epsilon <= 1.0f))
        return error_set(error, "the layer norms' epsilon is %g; it must be from 0 to 1", (double)shape->epsilon);
    return 0;
}

static int shape_of_transformers(TextNetworkShape *shape, const Config *config, Error *error) {
    const ConfigSection *first = config_section(config, "transformer");
    shape->heads = (int)config_integer(first, "heads");
    shape->causal = config_boolean(first, "causal");
    shape->epsilon = (float)config_real(first, "epsilon");
    for (const ConfigSection *s = first; s; s = config_next(config, s, "transformer")) {
        long hidden = config_integer(s, "hidden");
        if (hidden != 0 && hidden != 4L * shape->width)
            return error_set(error, "%s:%d: hidden=%ld: a GPT-2's MLP has four times the width, %d neurons",
                             config->path, config_line(s, "hidden"), hidden, 4 * shape->width);
        if (config_integer(s, "heads") != shape->heads || config_boolean(s, "causal") != shape->causal ||
            (float)config_real(s, "epsilon") != shape->epsilon)
            return error_set(error,
                             "%s:%d: this [transformer] differs from the first one, on line %d; all must be alike",
                             config->path, s->line, first->line);
        shape->layers++;
    }
    return 0;
}

int text_network_shape_from_config(TextNetworkShape *shape, const Config *config, Error *error) {
    static const char *const SINGLE[] = {"layernorm", "unembedding"};
    *shape = (TextNetworkShape){0};
    for (size_t i = 0; i < 2; i++)
        if (config_count(config, SINGLE[i]) != 1)
            return error_set(error, "%s: %zu sections [%s]; a GPT-2 ends with one [layernorm] and one [unembedding]",
                             config->path, config_count(config, SINGLE[i]), SINGLE[i]);
    const ConfigSection *embedding = config_section(config, "embedding");
    shape->context = (int)config_integer(config_section(config, "net"), "context");
    shape->vocabulary = (int)config_integer(embedding, "vocabulary");
    shape->width = (int)config_integer(embedding, "width");
    shape->tied = config_boolean(config_section(config, "unembedding"), "tied");
    if (shape_of_transformers(shape, config, error) != 0) return -1;
    const ConfigSection *norm = config_section(config, "layernorm");
    if ((float)config_real(norm, "epsilon") != shape->epsilon)
        return error_set(error, "%s:%d: the last norm's epsilon differs from that of the [transformer] layers",
                         config->path, config_line(norm, "epsilon"));
    if (text_network_shape_check(shape, error) != 0) return error_prefix(error, "%s", config->path);
    return 0;
}

typedef struct LayerParameterForm {
    const char *name;
    int rows, columns;  // in units of C; columns 0: rank 1
} LayerParameterForm;

static const LayerParameterForm LAYER_PARAMETERS[TEXT_PER_LAYER] = {
    [TEXT_LN_1_WEIGHT] = {"ln_1.weight", 1, 0},
    [TEXT_LN_1_BIAS] = {"ln_1.bias", 1, 0},
    [TEXT_ATTN_WEIGHT] = {"attn.c_attn.weight", 1, 3},
    [TEXT_ATTN_BIAS] = {"attn.c_attn.bias", 3, 0},
    [TEXT_ATTN_PROJ_WEIGHT] = {"attn.c_proj.weight", 1, 1},
    [TEXT_ATTN_PROJ_BIAS] = {"attn.c_proj.bias", 1, 0},
    [TEXT_LN_2_WEIGHT] = {"ln_2.weight", 1, 0},
    [TEXT_LN_2_BIAS] = {"ln_2.bias", 1, 0},
    [TEXT_FC_WEIGHT] = {"mlp.c_fc.weight", 1, 4},
    [TEXT_FC_BIAS] = {"mlp.c_fc.bias", 4, 0},
    [TEXT_PROJ_WEIGHT] = {"mlp.c_proj.weight", 4, 1},
    [TEXT_PROJ_BIAS] = {"mlp.c_proj.bias", 1, 0},
};

static void parameter_add(TextNetwork *network, int rows, int columns) {
    TextParameter *p = &network->parameters[network->parameter_count++];
    p->rank = columns > 0 ? 2 : 1;
    p->shape[0] = rows;
    p->shape[1] = columns > 0 ? columns : 1;
    p->count = (size_t)rows * (size_t)p->shape[1];
    p->offset = network->total;
    p->decays = p->rank == 2;
    network->total += (p->count + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
}

int text_network_open(TextNetwork *network, const TextNetworkShape *shape, Error *error) {
    *network = (TextNetwork){.shape = *shape};
    if (text_network_shape_check(shape, error) != 0) return -1;
    int count = text_parameter_final_norm_weight(shape) + 2 + (shape->tied ? 0 : 1), C = shape->width;
    network->parameters = memory_new((size_t)count, sizeof *network->parameters, "parameter table", error);
    if (!network->parameters) return -1;
    TextParameter *table = network->parameters;
    parameter_add(network, shape->vocabulary, C);
    parameter_add(network, shape->context, C);
    snprintf(table[TEXT_WTE].name, sizeof table->name, "wte.weight");
    snprintf(table[TEXT_WPE].name, sizeof table->name, "wpe.weight");
    for (int l = 0; l < shape->layers; l++)
        for (int i = 0; i < TEXT_PER_LAYER; i++) {
            const LayerParameterForm *form = &LAYER_PARAMETERS[i];
            snprintf(table[network->parameter_count].name, sizeof table->name, "h.%d.%s", l, form->name);
            parameter_add(network, form->rows * C, form->columns * C);
        }
    snprintf(table[network->parameter_count].name, sizeof table->name, "ln_f.weight");
    parameter_add(network, C, 0);
    snprintf(table[network->parameter_count].name, sizeof table->name, "ln_f.bias");
    parameter_add(network, C, 0);
    if (!shape->tied) {
        snprintf(table[network->parameter_count].name, sizeof table->name, "lm_head.weight");
        parameter_add(network, shape->vocabulary, C);
    }
    return 0;
}

void text_network_close(TextNetwork *network) {
    text_packed_free(network->packed);
    memory_free(network->parameters);
    memory_free(network->storage);
    *network = (TextNetwork){0};
}

void text_network_changed(TextNetwork *network) {
    text_packed_free(network->packed);
    network->packed = NULL;
}

int text_network_find(const TextNetwork *network, const char *name) {
    static const char PREFIX[] = "transformer.";
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) == 0) name += sizeof PREFIX - 1;
    for (int i = 0; i < network->parameter_count; i++)
        if (strcmp(network->parameters[i].name, name) == 0) return i;
    return -1;
}

int text_network_bind(TextNetwork *network, int parameter, NumberType type, const void *data, Error *error) {
    if (parameter < 0 || parameter >= network->parameter_count)
        return error_set(error, "the network has no parameter %d", parameter);
    network->parameters[parameter].type = type;
    network->parameters[parameter].data = data;
    return 0;
}

int text_network_check_bound(const TextNetwork *network, Error *error) {
    for (int i = 0; i < network->parameter_count; i++)
        if (!network->parameters[i].data)
            return error_set(error, "tensor %s is missing", network->parameters[i].name);
    return 0;
}

int text_network_allocate(TextNetwork *network, Error *error) {
    memory_free(network->storage);
    network->storage = memory_new(network->total, sizeof *network->storage, "network parameters", error);
    if (!network->storage) return -1;
    for (int i = 0; i < network->parameter_count; i++) {
        network->parameters[i].type = NUMBER_F32;
        network->parameters[i].data = network->storage + network->parameters[i].offset;
    }
    return 0;
}

void text_network_initialize(TextNetwork *network, uint64_t seed) {
    float residual = 0.02f / sqrtf(2.0f * (float)network->shape.layers);
    for (int i = 0; i < network->parameter_count; i++) {
        const TextParameter *p = &network->parameters[i];
        float *values = network->storage + p->offset;
        Random random = random_stream_at(seed, "initialize", (uint64_t)i);
        if (p->rank == 2)
            random_fill_normal(&random, values, p->count, strstr(p->name, "c_proj") ? residual : 0.02f);
        else
            for (size_t k = 0; k < p->count; k++) values[k] = strstr(p->name, "bias") ? 0.0f : 1.0f;
    }
}

void text_network_values(const TextNetwork *network, int parameter, float *values) {
    const TextParameter *p = &network->parameters[parameter];
    numbers_to_floats(p->type, p->data, p->count, values);
}

int text_network_embed(const TextNetwork *network, const int *ids, size_t count, float *embeddings, Error *error) {
    const TextParameter *table = &network->parameters[TEXT_WTE];
    size_t C = (size_t)network->shape.width, bytes = number_size(table->type);
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0 || ids[i] >= network->shape.vocabulary)
            return error_set(error, "token %d is not in the model's vocabulary of %d", ids[i],
                             network->shape.vocabulary);
        numbers_to_floats(table->type, (const char *)table->data + (size_t)ids[i] * C * bytes, C, embeddings + i * C);
    }
    return 0;
}

size_t text_network_packed_bytes(const TextNetwork *network) { return text_packed_bytes(network->packed); }
