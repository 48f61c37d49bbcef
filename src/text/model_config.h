/* model_config.h: the shape of a GPT-2, as Hugging Face's config.json tells it.
 *
 * Only what this program computes is accepted: GPT-2's pre-norm blocks with gelu_new, scaled attention, learned
 * positions. Anything else is refused with the key, its value and what is supported. Training-only keys (dropout,
 * initializer_range, summary_*) are ignored. */
#ifndef LATENT_DREAM_TEXT_MODEL_CONFIG_H
#define LATENT_DREAM_TEXT_MODEL_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ModelConfig {
    int layers;      // n_layer
    int width;       // n_embd
    int heads;       // n_head, divides width
    int inner;       // n_inner; 4 * width where absent
    int context;     // n_positions
    int vocabulary;  // vocab_size
    float epsilon;   // layer_norm_epsilon
    bool tied;       // tie_word_embeddings; true where absent
} ModelConfig;

int model_config_read(ModelConfig *config, const char *path, Error *error);
/* The same from memory; `path` names it in messages. */
int model_config_parse(ModelConfig *config, const char *bytes, size_t size, const char *path, Error *error);
/* config.json as transformers reads it; the weights' type is "float32" or "bfloat16". */
int model_config_write(const ModelConfig *config, const char *path, const char *weight_type, Error *error);

#endif
