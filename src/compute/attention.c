/* One (batch, head) at a time, a block of queries at a time: scores, softmax and sums stay in the cache, and with
 * the causal mask only keys up to the block's last query are touched. Backward makes the probabilities again from
 * logsum (Dao et al., "FlashAttention", 2022, section 3.1). */
#include "base/memory.h"
#include "compute/exponential.h"
#include "compute/kernels.h"
#include "compute/tile.h"

#include <math.h>
#include <omp.h>

enum { QUERIES = 24 };

typedef struct AttentionHead {
    size_t T, D, C;  // positions, width of a head, width
    size_t keys;     // keys that may be seen
    bool causal;
    size_t Tp, Dp;  // T and D rounded up for tile_product
    float scale;
} AttentionHead;

// out (count, Dp): `count` rows of a matrix with rows `stride` apart, times `factor`, padded with zeros.
static void rows_gather(const AttentionHead *head, const float *from, size_t stride, size_t count, float factor,
                        float *out) {
    for (size_t t = 0; t < count; t++) {
        for (size_t d = 0; d < head->D; d++) out[t * head->Dp + d] = factor * from[t * stride + d];
        for (size_t d = head->D; d < head->Dp; d++) out[t * head->Dp + d] = 0.0f;
    }
}

// out (D, Tp): the same rows, transposed.
static void rows_gather_transposed(const AttentionHead *head, const float *from, size_t stride, size_t count,
                                   float *out) {
    enum { BLOCK = 16 };  // a cache line read is used up before the next one
    for (size_t d = 0; d < head->D; d++)
        for (size_t t = count; t < head->Tp; t++) out[d * head->Tp + t] = 0.0f;
    for (size_t first = 0; first < count; first += BLOCK) {
        size_t end = first + BLOCK < count ? first + BLOCK : count;
        for (size_t d = 0; d < head->D; d++)
            for (size_t t = first; t < end; t++) out[d * head->Tp + t] = from[t * stride + d];
    }
}

static void rows_scatter(const AttentionHead *head, const float *from, size_t stride, size_t count, float factor,
                         float *out) {
    for (size_t t = 0; t < count; t++)
        for (size_t d = 0; d < head->D; d++) out[t * stride + d] = factor * from[t * head->Dp + d];
}

// Keys that query t sees.
static size_t keys_seen(const AttentionHead *head, size_t t) {
    return head->causal && t + 1 < head->keys ? t + 1 : head->keys;
}

static void head_forward(const AttentionHead *head, const float *q, float *out, float *logsum, float *work) {
    const float *k = q + head->C, *v = k + head->C;
    size_t stride = 3 * head->C, D = head->D, Dp = head->Dp, Tp = head->Tp;
    float *keys = work, *values = keys + D * Tp, *query = values + Tp * Dp, *scores = query + QUERIES * Dp;
    float *sums = scores + QUERIES * Tp;
    rows_gather_transposed(head, k, stride, head->keys, keys);
    rows_gather(head, v, stride, head->keys, 1.0f, values);
    for (size_t first = 0; first < head->keys; first += QUERIES) {
        size_t count = head->keys - first < QUERIES ? head->keys - first : QUERIES;
        size_t seen = keys_seen(head, first + count - 1);
        rows_gather(head, q + first * stride, stride, count, head->scale, query);
        tile_product(count, tile_round(seen), D, query, Dp, 1, keys, Tp, scores, Tp, false);
        for (size_t i = 0; i < count; i++) {
            float *row = scores + i * Tp, max = row[0], sum = 0.0f;
            size_t visible = keys_seen(head, first + i);
#pragma omp simd reduction(max : max)
            for (size_t j = 0; j < visible; j++) max = row[j] > max ? row[j] : max;
#pragma omp simd reduction(+ : sum)
            for (size_t j = 0; j < visible; j++) {
                row[j] = exponential(row[j] - max);
                sum += row[j];
            }
            float inverse = 1.0f / sum;
#pragma omp simd
            for (size_t j = 0; j < visible; j++) row[j] *= inverse;
            for (size_t j = visible; j < seen; j++) row[j] = 0.0f;
            if (logsum) logsum[first + i] = max + logf(sum);
        }
        tile_product(count, Dp, seen, scores, Tp, 1, values, Dp, sums, Dp, false);
        rows_scatter(head, sums, head->C, count, 1.0f, out + first * head->C);
    }
    for (size_t t = head->keys; t < head->T; t++) {
        memset(out + t * head->C, 0, D * sizeof *out);
        if (logsum) logsum[t] = 0.0f;
    }
}

// scores become P (probabilities), slopes become dS: d(loss)/d(scores).
static void block_slopes(const AttentionHead *head, size_t first, size_t count, size_t seen, const float *logsum,
                         const float *along, float *scores, float *slopes) {
    for (size_t i = 0; i < count; i++) {
        float *p = scores + i * head->Tp, *s = slopes + i * head->Tp, shift = logsum[first + i], mean = along[i];
        size_t visible = keys_seen(head, first + i);
#pragma omp simd
        for (size_t j = 0; j < visible; j++) {
            p[j] = exponential(p[j] - shift);
            s[j] = p[j] * (s[j] - mean);
        }
        for (size_t j = visible; j < seen; j++) p[j] = s[j] = 0.0f;
    }
}

