/* network_packed.h: a network's weights as its frozen layers use them: matrices packed, small vectors as floats.
 *
 * Made layer by layer when a pass first needs one, kept by the network and shared by all passes over it. */
#ifndef LATENT_DREAM_TEXT_NETWORK_PACKED_H
#define LATENT_DREAM_TEXT_NETWORK_PACKED_H

#include "text/network.h"
#include "text/transformer_layer.h"
#include "text/unembedding_layer.h"

void text_packed_free(TextPacked *packed);  // NULL is fine
size_t text_packed_bytes(const TextPacked *packed);

/* Layer `index`, its matrices to be packed at `precision` when they are first used. */
int text_packed_layer(TextNetwork *network, int index, Precision precision, TransformerLayer *layer, Error *error);
/* The final norm and the unembedding. */
int text_packed_head(TextNetwork *network, Precision precision, LayernormLayer *norm, UnembeddingLayer *unembedding,
                     Error *error);
/* wpe as floats. */
const float *text_packed_positions(TextNetwork *network, Error *error);

#endif
