/* gpt2.h: the golden values of tests/golden/gpt2.py, for tests: the same generator, and a reader of its files. */
#ifndef LATENT_DREAM_TESTS_GOLDEN_GPT2_H
#define LATENT_DREAM_TESTS_GOLDEN_GPT2_H

#include "base/file.h"
#include "base/memory.h"
#include "text/network.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct GoldenShape {
    const char *name;
    TextNetworkShape shape;
    int B, T, lengths[4];
    float deviation;
    size_t stride;  // of the values stored
} GoldenShape;

static const GoldenShape GOLDEN_SHAPES[] = {
    {"odd", {2, 20, 5, 37, 11, true, true, 1e-5f}, 3, 7, {7, 4, 1}, 0.2f, 1},
    {"untied", {3, 24, 3, 50, 16, true, false, 1e-5f}, 2, 16, {16, 13}, 0.2f, 1},
    {"noncausal", {1, 32, 2, 101, 9, false, true, 1e-5f}, 2, 9, {9, 5}, 0.2f, 1},
    {"distilgpt2", {6, 768, 12, 50257, 1024, true, true, 1e-5f}, 2, 12, {12, 9}, 0.02f, 997},
};
enum { GOLDEN_SMALL = 3, GOLDEN_DISTILGPT2 = 3 };

static inline uint64_t golden_mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline uint64_t golden_bits(uint64_t stream, size_t i) { return golden_mix(golden_mix(stream) + i); }

static inline float golden_value(uint64_t stream, size_t i, double deviation) {
    double uniform = (double)(golden_bits(stream, i) >> 40) * 0x1p-24 - 0.5;
    return (float)(uniform * (deviation * 3.4641016151377544));
}

static inline void golden_fill(uint64_t stream, size_t count, double deviation, float *values) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < count; i++) values[i] = golden_value(stream, i, deviation);
}

/* The deviations are written as decimal numbers there, so a float's neighbor will not do here. */
static inline double golden_deviation(const GoldenShape *golden) { return golden->deviation > 0.1f ? 0.2 : 0.02; }

static inline int golden_network(const GoldenShape *golden, TextNetwork *network, Error *error) {
    if (text_network_open(network, &golden->shape, error) != 0 || text_network_allocate(network, error) != 0)
        return -1;
    for (int i = 0; i < network->parameter_count; i++) {
        const TextParameter *p = &network->parameters[i];
        float *values = network->storage + p->offset;
        golden_fill((uint64_t)i, p->count, p->rank == 2 ? golden_deviation(golden) : 0.1, values);
        if (p->rank == 1 && strstr(p->name, "weight"))
            for (size_t k = 0; k < p->count; k++) values[k] += 1.0f;
    }
    return 0;
}

static inline void golden_ids(const GoldenShape *golden, int *ids) {
    for (int i = 0; i < golden->B * golden->T; i++)
        ids[i] = (int)(golden_bits(1000, (size_t)i) % (uint64_t)golden->shape.vocabulary);
}

typedef struct GoldenFile {
    char *bytes;
    size_t size;
} GoldenFile;

static inline int golden_open(const GoldenShape *golden, GoldenFile *file, Error *error) {
    char path[PATH_LIMIT];
    snprintf(path, sizeof path, "tests/golden/gpt2/%s.bin", golden->name);
    return file_read(path, 1 << 24, &file->bytes, &file->size, error);
}

static inline void golden_close(GoldenFile *file) { memory_free(file->bytes); }

/* The values stored under `name`; NULL when there are none. */
static inline const float *golden_find(const GoldenFile *file, const char *name, size_t *count) {
    const char *line = file->bytes, *values = strstr(file->bytes, "\n\n") + 2;
    size_t before = 0;
    while (*line != '\n') {
        const char *space = strchr(line, ' ');
        size_t many = strtoul(space + 1, NULL, 10), length = (size_t)(space - line);
        if (length == strlen(name) && strncmp(line, name, length) == 0) {
            float *copy = malloc(many * sizeof *copy);  // the header leaves them unaligned
            if (copy) memcpy(copy, values + before * sizeof *copy, many * sizeof *copy);
            *count = many;
            return copy;
        }
        before += many;
        line = strchr(line, '\n') + 1;
    }
    return NULL;
}

/* The largest difference over the largest value of the golden tensor `name`, whose values stand a stride apart in
 * `values` (count); infinity where sizes differ, a value is no number, or there is no such tensor. Prints a failure's
 * name, so that a test says which tensor is off. */
static inline double golden_error(const GoldenShape *golden, const GoldenFile *file, const char *name,
                                  const float *values, size_t count, double limit) {
    size_t stored = 0;
    const float *expected = golden_find(file, name, &stored);
    double largest = 1e-12, worst = 0.0;
    if (!expected || stored != (count + golden->stride - 1) / golden->stride) worst = INFINITY;
    for (size_t i = 0; worst < INFINITY && i < stored; i++) {
        double difference = fabs((double)values[i * golden->stride] - (double)expected[i]);
        if (!(difference < INFINITY)) difference = INFINITY;
        if (difference > worst) worst = difference;
        if (fabs((double)expected[i]) > largest) largest = fabs((double)expected[i]);
    }
    if (worst / largest > limit)
        printf("%s: %s is off by %g of its largest value\n", golden->name, name, worst / largest);
    free((void *)expected);
    return worst / largest;
}

#endif
