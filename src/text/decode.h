/* decode.h: from embeddings back to tokens, through the transposed embedding matrix.
 *
 *     EmbeddingTable table;
 *     embedding_table_open(&table, &network, error);
 *     embedding_table_decode(&table, DECODE_DOT, x, rows, ids, error);       // x (rows, C)
 *     embedding_table_nearest(&table, x, rows, 16, ids, squares, error);     // ids, squares (rows, 16)
 *
 * Ties go to the lower id. */
#ifndef LATENT_DREAM_TEXT_DECODE_H
#define LATENT_DREAM_TEXT_DECODE_H

#include "compute/matmul.h"
#include "text/network.h"

typedef enum DecodeRule {
    DECODE_DOT,     // the token v with the largest x . e_v
    DECODE_COSINE,  // the largest x . e_v / |e_v|
} DecodeRule;

typedef struct EmbeddingTable {
    const TextNetwork *network;  // borrowed
    PackedMatrix *packed;        // (C, V)
    float *squares;              // (V) |e_v|^2
    double variance;             // mean over tokens of |e_v - mean embedding|^2
    float *scores;               // (a chunk of rows, V)
} EmbeddingTable;

int embedding_table_open(EmbeddingTable *table, const TextNetwork *network, Error *error);
void embedding_table_close(EmbeddingTable *table);

int decode_rule_from_name(const char *name, DecodeRule *rule);

/* ids (rows): the token of each row of x (rows, C). */
int embedding_table_decode(EmbeddingTable *table, DecodeRule rule, const float *x, size_t rows, int *ids,
                           Error *error);

/* The K tokens nearest to each row by Euclidean distance, nearest first: ids (rows, K) and, unless NULL, squares
 * (rows, K), their squared distances. K is at most the vocabulary. */
int embedding_table_nearest(EmbeddingTable *table, const float *x, size_t rows, int K, int *ids, float *squares,
                            Error *error);

#endif
