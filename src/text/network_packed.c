#include "text/network_packed.h"

#include "base/memory.h"

enum { MATRICES = 4, VECTORS = 8 };  // of a layer

typedef struct PackedLayer {
    PackedMatrix *matrices[2][MATRICES];  // [precision]
    float *vectors;                       // norms and biases of the layer as floats, one after the other
} PackedLayer;

struct TextPacked {
    PackedLayer *layers;
    int count;
    PackedMatrix *unembedding[2];
    float *final_norm;  // weight, bias
    float *positions;
};

static const TextLayerParameter MATRIX_PARAMETERS[MATRICES] = {TEXT_ATTN_WEIGHT, TEXT_ATTN_PROJ_WEIGHT,
                                                               TEXT_FC_WEIGHT, TEXT_PROJ_WEIGHT};
static const TextLayerParameter VECTOR_PARAMETERS[VECTORS] = {TEXT_LN_1_WEIGHT,    TEXT_LN_1_BIAS,   TEXT_ATTN_BIAS,
                                                              TEXT_ATTN_PROJ_BIAS, TEXT_LN_2_WEIGHT, TEXT_LN_2_BIAS,
                                                              TEXT_FC_BIAS,        TEXT_PROJ_BIAS};

void text_packed_free(TextPacked *packed) {
    if (!packed) return;
    for (int l = 0; packed->layers && l < packed->count; l++) {
        for (int i = 0; i < MATRICES; i++) {
            packed_matrix_free(packed->layers[l].matrices[0][i]);
            packed_matrix_free(packed->layers[l].matrices[1][i]);
        }
        memory_free(packed->layers[l].vectors);
    }
    packed_matrix_free(packed->unembedding[0]);
    packed_matrix_free(packed->unembedding[1]);
    memory_free(packed->layers);
    memory_free(packed->final_norm);
    memory_free(packed->positions);
    memory_free(packed);
}

size_t text_packed_bytes(const TextPacked *packed) {
    size_t bytes = 0;
    if (!packed) return 0;
    for (int p = 0; p < 2; p++) {
        bytes += packed_matrix_bytes(packed->unembedding[p]);
        for (int l = 0; l < packed->count; l++)
            for (int i = 0; i < MATRICES; i++) bytes += packed_matrix_bytes(packed->layers[l].matrices[p][i]);
    }
    return bytes;
}

static TextPacked *packed_of(TextNetwork *network, Error *error) {
    if (network->packed) return network->packed;
    TextPacked *packed = memory_new(1, sizeof *packed, "packed network", error);
    if (!packed) return NULL;
    packed->count = network->shape.layers;
    packed->layers = memory_new((size_t)packed->count, sizeof *packed->layers, "packed network", error);
    if (!packed->layers) {
        memory_free(packed);
        return NULL;
    }
    return network->packed = packed;
}

static int matrix_of(TextNetwork *network, PackedMatrix **slot, int parameter, bool transposed, Precision precision,
                     Error *error) {
    const TextParameter *p = &network->parameters[parameter];
    if (*slot) return 0;
    if (!p->data) return error_set(error, "tensor %s is missing", p->name);
    size_t rows = (size_t)p->shape[0], columns = (size_t)p->shape[1];
    *slot = packed_matrix_new(p->data, p->type, transposed ? columns : rows, transposed ? rows : columns, transposed,
                              precision, error);
    if (*slot && p->mapped) packed_matrix_weights_mapped(*slot);
    return *slot ? 0 : -1;
}

// Copies `count` parameters as floats, one after the other, into *block; offsets follow from their sizes.
static int vectors_of(const TextNetwork *network, float **block, const int *parameters, int count, Error *error) {
    if (*block) return 0;
    size_t total = 0, at = 0;
    for (int i = 0; i < count; i++) {
        const TextParameter *p = &network->parameters[parameters[i]];
        if (!p->data) return error_set(error, "tensor %s is missing", p->name);
        total += p->count;
    }
    *block = memory_new(total, sizeof **block, "norms and biases", error);
    if (!*block) return -1;
    for (int i = 0; i < count; i++) {
        text_network_values(network, parameters[i], *block + at);
        at += network->parameters[parameters[i]].count;
    }
    return 0;
}

int text_packed_layer(TextNetwork *network, int index, Precision precision, TransformerLayer *layer, Error *error) {
    TextPacked *packed = packed_of(network, error);
    if (!packed) return -1;
    PackedLayer *own = &packed->layers[index];
    size_t C = (size_t)network->shape.width;
    for (int i = 0; i < MATRICES; i++)
        if (matrix_of(network, &own->matrices[precision][i], text_parameter_of_layer(index, MATRIX_PARAMETERS[i]),
                      false, precision, error) != 0)
            return -1;
    int parameters[VECTORS];
    for (int i = 0; i < VECTORS; i++) parameters[i] = text_parameter_of_layer(index, VECTOR_PARAMETERS[i]);
    if (vectors_of(network, &own->vectors, parameters, VECTORS, error) != 0) return -1;
    PackedMatrix *const *m = own->matrices[precision];
    const float *v = own->vectors;
    float epsilon = network->shape.epsilon;
    *layer = (TransformerLayer){.width = C,
                                .heads = (size_t)network->shape.heads,
                                .causal = network->shape.causal,
                                .norm_1 = {C, epsilon, v, v + C},
                                .attention = {C, 3 * C, NULL, m[0], v + 2 * C},
                                .attention_projection = {C, C, NULL, m[1], v + 5 * C},
                                .norm_2 = {C, epsilon, v + 6 * C, v + 7 * C},
                                .fully_connected = {C, 4 * C, NULL, m[2], v + 8 * C},
                                .projection = {4 * C, C, NULL, m[3], v + 12 * C}};
    return 0;
}

int text_packed_head(TextNetwork *network, Precision precision, LayernormLayer *norm, UnembeddingLayer *unembedding,
                     Error *error) {
    TextPacked *packed = packed_of(network, error);
    if (!packed) return -1;
    size_t C = (size_t)network->shape.width;
    int first = text_parameter_final_norm_weight(&network->shape), parameters[] = {first, first + 1};
    if (vectors_of(network, &packed->final_norm, parameters, 2, error) != 0) return -1;
    if (matrix_of(network, &packed->unembedding[precision], text_parameter_unembedding(&network->shape), true,
                  precision, error) != 0)
        return -1;
    *norm = (LayernormLayer){C, network->shape.epsilon, packed->final_norm, packed->final_norm + C};
    *unembedding = (UnembeddingLayer){
        .width = C, .vocabulary = (size_t)network->shape.vocabulary, .packed = packed->unembedding[precision]};
    return 0;
}

const float *text_packed_positions(TextNetwork *network, Error *error) {
    TextPacked *packed = packed_of(network, error);
    const int parameter = TEXT_WPE;
    if (!packed || vectors_of(network, &packed->positions, &parameter, 1, error) != 0) return NULL;
    return packed->positions;
}
