/* model_folder.h: a language model as Hugging Face stores it, in a folder of four files:
 *
 *     config.json          the shape (model_config.h)
 *     model.safetensors    the weights (safetensors.h), or model.safetensors.index.json and its shards
 *     vocab.json, merges.txt   the tokenizer (tokenizer.h)
 *
 * Any GPT-2 works as published: distilgpt2, gpt2 to gpt2-xl, fine-tunes of them. Names may carry the prefix
 * "transformer."; stored attention masks (h.N.attn.bias, h.N.attn.masked_bias) are ignored; lm_head.weight is needed
 * only where config.json says that the embeddings are not tied. model_folder_open checks everything that can be
 * checked without reading the weights: each tensor is there, is F32, F16 or BF16, and has the shape that config.json
 * asks for; the tokenizer has as many tokens as the embedding has rows. */
#ifndef LATENT_DREAM_TEXT_MODEL_FOLDER_H
#define LATENT_DREAM_TEXT_MODEL_FOLDER_H

#include "base/error.h"
#include "base/file.h"
#include "text/model_config.h"
#include "text/safetensors.h"
#include "text/tokenizer.h"

typedef struct ModelFolder {
    char path[PATH_LIMIT];  // as found
    ModelConfig config;
    Safetensors weights;  // mapped; tensors point into it until close
    Tokenizer *tokenizer;
} ModelFolder;

/* `folder` is looked up with share_find. */
int model_folder_open(ModelFolder *model, const char *folder, Error *error);
/* config.json and the tokenizer only; weights stay empty. What training a new model starts from. */
int model_folder_open_shape(ModelFolder *model, const char *folder, Error *error);
void model_folder_close(ModelFolder *model);

/* A tensor by its name without prefix ("wte.weight", "h.0.attn.c_attn.weight", "lm_head.weight"); NULL where there
 * is none, which open has ruled out for those that the shape asks for. */
const Tensor *model_folder_tensor(const ModelFolder *model, const char *name);

/* The tensors of a GPT-2 of this shape, i = 0 .. model_tensor_count - 1, in the order of the network: wte, wpe, each
 * block's twelve, ln_f, and lm_head.weight where it is not tied. */
enum { MODEL_TENSOR_NAME = 64 };
typedef struct ModelTensor {
    char name[MODEL_TENSOR_NAME];  // without prefix
    int dimensions;
    size_t shape[2];
    size_t count;
} ModelTensor;
int model_tensor_count(const ModelConfig *config);
void model_tensor_at(const ModelConfig *config, int i, ModelTensor *tensor);

/* Makes FOLDER with config.json and model.safetensors from one array of float32 for each tensor in the order of
 * model_tensor_at, and copies vocab.json and merges.txt from the folder `tokenizer` (NULL: leaves them). Names are
 * written with the prefix "transformer.", as transformers does. type: NUMBER_F32 or NUMBER_BF16. */
int model_folder_write(const char *folder, const ModelConfig *config, const float *const *values, NumberType type,
                       const char *tokenizer, Error *error);

#endif
