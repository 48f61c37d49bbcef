/* text_measures.h: what the subject says of real tokens: activations of a neuron, token by token, and loss.
 *
 *     TextMeasures measures = {&network, layer, site, PRECISION_F32};
 *     text_measures_activations(&measures, &sentences, neurons, activations, error);   // (count, T)
 *     text_measures_losses(&measures, &sentences, losses, error);                      // (count)
 */
#ifndef LATENT_DREAM_TEXT_TEXT_MEASURES_H
#define LATENT_DREAM_TEXT_TEXT_MEASURES_H

#include "engine/target.h"
#include "text/loss.h"
#include "text/pass.h"
#include "text/sentences.h"

typedef struct TextMeasures {
    TextNetwork *network;  // borrowed
    int layer;
    TextSite site;
    Precision precision;
} TextMeasures;

/* activations (count, T) of neurons[i] in sentence i at each token; 0 behind the end. */
int text_measures_activations(const TextMeasures *measures, const Sentences *sentences, const int *neurons,
                              float *activations, Error *error);

/* The strongest activation of each of `neurons` (count) among the sentences: `reduced` (count), of a whole sentence
 * by `reduce`, and `token` (count), of a single token. */
int text_measures_strongest(const TextMeasures *measures, const Sentences *sentences, const int *neurons, int count,
                            Reduce reduce, float *reduced, float *token, Error *error);

/* losses (count): mean -log p of each token but the first, in nats; NAN for a sentence of one token. */
int text_measures_losses(const TextMeasures *measures, const Sentences *sentences, float *losses, Error *error);

/* One value of a sentence's activations. */
float reduce_activations(const float *activations, int length, Reduce reduce);

#endif
