#include "compute/attention_cache.h"

#include "base/memory.h"
#include "compute/exponential.h"
#include "compute/tile.h"

#include <math.h>
#include <omp.h>

/* A block of queries at a time has two products with keys, the cached ones and its own, side by side in one row of
 * scores, and two with values. */
enum { QUERIES = 24, SERIAL_BELOW = 1 << 16 };

typedef struct CachedHead {
    const AttentionCache *cache;
    float *keys, *values;  // (D, stride), (positions, Dp)
    size_t stride;         // positions rounded up
    size_t n, D, C;
    size_t np, Dp;  // n and D rounded up
    size_t own;     // where a row of scores goes over from cached keys to own ones
    size_t columns;
    float scale;
} CachedHead;

size_t attention_cache_size(size_t positions, size_t C, size_t H) {
    size_t D = C / H;
    return H * (D * tile_round(positions) + positions * tile_round(D));
}

static CachedHead head_of(const AttentionCache *cache, size_t b, size_t h, size_t n, size_t C, size_t H) {
    size_t D = C / H, stride = tile_round(cache->positions), own = tile_round(cache->count);
    size_t sentence = cache->shared ? 0 : b, one = attention_cache_size(cache->positions, C, H);
    float *keys = cache->block + sentence * one + h * (one / H);
    return (CachedHead){.cache = cache,
                        .keys = keys,
                        .values = keys + D * stride,
                        .stride = stride,
                        .n = n,
                        .D = D,
                        .C = C,
                        .np = tile_round(n),
                        .Dp = tile_round(D),
                        .own = own,
                        .columns = own + tile_round(n),
                        .scale = 1.0f / sqrtf((float)D)};
}

// Rows of qkv as columns of `keys`, `gap` apart, and as rows of `values`.
static void rows_store(const CachedHead *head, const float *k, const float *v, float *keys, size_t gap,
                       float *values) {
    for (size_t d = 0; d < head->D; d++)
        for (size_t t = 0; t < head->n; t++) keys[d * gap + t] = k[t * 3 * head->C + d];
    for (size_t t = 0; t < head->n; t++) memcpy(values + t * head->Dp, v + t * 3 * head->C, head->D * sizeof *v);
}

// Scores become probabilities: of all cached keys and of the first `visible` own ones; 0 up to `seen`.
static void row_softmax(const CachedHead *head, float *row, size_t visible, size_t seen) {
    size_t past = head->cache->count;
    float *own = row + head->own, max = own[0], sum = 0.0f;
#pragma omp simd reduction(max : max)
    for (size_t j = 0; j < past; j++) max = row[j] > max ? row[j] : max;
#pragma omp simd reduction(max : max)
    for (size_t j = 0; j < visible; j++) max = own[j] > max ? own[j] : max;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < past; j++) {
        row[j] = exponential(row[j] - max);
        sum += row[j];
    }
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < visible; j++) {
        own[j] = exponential(own[j] - max);
        sum += own[j];
    }
    float inverse = 1.0f / sum;
#pragma omp simd
    for (size_t j = 0; j < past; j++) row[j] *= inverse;
#pragma omp simd
    for (size_t j = 0; j < visible; j++) own[j] *= inverse;
    for (size_t j = visible; j < seen; j++) own[j] = 0.0f;
}

// Floats of a thread's buffers.
static size_t work_size(const CachedHead *head) {
    size_t rows = head->n < QUERIES ? head->n : QUERIES;
    return head->D * head->np + head->n * head->Dp + rows * (2 * head->Dp + head->columns);
}

static void head_forward(const CachedHead *head, const float *q, float *out, float *work) {
    size_t n = head->n, D = head->D, Dp = head->Dp, past = head->cache->count, columns = head->columns;
    size_t rows = n < QUERIES ? n : QUERIES;
    float *keys = work, *values = keys + D * head->np, *query = values + n * Dp, *sums = query + rows * Dp;
    float *scores = sums + rows * Dp;
    memset(work, 0, (D * head->np + n * Dp) * sizeof *work);
    rows_store(head, q + head->C, q + 2 * head->C, keys, head->np, values);
    for (size_t first = 0; first < n; first += QUERIES) {
        size_t count = n - first < QUERIES ? n - first : QUERIES, seen = first + count;
        for (size_t i = 0; i < count; i++)
            for (size_t d = 0; d < D; d++) query[i * Dp + d] = head->scale * q[(first + i) * 3 * head->C + d];
        tile_product(count, tile_round(past), D, query, Dp, 1, head->keys, head->stride, scores, columns, false);
        tile_product(count, tile_round(seen), D, query, Dp, 1, keys, head->np, scores + head->own, columns, false);
        for (size_t i = 0; i < count; i++) row_softmax(head, scores + i * columns, first + i + 1, seen);
        tile_product(count, Dp, past, scores, columns, 1, head->values, Dp, sums, Dp, false);
        tile_product(count, Dp, seen, scores + head->own, columns, 1, values, Dp, sums, Dp, true);
        for (size_t i = 0; i < count; i++) memcpy(out + (first + i) * head->C, sums + i * Dp, D * sizeof *out);
    }
}

// Sentences of one head one after another: a shared head stays in the thread's cache.
int attention_cache_forward(const AttentionCache *cache, const float *qkv, size_t B, size_t n, size_t C, size_t H,
                            float *out, Error *error) {
    CachedHead sizes = head_of(cache, 0, 0, n, C, H);
    size_t work = work_size(&sizes), D = sizes.D;
    float *buffers = memory_scratch((size_t)omp_get_max_threads() * work, sizeof *buffers, "attention", error);
    if (!buffers) return -1;
#pragma omp parallel for schedule(static) if (B * n * (cache->count + n) * C >= SERIAL_BELOW)
    for (size_t i = 0; i < B * H; i++) {
        size_t b = i % B, h = i / B;
        CachedHead head = head_of(cache, b, h, n, C, H);
        const float *q = qkv + b * n * 3 * C + h * D;
        head_forward(&head, q, out + b * n * C + h * D, buffers + (size_t)omp_get_thread_num() * work);
        if (!cache->shared)
            rows_store(&head, q + C, q + 2 * C, head.keys + cache->count, head.stride,
                       head.values + cache->count * head.Dp);
    }
    memory_free(buffers);
    return 0;
}
