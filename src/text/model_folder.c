#include "text/model_folder.h"

#include "base/memory.h"
#include "base/share.h"
#include "text/json_read.h"

#include <stdio.h>
#include <string.h>

/* ---- the tensors of a GPT-2 */

typedef struct BlockTensor {
    const char *name;
    int rows, columns;  // in units of the width; columns 0: a vector. -1: the MLP's inner width
} BlockTensor;

static const BlockTensor BLOCK[] = {
    {"ln_1.weight", 1, 0},      {"ln_1.bias", 1, 0},          {"attn.c_attn.weight", 1, 3},
    {"attn.c_attn.bias", 3, 0}, {"attn.c_proj.weight", 1, 1}, {"attn.c_proj.bias", 1, 0},
    {"ln_2.weight", 1, 0},      {"ln_2.bias", 1, 0},          {"mlp.c_fc.weight", 1, -1},
    {"mlp.c_fc.bias", -1, 0},   {"mlp.c_proj.weight", -1, 1}, {"mlp.c_proj.bias", 1, 0},
};
enum { BLOCK_TENSORS = sizeof BLOCK / sizeof *BLOCK, EMBEDDINGS = 2 };

int model_tensor_count(const ModelConfig *config) {
    return EMBEDDINGS + config->layers * BLOCK_TENSORS + 2 + !config->tied;
}

static void tensor_set(ModelTensor *tensor, const char *name, size_t rows, size_t columns) {
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->dimensions = columns > 0 ? 2 : 1;
    tensor->shape[0] = rows;
    tensor->shape[1] = columns;
    tensor->count = rows * (columns > 0 ? columns : 1);
}

static size_t block_size(const ModelConfig *config, int units) {
    return units < 0 ? (size_t)config->inner : (size_t)units * (size_t)config->width;
}

void model_tensor_at(const ModelConfig *config, int i, ModelTensor *tensor) {
    size_t width = (size_t)config->width, vocabulary = (size_t)config->vocabulary;
    int after = i - EMBEDDINGS - config->layers * BLOCK_TENSORS;
    if (i == 0) {
        tensor_set(tensor, "wte.weight", vocabulary, width);
    } else if (i == 1) {
        tensor_set(tensor, "wpe.weight", (size_t)config->context, width);
    } else if (after < 0) {
        const BlockTensor *block = &BLOCK[(i - EMBEDDINGS) % BLOCK_TENSORS];
        char name[MODEL_TENSOR_NAME];
        snprintf(name, sizeof name, "h.%d.%s", (i - EMBEDDINGS) / BLOCK_TENSORS, block->name);
        tensor_set(tensor, name, block_size(config, block->rows), block_size(config, block->columns));
    } else if (after == 0) {
        tensor_set(tensor, "ln_f.weight", width, 0);
    } else if (after == 1) {
        tensor_set(tensor, "ln_f.bias", width, 0);
    } else {
        tensor_set(tensor, "lm_head.weight", vocabulary, width);
    }
}

const Tensor *model_folder_tensor(const ModelFolder *model, const char *name) {
    char prefixed[MODEL_TENSOR_NAME + 16];
    snprintf(prefixed, sizeof prefixed, "transformer.%s", name);
    const Tensor *tensor = safetensors_find(&model->weights, prefixed);
    return tensor != NULL ? tensor : safetensors_find(&model->weights, name);
}

/* ---- checks */

static void print_shape(char *text, size_t size, int dimensions, const size_t *shape) {
    size_t at = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < dimensions && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, i > 0 ? ", %zu" : "%zu", shape[i]);
    }
    if (at < size) snprintf(text + at, size - at, ")");
}

static int check_tensor(const ModelFolder *model, const ModelTensor *wanted, Error *error) {
    const Tensor *tensor = model_folder_tensor(model, wanted->name);
    if (tensor == NULL) {
        return error_set(error, "%s: tensor %s is missing; config.json asks for it", model->path, wanted->name);
    }
    bool same = tensor->dimensions == wanted->dimensions;
    for (int i = 0; i < wanted->dimensions && same; i++) same = tensor->shape[i] == wanted->shape[i];
    if (!same) {
        char found[128], expected[128];
        print_shape(found, sizeof found, tensor->dimensions, tensor->shape);
        print_shape(expected, sizeof expected, wanted->dimensions, wanted->shape);
        return error_set(error, "%s: tensor %s has the shape %s, but config.json asks for %s", tensor->path,
                         wanted->name, found, expected);
    }
    if (!tensor->numeric) {
        return error_set(error, "%s: tensor %s is neither F32, F16 nor BF16", tensor->path, wanted->name);
    }
    return 0;
}

/* What stands behind "h.N." in the name of a layer's tensor, N within 0 .. layers - 1; else NULL. */
static const char *name_in_layer(const char *name, int layers) {
    int layer, end = 0;
    if (sscanf(name, "h.%4d.%n", &layer, &end) != 1 || end == 0 || layer < 0 || layer >= layers) return NULL;
    return name + end;
}

static bool is_of_network(const ModelConfig *config, const char *name) {
    static const char *const ENDS[] = {"wte.weight", "wpe.weight", "ln_f.weight", "ln_f.bias", "lm_head.weight"};
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        if (strcmp(name, ENDS[i]) == 0) return true;
    }
    const char *rest = name_in_layer(name, config->layers);
    if (rest == NULL) return false;
    for (int i = 0; i < BLOCK_TENSORS; i++) {
        if (strcmp(rest, BLOCK[i].name) == 0) return true;
    }
    return strcmp(rest, "attn.bias") == 0 || strcmp(rest, "attn.masked_bias") == 0;  // stored masks
}

