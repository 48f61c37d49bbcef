#include "text/model_config.h"

#include "base/file.h"
#include "base/memory.h"
#include "text/json_read.h"

#include <string.h>

static const size_t CONFIG_LIMIT = (size_t)1 << 20;

static int read_size(const cJSON *json, const char *key, int maximum, int *value, const char *path, Error *error) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    double number;
    if (item == NULL) return error_set(error, "%s: no \"%s\" in it; a GPT-2 has one", path, key);
    if (json_whole(item, 1, maximum, &number) != 0) {
        return error_set(error, "%s: \"%s\" is no whole number within 1 to %d", path, key, maximum);
    }
    *value = (int)number;
    return 0;
}

static bool is_absent(const cJSON *item) { return item == NULL || cJSON_IsNull(item); }

/* A switch of GPT-2 variants must be absent or as this program computes. */
static int require_switch(const cJSON *json, const char *key, bool supported, const char *path, Error *error) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    if (is_absent(item) || (supported ? cJSON_IsTrue(item) : cJSON_IsFalse(item))) return 0;
    return error_set(error, "%s: \"%s\" is not %s; only a GPT-2 where it is can be run", path, key,
                     supported ? "true" : "false");
}

static int require_kind(const cJSON *json, const char *path, Error *error) {
    char name[JSON_NAME];
    const cJSON *kind = cJSON_GetObjectItemCaseSensitive(json, "model_type");
    if (!cJSON_IsString(kind)) return error_set(error, "%s: no \"model_type\": \"gpt2\" in it", path);
    if (strcmp(kind->valuestring, "gpt2") != 0) {
        return error_set(error,
                         "%s: \"model_type\" is \"%s\"; only \"gpt2\" can be run: distilgpt2, gpt2 to gpt2-xl, "
                         "and fine-tunes of them",
                         path, json_name(name, kind->valuestring));
    }
    const cJSON *activation = cJSON_GetObjectItemCaseSensitive(json, "activation_function");
    if (!is_absent(activation) &&
        (!cJSON_IsString(activation) || (strcmp(activation->valuestring, "gelu_new") != 0 &&
                                         strcmp(activation->valuestring, "gelu_pytorch_tanh") != 0))) {
        return error_set(error,
                         "%s: \"activation_function\" is \"%s\"; only \"gelu_new\", GELU in its tanh form, can "
                         "be run",
                         path, cJSON_IsString(activation) ? json_name(name, activation->valuestring) : "?");
    }
    if (!is_absent(cJSON_GetObjectItemCaseSensitive(json, "quantization_config"))) {
        return error_set(error, "%s: the weights are quantized; F32, F16 and BF16 weights can be run", path);
    }
    if (require_switch(json, "scale_attn_weights", true, path, error) != 0) return -1;
    if (require_switch(json, "scale_attn_by_inverse_layer_idx", false, path, error) != 0) return -1;
    return require_switch(json, "add_cross_attention", false, path, error);
}

static int read_shape(const cJSON *json, ModelConfig *config, const char *path, Error *error) {
    if (read_size(json, "n_layer", 1000, &config->layers, path, error) != 0) return -1;
    if (read_size(json, "n_embd", 1 << 17, &config->width, path, error) != 0) return -1;
    if (read_size(json, "n_head", 1 << 12, &config->heads, path, error) != 0) return -1;
    if (read_size(json, "n_positions", 1 << 20, &config->context, path, error) != 0) return -1;
    if (read_size(json, "vocab_size", 1 << 20, &config->vocabulary, path, error) != 0) return -1;
    config->inner = 4 * config->width;
    if (!is_absent(cJSON_GetObjectItemCaseSensitive(json, "n_inner")) &&
        read_size(json, "n_inner", 1 << 20, &config->inner, path, error) != 0) {
        return -1;
    }
    if (config->width % config->heads != 0) {
        return error_set(error, "%s: \"n_embd\" %d is no multiple of \"n_head\" %d", path, config->width,
                         config->heads);
    }
    return 0;
}

static int read_details(const cJSON *json, ModelConfig *config, const char *path, Error *error) {
    const cJSON *epsilon = cJSON_GetObjectItemCaseSensitive(json, "layer_norm_epsilon");
    config->epsilon = 1e-5f;
    if (!is_absent(epsilon)) {
        if (!cJSON_IsNumber(epsilon) || !(epsilon->valuedouble > 0 && epsilon->valuedouble < 1)) {
            return error_set(error, "%s: \"layer_norm_epsilon\" is no number between 0 and 1", path);
        }
        config->epsilon = (float)epsilon->valuedouble;
    }
    const cJSON *tied = cJSON_GetObjectItemCaseSensitive(json, "tie_word_embeddings");
    if (!is_absent(tied) && !cJSON_IsBool(tied)) {
        return error_set(error, "%s: \"tie_word_embeddings\" is neither true nor false", path);
    }
    config->tied = is_absent(tied) || cJSON_IsTrue(tied);
    return 0;
}

int model_config_parse(ModelConfig *config, const char *bytes, size_t size, const char *path, Error *error) {
    *config = (ModelConfig){0};
    cJSON *json = json_parse_object(bytes, size, path, "a model's config.json", error);
    if (json == NULL) return -1;
    int status = require_kind(json, path, error);
    if (status == 0) status = read_shape(json, config, path, error);
    if (status == 0) status = read_details(json, config, path, error);
    cJSON_Delete(json);
    return status;
}

int model_config_read(ModelConfig *config, const char *path, Error *error) {
    char *bytes;
    size_t size;
    if (file_read(path, CONFIG_LIMIT, &bytes, &size, error) != 0) return -1;
    int status = model_config_parse(config, bytes, size, path, error);
    memory_free(bytes);
    return status;
}

int model_config_write(const ModelConfig *config, const char *path, const char *weight_type, Error *error) {
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    FILE *out = writer.stream;
    fputs("{\n  \"activation_function\": \"gelu_new\",\n  \"architectures\": [\n    \"GPT2LMHeadModel\"\n  ],\n",
          out);
    fprintf(out, "  \"attn_pdrop\": 0.0,\n  \"bos_token_id\": %d,\n  \"embd_pdrop\": 0.0,\n", config->vocabulary - 1);
    fprintf(out, "  \"eos_token_id\": %d,\n  \"initializer_range\": 0.02,\n", config->vocabulary - 1);
    fprintf(out, "  \"layer_norm_epsilon\": %.9g,\n  \"model_type\": \"gpt2\",\n", (double)config->epsilon);
    fprintf(out, "  \"n_embd\": %d,\n  \"n_head\": %d,\n  \"n_inner\": ", config->width, config->heads);
    if (config->inner == 4 * config->width) {
        fputs("null", out);
    } else {
        fprintf(out, "%d", config->inner);
    }
    fprintf(out, ",\n  \"n_layer\": %d,\n  \"n_positions\": %d,\n", config->layers, config->context);
    fputs("  \"reorder_and_upcast_attn\": false,\n  \"resid_pdrop\": 0.0,\n", out);
    fputs("  \"scale_attn_by_inverse_layer_idx\": false,\n  \"scale_attn_weights\": true,\n", out);
    fprintf(out, "  \"tie_word_embeddings\": %s,\n  \"torch_dtype\": \"%s\",\n", config->tied ? "true" : "false",
            weight_type);
    fprintf(out, "  \"use_cache\": true,\n  \"vocab_size\": %d\n}\n", config->vocabulary);
    return file_writer_close(&writer, error);
}
