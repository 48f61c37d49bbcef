/* darknet_module.h: a Darknet network, or layers first..last of one, as a module of the engine.
 *
 *     Module *subject = darknet_module(network, &(DarknetModuleOptions){.last = 6, .site = DARKNET_BEFORE}, error);
 *
 * forward: x (B, inputs of layer first) -> y (B, outputs of layer last); backward: the exact input gradient. No
 * gradient of a weight is computed, and nothing behind layer `last`. Several modules of one network may be alive at
 * once (they share its weights); they are freed before it.
 */
#ifndef LATENT_DREAM_IMAGE_DARKNET_MODULE_H
#define LATENT_DREAM_IMAGE_DARKNET_MODULE_H

#include "engine/module.h"
#include "engine/target.h"
#include "image/darknet_network.h"

typedef enum DarknetSite {
    DARKNET_AFTER,   // the layer's output
    DARKNET_BEFORE,  // what its activation function (or softmax, logistic) is applied to: the logit
} DarknetSite;

typedef struct DarknetModuleOptions {
    int first;         // 0: the network's input
    int last;          // -1: the output layer
    DarknetSite site;  // of layer last
    int batch;         // the largest batch; 0: the network's
    const char *name;  // for messages; NULL: the network's
} DarknetModuleOptions;

/* NULL with an error when the layers do not exist. Freed with module_free. */
Module *darknet_module(DarknetNetwork *network, const DarknetModuleOptions *options, Error *error);

/* How the module's output holds the activations of layer `layer`: neurons are channels, positions are pixels. */
ActivationLayout darknet_layout(const DarknetNetwork *network, int layer);

/* "after", "before". -1 for another name. */
int darknet_site_from_name(const char *name, DarknetSite *site);

#endif
