/* network.h: a GPT-2: its shape, its parameters by their Hugging Face names, where their values are.
 *
 *     TextNetworkShape shape;                            // from a cfg, a config.json, or written down
 *     text_network_open(&network, &shape, error);
 *     // either: parameters lie somewhere else, mapped from a file, in any number type
 *     text_network_bind(&network, i, NUMBER_F32, bytes, error);   // for each of network.parameters[i]
 *     // or: one allocation of its own, float32, at parameters[i].offset; what training needs
 *     text_network_allocate(&network, error);
 *     text_network_initialize(&network, seed);
 *
 * Weight matrices are (in, out), as GPT-2's Conv1D stores them; embeddings are (vocabulary, width).
 * Forward and backward: pass.h (frozen), training.h (with weight gradients). */
#ifndef LATENT_DREAM_TEXT_NETWORK_H
#define LATENT_DREAM_TEXT_NETWORK_H

#include "base/error.h"
#include "compute/matmul.h"
#include "compute/number.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TextNetworkShape {
    int layers;      // L
    int width;       // C, a multiple of heads
    int heads;       // H
    int vocabulary;  // V
    int context;     // most positions of one sentence; rows of wpe
    bool causal;     // position t sees 0..t only
    bool tied;       // the unembedding is wte; else lm_head.weight (V, C)
    float epsilon;   // of the layer norms; GPT-2: 1e-5
} TextNetworkShape;

/* Reads the shape from a cfg that passed config_check(SCHEMA_TEXT_NETWORK). Errors name file and line. */
int text_network_shape_from_config(TextNetworkShape *shape, const Config *config, Error *error);
/* Sizes positive and sane, width a multiple of heads, number of parameters within memory. */
int text_network_shape_check(const TextNetworkShape *shape, Error *error);

typedef struct TextParameter {
    char name[64];  // "wte.weight", "h.0.attn.c_attn.weight", ..., without the "transformer." prefix
    int rank;       // 1 or 2
    int shape[2];   // shape[1] is 1 for rank 1
    size_t count;
    size_t offset;     // floats from the start of network->storage, and of a gradient block of the same layout
    bool decays;       // weight decay applies: matrices and embeddings, not biases and norms
    NumberType type;   // of data
    const void *data;  // NULL until bound or allocated
    bool mapped;       // data lies in a file mapped for reading; set after text_network_bind
} TextParameter;

/* Indices into parameters[]: two embeddings, twelve a layer (text_parameter_of_layer), then these. */
enum { TEXT_WTE = 0, TEXT_WPE = 1, TEXT_FIRST_LAYER = 2, TEXT_PER_LAYER = 12 };
typedef enum TextLayerParameter {
    TEXT_LN_1_WEIGHT,
    TEXT_LN_1_BIAS,
    TEXT_ATTN_WEIGHT,  // (C, 3C)
    TEXT_ATTN_BIAS,
    TEXT_ATTN_PROJ_WEIGHT,  // (C, C)
    TEXT_ATTN_PROJ_BIAS,
    TEXT_LN_2_WEIGHT,
    TEXT_LN_2_BIAS,
    TEXT_FC_WEIGHT,  // (C, 4C)
    TEXT_FC_BIAS,
    TEXT_PROJ_WEIGHT,  // (4C, C)
    TEXT_PROJ_BIAS,
} TextLayerParameter;
int text_parameter_of_layer(int layer, TextLayerParameter which);
int text_parameter_final_norm_weight(const TextNetworkShape *shape);  // its bias is the next one
int text_parameter_unembedding(const TextNetworkShape *shape);        // TEXT_WTE where tied

/* The layers' weights made ready for frozen use: packed on first use, shared by every pass over this network. */
typedef struct TextPacked TextPacked;

typedef struct TextNetwork {
    TextNetworkShape shape;
    TextParameter *parameters;
    int parameter_count;
    size_t total;    // floats of all parameters together, each one's offset rounded up to a cache line
    float *storage;  // (total), after text_network_allocate; else NULL
    TextPacked *packed;
} TextNetwork;

int text_network_open(TextNetwork *network, const TextNetworkShape *shape, Error *error);
void text_network_close(TextNetwork *network);

/* The index of a parameter by its name, with or without "transformer."; -1 when there is none. */
int text_network_find(const TextNetwork *network, const char *name);
/* Says where a parameter's values are; borrowed until text_network_close. `data` needs the alignment of its type. */
int text_network_bind(TextNetwork *network, int parameter, NumberType type, const void *data, Error *error);
/* An error that names the first parameter without data. */
int text_network_check_bound(const TextNetwork *network, Error *error);

/* One zeroed float32 allocation for all parameters, owned by the network. */
int text_network_allocate(TextNetwork *network, Error *error);
/* GPT-2's start: normal 0.02, residual projections divided by sqrt(2 L), norms 1, biases 0. */
void text_network_initialize(TextNetwork *network, uint64_t seed);
/* Weights have changed: forget what was packed of them. No pass may be open. */
void text_network_changed(TextNetwork *network);

/* A parameter's values as floats, into values[count]. */
void text_network_values(const TextNetwork *network, int parameter, float *values);

/* embeddings (count, C) = the token embeddings of `ids`, without position embeddings: what passes take. Ids outside
 * the vocabulary are an error. */
int text_network_embed(const TextNetwork *network, const int *ids, size_t count, float *embeddings, Error *error);

/* Bytes of packed weights held. */
size_t text_network_packed_bytes(const TextNetwork *network);

#endif
