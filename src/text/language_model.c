#include "text/language_model.h"

#include "base/memory.h"
#include "base/share.h"

#include <string.h>

int language_model_shape(const ModelConfig *config, const char *path, TextNetworkShape *shape, Error *error) {
    if (config->inner != 4 * config->width)
        return error_set(error, "%s: n_inner is %d where n_embd is %d; only 4 * n_embd = %d is supported", path,
                         config->inner, config->width, 4 * config->width);
    *shape = (TextNetworkShape){.layers = config->layers,
                                .width = config->width,
                                .heads = config->heads,
                                .vocabulary = config->vocabulary,
                                .context = config->context,
                                .causal = true,
                                .tied = config->tied,
                                .epsilon = config->epsilon};
    if (text_network_shape_check(shape, error) != 0) return error_prefix(error, "%s", path);
    return 0;
}

static int bind_weights(LanguageModel *model, Error *error) {
    for (int i = 0; i < model->network.parameter_count; i++) {
        const Tensor *tensor = model_folder_tensor(&model->folder, model->network.parameters[i].name);
        if (!tensor)
            return error_set(error, "%s: tensor %s is missing", model->folder.path,
                             model->network.parameters[i].name);
        if (text_network_bind(&model->network, i, tensor->type, tensor->data, error) != 0) return -1;
        model->network.parameters[i].mapped = tensor->mapped;
    }
    return text_network_check_bound(&model->network, error);
}

int language_model_open(LanguageModel *model, const char *folder, Error *error) {
    memset(model, 0, sizeof *model);
    if (model_folder_open(&model->folder, folder, error) != 0) return -1;
    TextNetworkShape shape;
    if (language_model_shape(&model->folder.config, model->folder.path, &shape, error) == 0 &&
        text_network_open(&model->network, &shape, error) == 0) {
        if (bind_weights(model, error) == 0) return 0;
        text_network_close(&model->network);
    }
    model_folder_close(&model->folder);
    return -1;
}

void language_model_close(LanguageModel *model) {
    text_network_close(&model->network);
    model_folder_close(&model->folder);
}

/* The scripts that fetch a model stand beside where it is expected. */
int language_model_missing(const char *folder, Error *error) {
    char name[PATH_LIMIT], path[PATH_LIMIT];
    if (path_join(name, NULL, folder, "config.json") != 0 || share_find(path, name, NULL) == 0) return -1;
    const char *slash = strrchr(folder, '/');
    snprintf(name, sizeof name, "data/models/get-%.200s.sh", slash ? slash + 1 : folder);
    if (share_find(path, name, NULL) != 0) return -1;
    return error_set(error, "%.1000s: the model is not there; %s fetches it", folder, name);
}

int language_model_write(const TextNetwork *network, const char *folder, const char *tokenizer, NumberType type,
                         Error *error) {
    const TextNetworkShape *shape = &network->shape;
    ModelConfig config = {.layers = shape->layers,
                          .width = shape->width,
                          .heads = shape->heads,
                          .inner = 4 * shape->width,
                          .context = shape->context,
                          .vocabulary = shape->vocabulary,
                          .epsilon = shape->epsilon,
                          .tied = shape->tied};
    size_t count = (size_t)network->parameter_count;
    const float **values = memory_new(count, sizeof *values, "a list of tensors", error);
    if (!values) return -1;
    for (size_t i = 0; i < count; i++) values[i] = network->storage + network->parameters[i].offset;
    int failed = model_folder_write(folder, &config, values, type, tokenizer, error);
    memory_free(values);
    return failed;
}
