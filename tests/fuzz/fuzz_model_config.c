/* Any bytes as config.json: refused, or a shape that holds together and whose tensors can be listed. */
#include "text/model_config.h"
#include "text/model_folder.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Error error;
    ModelConfig config;
    if (model_config_parse(&config, (const char *)data, size, "config.json", &error) != 0) return 0;
    if (config.layers < 1 || config.width < 1 || config.heads < 1 || config.width % config.heads != 0) abort();
    if (config.inner < 1 || config.context < 1 || config.vocabulary < 1 || !(config.epsilon >= 0)) abort();
    for (int i = 0; i < model_tensor_count(&config); i++) {
        ModelTensor tensor;
        model_tensor_at(&config, i, &tensor);
        if (tensor.name[0] == 0 || tensor.count == 0) abort();
    }
    return 0;
}
