/* darknet_network.h: a network from a plain Darknet cfg file, run by libdarknet.
 *
 * The same cfg is read by stock Darknet, and the `.weights` files are loaded by it. libdarknet exits or asserts on
 * bad input and reads weights without checking sizes, so the cfg (names, ranges, shapes, memory) and the weights
 * (length, finite values) are checked before libdarknet sees them.
 *
 *     DarknetNetworkOptions options = {.cfg = "cfg/mnist_classifier.cfg", .batch = 128, .threads = 2, .seed = 1};
 *     DarknetNetwork *network = darknet_network_open(&options, error);
 *     if (!network || darknet_network_load(network, "classifier.weights", error) != 0) ...
 *     darknet_network_predict(network, x, B, y, error);
 *     darknet_network_close(network);
 *
 * Layers it knows: [convolutional], [maxpool], [avgpool], [connected], [activation],
 * [dropout], [softmax], [logistic], [cost]. Layers are counted from 0, without [net], as Darknet prints them.
 */
#ifndef LATENT_DREAM_IMAGE_DARKNET_NETWORK_H
#define LATENT_DREAM_IMAGE_DARKNET_NETWORK_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct DarknetNetwork DarknetNetwork;

typedef struct DarknetNetworkOptions {
    const char *cfg;   // looked up as share_find does
    int batch;         // the largest batch that will come; 0: 128
    int threads;       // 0: 1
    uint64_t seed;     // of the initial weights (He et al. 2015, as Darknet draws them)
    int latent_size;   // 0: as the cfg says; else the narrowest [connected] layer gets this many outputs
    const char *name;  // for messages: "classifier", "autoencoder"; NULL: the cfg's path
} DarknetNetworkOptions;

typedef struct DarknetLayer {
    const char *kind;        // "connected", "convolutional", ...: the section's name
    const char *activation;  // "relu", "linear", ...; "linear" for kinds that have none
    int channels, height, width;
    size_t inputs, outputs;  // floats of one image; outputs = channels * height * width
    size_t parameters;
    int line;  // of the cfg
} DarknetLayer;

DarknetNetwork *darknet_network_open(const DarknetNetworkOptions *options, Error *error);
void darknet_network_close(DarknetNetwork *network);  // NULL is fine

/* Reads / writes all weights in Darknet's format. Loading checks the length and that every value is finite, and
 * changes nothing when it fails. Writing is whole or not at all. */
int darknet_network_load(DarknetNetwork *network, const char *path, Error *error);
int darknet_network_save(const DarknetNetwork *network, const char *path, Error *error);

int darknet_network_layers(const DarknetNetwork *network);
DarknetLayer darknet_network_layer(const DarknetNetwork *network, int layer);
/* The last layer that computes something: not [cost]. */
int darknet_network_output_layer(const DarknetNetwork *network);
/* The narrowest [connected] layer: an autoencoder's latent. -1 when there is none. */
int darknet_network_latent_layer(const DarknetNetwork *network);
size_t darknet_network_inputs(const DarknetNetwork *network);
size_t darknet_network_outputs(const DarknetNetwork *network);  // of the output layer
size_t darknet_network_parameters(const DarknetNetwork *network);
const char *darknet_network_name(const DarknetNetwork *network);
const char *darknet_network_cfg(const DarknetNetwork *network);
/* The cfg as libdarknet reads it, latent size applied: hashed into the key of cached weights. */
const char *darknet_network_cfg_text(const DarknetNetwork *network);

/* y (count, outputs of the output layer) for any count, in batches. */
int darknet_network_predict(DarknetNetwork *network, const float *x, size_t count, float *y, Error *error);
/* y (count, outputs of layer last), where x (count, inputs of layer first). */
int darknet_network_run(DarknetNetwork *network, int first, int last, const float *x, size_t count, float *y,
                        Error *error);

#endif