/* A tensor that a GPT-2 of this shape has no use for means that config.json is another model's. */
static int check_extra(const ModelFolder *model, const Tensor *tensor, Error *error) {
    static const char PREFIX[] = "transformer.";
    bool prefixed = strncmp(tensor->name, PREFIX, sizeof PREFIX - 1) == 0;
    const char *name = prefixed ? tensor->name + sizeof PREFIX - 1 : tensor->name;
    char shown[JSON_NAME];
    if (!is_of_network(&model->config, name)) {
        return error_set(error, "%s: tensor %s is none of a GPT-2 with %d layers, as config.json describes it",
                         tensor->path, json_name(shown, tensor->name), model->config.layers);
    }
    if (prefixed && safetensors_find(&model->weights, name) != NULL) {
        return error_set(error, "%s: tensor %s stands there with and without \"transformer.\"", tensor->path, name);
    }
    return 0;
}

static int check_weights(const ModelFolder *model, Error *error) {
    for (int i = 0; i < model_tensor_count(&model->config); i++) {
        ModelTensor wanted = {.count = 0};
        model_tensor_at(&model->config, i, &wanted);
        if (check_tensor(model, &wanted, error) != 0) return -1;
    }
    for (size_t i = 0; i < model->weights.count; i++) {
        if (check_extra(model, &model->weights.tensors[i], error) != 0) return -1;
    }
    return 0;
}

/* ---- open and close */

int model_folder_open_shape(ModelFolder *model, const char *folder, Error *error) {
    *model = (ModelFolder){0};
    char path[PATH_LIMIT];
    if (share_find(model->path, folder, error) != 0) return -1;
    if (path_join(path, error, model->path, "config.json") != 0) return -1;
    if (model_config_read(&model->config, path, error) != 0) return -1;
    model->tokenizer = tokenizer_open(model->path, error);
    if (model->tokenizer == NULL) return -1;
    int tokens = tokenizer_size(model->tokenizer);
    if (tokens != model->config.vocabulary) {
        error_set(error,
                  "%s: vocab.json has %d tokens, but config.json says \"vocab_size\": %d; the tokenizer is not "
                  "this model's",
                  model->path, tokens, model->config.vocabulary);
        model_folder_close(model);
        return -1;
    }
    return 0;
}

int model_folder_open(ModelFolder *model, const char *folder, Error *error) {
    if (model_folder_open_shape(model, folder, error) != 0) return -1;
    if (safetensors_open_folder(&model->weights, model->path, error) == 0 && check_weights(model, error) == 0)
        return 0;
    model_folder_close(model);
    return -1;
}

void model_folder_close(ModelFolder *model) {
    safetensors_close(&model->weights);
    tokenizer_close(model->tokenizer);
    *model = (ModelFolder){0};
}

/* ---- writing */

static int write_weights(const char *path, const ModelConfig *config, const float *const *values, NumberType type,
                         Error *error) {
    int count = model_tensor_count(config);
    char(*names)[MODEL_TENSOR_NAME + 16] = memory_new((size_t)count, sizeof *names, "tensor names", error);
    TensorSource *tensors = memory_new((size_t)count, sizeof *tensors, "tensors to write", error);
    int status = names == NULL || tensors == NULL ? -1 : 0;
    for (int i = 0; i < count && status == 0; i++) {
        ModelTensor tensor = {.count = 0};
        model_tensor_at(config, i, &tensor);
        bool head = strcmp(tensor.name, "lm_head.weight") == 0;
        snprintf(names[i], sizeof names[i], "%s%s", head ? "" : "transformer.", tensor.name);
        tensors[i] = (TensorSource){names[i], tensor.dimensions, {tensor.shape[0], tensor.shape[1]}, values[i]};
    }
    if (status == 0) status = safetensors_write(path, tensors, (size_t)count, type, error);
    memory_free(tensors);
    memory_free(names);
    return status;
}

static int copy_file(const char *name, const char *from, const char *to, Error *error) {
    char source[PATH_LIMIT], target[PATH_LIMIT];
    if (path_join(source, error, from, "%s", name) != 0 || path_join(target, error, to, "%s", name) != 0) return -1;
    if (strcmp(source, target) == 0) return 0;
    char *bytes;
    size_t size;
    if (file_read(source, (size_t)64 << 20, &bytes, &size, error) != 0) return -1;
    int status = file_write(target, bytes, size, error);
    memory_free(bytes);
    return status;
}

int model_folder_write(const char *folder, const ModelConfig *config, const float *const *values, NumberType type,
                       const char *tokenizer, Error *error) {
    char path[PATH_LIMIT], source[PATH_LIMIT];
    if (folder_make(folder, error) != 0) return -1;
    if (tokenizer != NULL) {
        if (share_find(source, tokenizer, error) != 0) return -1;
        if (copy_file("vocab.json", source, folder, error) != 0) return -1;
        if (copy_file("merges.txt", source, folder, error) != 0) return -1;
    }
    if (path_join(path, error, folder, "config.json") != 0) return -1;
    if (model_config_write(config, path, type == NUMBER_BF16 ? "bfloat16" : "float32", error) != 0) return -1;
    if (path_join(path, error, folder, "model.safetensors") != 0) return -1;
    return write_weights(path, config, values, type, error);
}
