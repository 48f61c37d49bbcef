/* language_model.h: a model folder and the network over its mapped weights, opened and closed together.
 *
 *     LanguageModel model;
 *     if (language_model_open(&model, "data/models/fairytale", error) != 0) return -1;
 *     ... model.network, model.folder.tokenizer ...
 *     language_model_close(&model);
 */
#ifndef LATENT_DREAM_TEXT_LANGUAGE_MODEL_H
#define LATENT_DREAM_TEXT_LANGUAGE_MODEL_H

#include "text/model_folder.h"
#include "text/network.h"

typedef struct LanguageModel {
    ModelFolder folder;
    TextNetwork network;  // its parameters lie in the mapped files
} LanguageModel;

/* `folder` is looked up with share_find. Nothing is to be closed after a failure. */
int language_model_open(LanguageModel *model, const char *folder, Error *error);
void language_model_close(LanguageModel *model);

/* After a model could not be opened: where its folder is absent and there is a script that fetches it, `error`
 * becomes that remedy. Returns -1. */
int language_model_missing(const char *folder, Error *error);

/* The shape of a config.json as the network knows it; an error where the MLP is not four times as wide. */
int language_model_shape(const ModelConfig *config, const char *path, TextNetworkShape *shape, Error *error);

/* Writes a network with weights of its own as a model folder; vocab.json and merges.txt come from the folder
 * `tokenizer`. */
int language_model_write(const TextNetwork *network, const char *folder, const char *tokenizer, NumberType type,
                         Error *error);

#endif
