/* small_model.h: a small random language model for tests: the tokenizer of data/models/fairytale, 2 layers, 16 wide.
 */
#ifndef LATENT_DREAM_TESTS_SMALL_MODEL_H
#define LATENT_DREAM_TESTS_SMALL_MODEL_H

#include "base/file.h"
#include "compute/random.h"
#include "text/language_model.h"

#include <stdlib.h>
#include <string.h>

static const char *const SMALL_TOKENIZER = "data/models/fairytale";

__attribute__((unused)) static TextNetworkShape small_shape(int vocabulary) {
    return (TextNetworkShape){.layers = 2,
                              .width = 16,
                              .heads = 2,
                              .vocabulary = vocabulary,
                              .context = 24,
                              .causal = true,
                              .tied = true,
                              .epsilon = 1e-5f};
}

/* Weights large enough that activations differ between tokens. */
__attribute__((unused)) static int small_network(TextNetwork *network, int vocabulary, Error *error) {
    TextNetworkShape shape = small_shape(vocabulary);
    if (text_network_open(network, &shape, error) != 0 || text_network_allocate(network, error) != 0) return -1;
    text_network_initialize(network, 3);
    Random random = random_stream(3, "small model");
    for (int i = 0; i < network->parameter_count; i++) {
        const TextParameter *parameter = &network->parameters[i];
        for (size_t j = 0; j < parameter->count; j++)
            network->storage[parameter->offset + j] += 0.15f * random_normal(&random);
    }
    text_network_changed(network);
    return 0;
}

/* A fresh folder under /tmp, removed with small_folder_remove. */
__attribute__((unused)) static void small_folder(char path[64]) {
    strcpy(path, "/tmp/latentdream-test-XXXXXX");
    if (!mkdtemp(path)) abort();
}

__attribute__((unused)) static void small_folder_remove(const char *path) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    if (system(command) != 0) abort();
}

/* FOLDER/model: a model folder with the small network in it. */
__attribute__((unused)) static int small_model_write(const char *folder, Error *error) {
    TextNetwork network;
    char path[128];
    snprintf(path, sizeof path, "%s/model", folder);
    if (small_network(&network, 4096, error) != 0) return -1;
    int failed = language_model_write(&network, path, SMALL_TOKENIZER, NUMBER_F32, error);
    text_network_close(&network);
    return failed;
}

#endif
