/* gpt2_module.h: a GPT-2 cut at one site, as the engine's subject.
 *
 * x (B, T*C): token embeddings of T tokens; y (B, T*neurons): the activations of the site, position by position.
 * With `one_neuron` the module computes only one MLP neuron of each restart (gpt2_module_set_neurons) and y is
 * (B, T): then the engine's Target sees one neuron, number 0. */
#ifndef LATENT_DREAM_TEXT_GPT2_MODULE_H
#define LATENT_DREAM_TEXT_GPT2_MODULE_H

#include "engine/module.h"
#include "engine/target.h"
#include "text/network.h"
#include "text/pass.h"

/* A module for at most `batch_limit` restarts of T tokens. The network is borrowed; module_free frees the rest.
 * NULL with an error where the network lacks the layer, or T exceeds its context. */
Module *gpt2_module_new(TextNetwork *network, int layer, TextSite site, bool one_neuron, int T, int batch_limit,
                        Precision precision, Error *error);

/* Where the engine finds the activations. */
ActivationLayout gpt2_module_layout(const Module *module);

/* Tokens of each sentence of the batches that come (count = their size), 1..T, copied. NULL: all T. */
int gpt2_module_set_lengths(Module *module, const int *lengths, int count, Error *error);
/* one_neuron: the neuron of each. */
int gpt2_module_set_neurons(Module *module, const int *neurons, int count, Error *error);

#endif
