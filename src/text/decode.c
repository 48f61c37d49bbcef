#include "text/decode.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 64 };  // rows whose scores exist at once

/* squares and variance, a stretch of tokens at a time. */
static int measure_tokens(EmbeddingTable *table, Error *error) {
    size_t V = (size_t)table->network->shape.vocabulary, C = (size_t)table->network->shape.width;
    float *row = memory_new(C, sizeof *row, "an embedding", error);
    double *sum = memory_new(C, sizeof *sum, "the mean embedding", error);
    double all = 0, mean = 0;
    int failed = row && sum ? 0 : -1;
    for (size_t v = 0; !failed && v < V; v++) {
        int id = (int)v;
        failed = text_network_embed(table->network, &id, 1, row, error);
        double square = 0;
        for (size_t c = 0; c < C; c++) {
            square += (double)row[c] * (double)row[c];
            sum[c] += (double)row[c];
        }
        table->squares[v] = (float)square;
        all += square;
    }
    for (size_t c = 0; !failed && c < C; c++) mean += sum[c] / (double)V * (sum[c] / (double)V);
    table->variance = all / (double)V - mean;
    memory_free(row);
    memory_free(sum);
    return failed;
}

int embedding_table_open(EmbeddingTable *table, const TextNetwork *network, Error *error) {
    memset(table, 0, sizeof *table);
    table->network = network;
    const TextParameter *wte = &network->parameters[TEXT_WTE];
    size_t V = (size_t)network->shape.vocabulary, C = (size_t)network->shape.width;
    table->squares = memory_new(V, sizeof *table->squares, "lengths of embeddings", error);
    table->scores = memory_new(CHUNK * V, sizeof *table->scores, "token scores", error);
    if (table->squares && table->scores && measure_tokens(table, error) == 0) {
        table->packed = packed_matrix_new(wte->data, wte->type, C, V, true, PRECISION_F32, error);
        if (table->packed) return 0;
    }
    embedding_table_close(table);
    return -1;
}

void embedding_table_close(EmbeddingTable *table) {
    packed_matrix_free(table->packed);
    memory_free(table->squares);
    memory_free(table->scores);
    memset(table, 0, sizeof *table);
}

int decode_rule_from_name(const char *name, DecodeRule *rule) {
    if (strcmp(name, "dot") == 0) return *rule = DECODE_DOT, 0;
    if (strcmp(name, "cosine") == 0) return *rule = DECODE_COSINE, 0;
    return -1;
}

/* Dot products of at most CHUNK rows with every embedding, into table->scores. */
static int score(EmbeddingTable *table, const float *x, size_t rows, Error *error) {
    return packed_matrix_forward(table->packed, x, rows, NULL, table->scores, error);
}

static int best_token(const EmbeddingTable *table, DecodeRule rule, const float *scores) {
    int best = 0, V = table->network->shape.vocabulary;
    float highest = -INFINITY;
    for (int v = 0; v < V; v++) {
        float found = scores[v];
        if (rule == DECODE_COSINE) found /= sqrtf(table->squares[v]) + 1e-20f;
        if (found > highest) {
            highest = found;
            best = v;
        }
    }
    return best;
}

int embedding_table_decode(EmbeddingTable *table, DecodeRule rule, const float *x, size_t rows, int *ids,
                           Error *error) {
    size_t V = (size_t)table->network->shape.vocabulary, C = (size_t)table->network->shape.width;
    for (size_t first = 0; first < rows; first += CHUNK) {
        size_t count = rows - first < CHUNK ? rows - first : CHUNK;
        if (score(table, x + first * C, count, error) != 0) return -1;
        for (size_t r = 0; r < count; r++) ids[first + r] = best_token(table, rule, table->scores + r * V);
    }
    return 0;
}

/* Keeps the K highest of scores[v] - |e_v|^2 / 2, highest first, the lower id first among equals. */
static void highest_tokens(const EmbeddingTable *table, const float *scores, int K, int *ids, float *kept) {
    int count = 0, V = table->network->shape.vocabulary;
    for (int v = 0; v < V; v++) {
        float found = scores[v] - 0.5f * table->squares[v];
        if (count == K && found <= kept[K - 1]) continue;
        int at = count < K ? count++ : K - 1;
        for (; at > 0 && found > kept[at - 1]; at--) {
            kept[at] = kept[at - 1];
            ids[at] = ids[at - 1];
        }
        kept[at] = found;
        ids[at] = v;
    }
}

/* Computed from the difference itself: exact where a row is a token. */
static int square_distances(const EmbeddingTable *table, const float *x, int K, const int *ids, float *embedding,
                            float *squares, Error *error) {
    size_t C = (size_t)table->network->shape.width;
    for (int k = 0; k < K; k++) {
        if (text_network_embed(table->network, &ids[k], 1, embedding, error) != 0) return -1;
        float sum = 0;
        for (size_t c = 0; c < C; c++) sum += (x[c] - embedding[c]) * (x[c] - embedding[c]);
        squares[k] = sum;
    }
    return 0;
}

int embedding_table_nearest(EmbeddingTable *table, const float *x, size_t rows, int K, int *ids, float *squares,
                            Error *error) {
    size_t V = (size_t)table->network->shape.vocabulary, C = (size_t)table->network->shape.width, k = (size_t)K;
    if (k > V) return error_set(error, "%d nearest tokens: the model has %zu", K, V);
    float *scratch = memory_new(C + k, sizeof *scratch, "nearest tokens", error);
    int failed = scratch ? 0 : -1;
    for (size_t first = 0; !failed && first < rows; first += CHUNK) {
        size_t count = rows - first < CHUNK ? rows - first : CHUNK;
        failed = score(table, x + first * C, count, error);
        for (size_t r = first; !failed && r < first + count; r++) {
            highest_tokens(table, table->scores + (r - first) * V, K, ids + r * k, scratch + C);
            if (squares) failed = square_distances(table, x + r * C, K, ids + r * k, scratch, squares + r * k, error);
        }
    }
    memory_free(scratch);
    return failed;
}