static void head_backward(const AttentionHead *head, const float *dout, const float *q, const float *out,
                          const float *logsum, float *dq, float *work) {
    const float *k = q + head->C, *v = k + head->C;
    size_t stride = 3 * head->C, D = head->D, Dp = head->Dp, Tp = head->Tp;
    float *keys = work, *values = keys + D * Tp;  // (D, Tp) each, transposed
    float *plain_keys = values + D * Tp, *dkeys = plain_keys + Tp * Dp, *dvalues = dkeys + Tp * Dp;  // (Tp, Dp)
    float *query = dvalues + Tp * Dp, *upper = query + QUERIES * Dp, *dquery = upper + QUERIES * Dp;
    float *scores = dquery + QUERIES * Dp, *slopes = scores + QUERIES * Tp;
    rows_gather_transposed(head, k, stride, head->keys, keys);
    rows_gather_transposed(head, v, stride, head->keys, values);
    rows_gather(head, k, stride, head->keys, 1.0f, plain_keys);
    memset(dkeys, 0, 2 * Tp * Dp * sizeof *dkeys);
    for (size_t first = 0; first < head->keys; first += QUERIES) {
        size_t count = head->keys - first < QUERIES ? head->keys - first : QUERIES;
        size_t seen = keys_seen(head, first + count - 1), columns = tile_round(seen);
        float along[QUERIES];
        rows_gather(head, q + first * stride, stride, count, head->scale, query);
        rows_gather(head, dout + first * head->C, head->C, count, 1.0f, upper);
        for (size_t i = 0; i < count; i++) {
            const float *o = out + (first + i) * head->C;
            float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
            for (size_t d = 0; d < D; d++) sum += upper[i * Dp + d] * o[d];
            along[i] = sum;
        }
        tile_product(count, columns, D, query, Dp, 1, keys, Tp, scores, Tp, false);
        tile_product(count, columns, D, upper, Dp, 1, values, Tp, slopes, Tp, false);
        block_slopes(head, first, count, seen, logsum, along, scores, slopes);
        tile_product(count, Dp, seen, slopes, Tp, 1, plain_keys, Dp, dquery, Dp, false);
        rows_scatter(head, dquery, stride, count, head->scale, dq + first * stride);
        tile_product(seen, Dp, count, scores, 1, Tp, upper, Dp, dvalues, Dp, true);
        tile_product(seen, Dp, count, slopes, 1, Tp, query, Dp, dkeys, Dp, true);
    }
    rows_scatter(head, dkeys, stride, head->keys, 1.0f, dq + head->C);
    rows_scatter(head, dvalues, stride, head->keys, 1.0f, dq + 2 * head->C);
    for (size_t t = head->keys; t < head->T; t++)
        for (size_t part = 0; part < 3; part++) memset(dq + t * stride + part * head->C, 0, D * sizeof *dq);
}

static AttentionHead head_of(const int *lengths, size_t b, size_t T, size_t C, size_t H, bool causal) {
    size_t D = C / H;
    return (AttentionHead){.T = T,
                           .D = D,
                           .C = C,
                           .keys = lengths ? (size_t)lengths[b] : T,
                           .causal = causal,
                           .Tp = tile_round(T),
                           .Dp = tile_round(D),
                           .scale = 1.0f / sqrtf((float)D)};
}

// Floats of one thread's buffers; backward's, which holds more than forward's.
static size_t work_size(const AttentionHead *head) {
    return 2 * head->D * head->Tp + 4 * head->Tp * head->Dp + 3 * QUERIES * head->Dp + 2 * QUERIES * head->Tp;
}

int attention_forward(const float *qkv, const int *lengths, size_t B, size_t T, size_t C, size_t H, bool causal,
                      float *out, float *logsum, Error *error) {
    AttentionHead sizes = head_of(NULL, 0, T, C, H, causal);
    size_t work = work_size(&sizes), D = sizes.D;
    float *buffers = memory_new((size_t)omp_get_max_threads() * work, sizeof *buffers, "attention", error);
    if (!buffers) return -1;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < B * H; i++) {
        size_t b = i / H, h = i % H;
        AttentionHead head = head_of(lengths, b, T, C, H, causal);
        head_forward(&head, qkv + b * T * 3 * C + h * D, out + b * T * C + h * D, logsum ? logsum + i * T : NULL,
                     buffers + (size_t)omp_get_thread_num() * work);
    }
    memory_free(buffers);
    return 0;
}

int attention_backward(const float *dout, const float *qkv, const float *out, const float *logsum, const int *lengths,
                       size_t B, size_t T, size_t C, size_t H, bool causal, float *dqkv, Error *error) {
    AttentionHead sizes = head_of(NULL, 0, T, C, H, causal);
    size_t work = work_size(&sizes), D = sizes.D;
    float *buffers = memory_new((size_t)omp_get_max_threads() * work, sizeof *buffers, "attention", error);
    if (!buffers) return -1;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < B * H; i++) {
        size_t b = i / H, h = i % H, at = b * T * C + h * D, from = b * T * 3 * C + h * D;
        AttentionHead head = head_of(lengths, b, T, C, H, causal);
        head_backward(&head, dout + at, qkv + from, out + at, logsum + i * T, dqkv + from,
                      buffers + (size_t)omp_get_thread_num() * work);
    }
    memory_free(buffers);
    return 0;
}
