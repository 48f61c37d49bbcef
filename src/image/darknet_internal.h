/* darknet_internal.h: what the darknet_*.c files share. Nothing else includes it: darknet.h brings names such as
 * `layer`, `image` and `error` with it. */
#ifndef LATENT_DREAM_IMAGE_DARKNET_INTERNAL_H
#define LATENT_DREAM_IMAGE_DARKNET_INTERNAL_H

#include "base/file.h"
#include "config/config.h"
#include "image/darknet_network.h"

#include <darknet.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- darknet_library.c: libdarknet's own functions, under the names of the twins that stand in for them. */
typedef struct DarknetLibrary {
    void *handle;
    network *(*parse_network_cfg)(char *path);
    void (*free_network)(network *net);
    void (*forward_network)(network *net);
    void (*backward_network)(network *net);
    void (*gemm)(int, int, int, int, int, float, float *, int, float *, int, float, float *, int);
    void (*gemm_cpu)(int, int, int, int, int, float, float *, int, float *, int, float, float *, int);
    void (*im2col_cpu)(float *, int, int, int, int, int, int, float *);
    void (*col2im_cpu)(float *, int, int, int, int, int, int, float *);
    void (*activate_array)(float *, const int, const ACTIVATION);
    void (*gradient_array)(const float *, const int, const ACTIVATION, float *);
    void (*add_bias)(float *, float *, int, int, int);
    void (*backward_bias)(float *, float *, int, int, int);
    void (*axpy_cpu)(int, float, float *, int, float *, int);
    void (*scal_cpu)(int, float, float *, int);
    void (*fill_cpu)(int, float, float *, int);
    void (*copy_cpu)(int, float *, int, float *, int);
    void (*l2_cpu)(int, float *, float *, float *, float *);
    float (*sum_array)(float *, int);
    void (*softmax_x_ent_cpu)(int, float *, float *, float *, float *);
    void (*forward_connected_layer)(layer, network);
    void (*backward_connected_layer)(layer, network);
    void (*forward_convolutional_layer)(layer, network);
    void (*backward_convolutional_layer)(layer, network);
    void (*forward_maxpool_layer)(const layer, network);
    void (*backward_maxpool_layer)(const layer, network);
    void (*backward_softmax_layer)(const layer, network);
    void (*backward_logistic_layer)(const layer, network);
    void (*forward_batchnorm_layer)(layer, network);
    void (*backward_batchnorm_layer)(layer, network);
} DarknetLibrary;

/* All NULL until darknet_library_open. */
extern DarknetLibrary darknet_library;

/* libdarknet talks to stdout and stderr; between these two calls both lead nowhere. */
typedef struct DarknetSilence {
    int out, err;
} DarknetSilence;
DarknetSilence darknet_silence_begin(void);
void darknet_silence_end(DarknetSilence silence);

/* ---- darknet_plan.c: what a cfg describes, worked out and checked before libdarknet sees it. */
typedef enum LayerKind {
    LAYER_CONVOLUTIONAL,
    LAYER_MAXPOOL,
    LAYER_AVGPOOL,
    LAYER_CONNECTED,
    LAYER_ACTIVATION,
    LAYER_DROPOUT,
    LAYER_SOFTMAX,
    LAYER_LOGISTIC,
    LAYER_COST,
    LAYER_KINDS,
} LayerKind;
const char *layer_kind_name(LayerKind kind);

typedef struct PlannedLayer {
    LayerKind kind;
    DarknetLayer info;
    bool batch_normalize;
    size_t biases, weights;  // parameters: biases, with batch_normalize three more of that size, and weights
    size_t workspace;        // floats
} PlannedLayer;

typedef struct DarknetPlan {
    PlannedLayer *layers;
    int count;
    int channels, height, width;  // of the input; 0 where [net] gives only inputs=
    size_t inputs;
    size_t parameters;
    size_t activations;  // floats of one image over all layers
    char *text;          // the cfg as libdarknet will read it: batch=1, the latent size put in
} DarknetPlan;

extern const Schema SCHEMA_DARKNET_NETWORK;
int darknet_plan_read(DarknetPlan *plan, const char *path, int latent_size, Error *error);
void darknet_plan_free(DarknetPlan *plan);
int darknet_plan_latent(const DarknetPlan *plan);

/* ---- darknet_network.c */
struct DarknetNetwork {
    DarknetPlan plan;
    network *net;  // batch 1; its layers' parameters point into `parameters`
    /* (plan.parameters) in the order of a .weights file: layer by layer, biases, then, of a convolutional layer,
     * scales, rolling means, rolling variances (batch_normalize) before the weights; of a connected one behind them.
     */
    float *parameters;
    char cfg[PATH_LIMIT];
    char name[256];
    int batch, threads;
    struct DarknetView *runner;  // of darknet_network_run, made when first needed
};

/* Where a layer's parameters begin in such a vector; false for layers without any. */
typedef struct ParameterPlaces {
    size_t biases, scales, means, variances, weights;
} ParameterPlaces;
bool darknet_parameter_places(const DarknetPlan *plan, int layer, ParameterPlaces *places);

/* ---- darknet_view.c: buffers for a batch that goes through layers first..last, and its rows by thread. */
typedef struct DarknetSlice {
    network net;
    layer *layers;
    float *workspace;
    float *costs;    // one a layer
    float *updates;  // (parameters) what backward adds its weight gradients to; NULL: none are computed
} DarknetSlice;

typedef struct DarknetViewOptions {
    int first, last;
    int batch;
    int threads;
    bool before;  // the last layer's activation function is left out
    bool train;   // weight gradients, [dropout], [cost]
} DarknetViewOptions;

typedef struct DarknetView {
    DarknetNetwork *network;
    DarknetViewOptions options;
    int count;      // layers, those without an effect left out
    int *numbers;   // (count) of each in the network
    layer *layers;  // (count) with buffers for the whole batch
    float *floats;  // all those buffers
    float *input;   // (batch, inputs) of the last forward
    int *integers;
    DarknetSlice *slices;  // (threads)
    size_t inputs, outputs;
} DarknetView;

DarknetView *darknet_view_new(DarknetNetwork *network, const DarknetViewOptions *options, Error *error);
void darknet_view_free(DarknetView *view);
/* Makes slice `thread` the rows first..first+rows-1; x (batch, inputs), dx (batch, inputs) or NULL. */
DarknetSlice *darknet_view_slice(DarknetView *view, int thread, int first, int rows, const float *x, float *dx);
/* The rows of thread t of T: *first and the count. */
int darknet_rows(int batch, int threads, int thread, int *first);
/* y (batch, outputs) of the last layer, before or after its activation as the options say. */
void darknet_view_forward(DarknetView *view, const float *x, int batch, float *y);
/* dx (batch, inputs) of the last forward. */
void darknet_view_backward(DarknetView *view, const float *dy, int batch, float *dx);

#endif
