#include "image/transform.h"

#include "base/memory.h"
#include "compute/random.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* From a pixel of y to the point of x it shows: column' = a column + b row + c, row' = -b column + a row + d. */
typedef struct Map {
    float a, b, c, d;
} Map;

typedef struct Transform {
    Module module;
    TransformSettings settings;
    const int *restarts;
    int restart_count;
    uint64_t seed;
    long step;
} Transform;

static Map map_of(const TransformSettings *settings, float degrees, float factor, float right, float down) {
    float angle = degrees * 0.017453292519943295f;
    Map map = {.a = cosf(angle) / factor, .b = sinf(angle) / factor};
    float center_column = 0.5f * (float)(settings->width - 1), center_row = 0.5f * (float)(settings->height - 1);
    map.c = center_column - map.a * (center_column + right) - map.b * (center_row + down);
    map.d = center_row + map.b * (center_column + right) - map.a * (center_row + down);
    return map;
}

static Map map_drawn(const Transform *transform, int row, int copy) {
    const TransformSettings *settings = &transform->settings;
    uint64_t restart = transform->restarts ? (uint64_t)transform->restarts[row] : (uint64_t)row;
    uint64_t variant = restart * (uint64_t)settings->copies + (uint64_t)copy;
    Random random = random_stream_at(transform->seed, "transform", ((uint64_t)transform->step << 32) + variant);
    float degrees = settings->rotate * (2.0f * random_uniform(&random) - 1.0f);
    float factor = 1.0f + settings->scale * (2.0f * random_uniform(&random) - 1.0f);
    float right = settings->jitter * (2.0f * random_uniform(&random) - 1.0f);
    float down = settings->jitter * (2.0f * random_uniform(&random) - 1.0f);
    return map_of(settings, degrees, factor, right, down);
}

/* The four pixels around a point and their weights; a pixel outside the picture has weight 0. */
typedef struct Corners {
    int at[4];
    float weight[4];
} Corners;

static inline Corners corners_of(int height, int width, float column, float row) {
    Corners corners = {{0}, {0}};
    float left = floorf(column), top = floorf(row);
    float across = column - left, down = row - top;
    const float weights[4] = {(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down};
    if (!(left >= -1.0f && top >= -1.0f && left < (float)width && top < (float)height)) return corners;
    for (int i = 0; i < 4; i++) {
        int c = (int)left + (i & 1), r = (int)top + (i >> 1);
        if (c < 0 || r < 0 || c >= width || r >= height) continue;
        corners.at[i] = r * width + c;
        corners.weight[i] = weights[i];
    }
    return corners;
}

static void resample(Map map, int height, int width, const float *x, float *y) {
    for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
            float from_column = map.a * (float)column + map.b * (float)row + map.c;
            float from_row = -map.b * (float)column + map.a * (float)row + map.d;
            Corners corners = corners_of(height, width, from_column, from_row);
            float sum = 0;
            for (int i = 0; i < 4; i++) sum += corners.weight[i] * x[corners.at[i]];
            y[row * width + column] = sum;
        }
    }
}

static void resample_transposed(Map map, int height, int width, const float *dy, float *dx) {
    for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
            float from_column = map.a * (float)column + map.b * (float)row + map.c;
            float from_row = -map.b * (float)column + map.a * (float)row + map.d;
            Corners corners = corners_of(height, width, from_column, from_row);
            float by = dy[row * width + column];
            for (int i = 0; i < 4; i++) dx[corners.at[i]] += corners.weight[i] * by;
        }
    }
}

static int transform_forward(Module *module, const float *x, int batch, float *y, Error *error) {
    (void)error;
    const Transform *transform = (const Transform *)module;
    assert(!transform->restarts || batch <= transform->restart_count);
    const TransformSettings *settings = &transform->settings;
    size_t size = module->inputs;
#pragma omp parallel for schedule(static)
    for (int b = 0; b < batch; b++)
        for (int copy = 0; copy < settings->copies; copy++)
            resample(map_drawn(transform, b, copy), settings->height, settings->width, x + (size_t)b * size,
                     y + ((size_t)b * (size_t)settings->copies + (size_t)copy) * size);
    return 0;
}

static int transform_backward(Module *module, const float *dy, int batch, float *dx, Error *error) {
    (void)error;
    const Transform *transform = (const Transform *)module;
    const TransformSettings *settings = &transform->settings;
    size_t size = module->inputs;
#pragma omp parallel for schedule(static)
    for (int b = 0; b < batch; b++) {
        memset(dx + (size_t)b * size, 0, size * sizeof *dx);
        for (int copy = 0; copy < settings->copies; copy++)
            resample_transposed(map_drawn(transform, b, copy), settings->height, settings->width,
                                dy + ((size_t)b * (size_t)settings->copies + (size_t)copy) * size,
                                dx + (size_t)b * size);
    }
    return 0;
}

static void transform_begin_step(Module *module, uint64_t seed, long step) {
    Transform *transform = (Transform *)module;
    transform->seed = seed;
    transform->step = step;
}

static void transform_free(Module *module) { memory_free(module); }

static const ModuleOperations OPERATIONS = {transform_forward, transform_backward, transform_begin_step,
                                            transform_free};

Module *transform_new(const TransformSettings *settings, Error *error) {
    assert(settings->copies >= 1 && settings->scale < 1.0f);
    Transform *transform = memory_new(1, sizeof *transform, "the transform", error);
    if (!transform) return NULL;
    size_t size = (size_t)settings->height * (size_t)settings->width;
    transform->module = (Module){.operations = &OPERATIONS,
                                 .name = "transform",
                                 .inputs = size,
                                 .outputs = size * (size_t)settings->copies,
                                 .copies = settings->copies};
    transform->settings = *settings;
    return &transform->module;
}

void transform_set_restarts(Module *module, const int *restarts, int count) {
    Transform *transform = (Transform *)module;
    transform->restarts = restarts;
    transform->restart_count = count;
}

void transform_resample(const float *x, int height, int width, float degrees, float factor, float right, float down,
                        float *y) {
    TransformSettings settings = {.height = height, .width = width, .copies = 1};
    resample(map_of(&settings, degrees, factor, right, down), height, width, x, y);
}
