#include "engine/objective.h"

#include "base/memory.h"

#include <string.h>

static size_t dream_x_size(const Dream *dream) {
    return dream->transform ? dream->transform->inputs : dream->subject->inputs;
}

size_t dream_z_size(const Dream *dream) { return dream->decoder ? dream->decoder->inputs : dream_x_size(dream); }

static int check_modules(const Dream *dream, Error *error) {
    const Module *decoder = dream->decoder, *transform = dream->transform, *subject = dream->subject;
    if (decoder && (decoder->copies != 1 || decoder->outputs != dream_x_size(dream)))
        return error_set(error, "%s gives %zu numbers, %s takes %zu", decoder->name, decoder->outputs,
                         transform ? transform->name : subject->name, dream_x_size(dream));
    if (transform &&
        (transform->inputs != subject->inputs || transform->outputs != (size_t)transform->copies * transform->inputs))
        return error_set(error, "%s: %zu numbers become %d times %zu, %s takes %zu", transform->name,
                         transform->inputs, transform->copies, transform->outputs / (size_t)transform->copies,
                         subject->name, subject->inputs);
    if (dream->regularizer_count > TRAJECTORY_REGULARIZERS)
        return error_set(error, "%d regularizers, at most %d fit", dream->regularizer_count, TRAJECTORY_REGULARIZERS);
    for (int i = 0; i < dream->regularizer_count; i++) {
        const Regularizer *regularizer = dream->regularizers[i];
        size_t size = regularizer->domain == REGULARIZER_Z ? dream_z_size(dream) : dream_x_size(dream);
        if (regularizer->size != size)
            return error_set(error, "regularizer %s is for %zu numbers, there are %zu", regularizer->name,
                             regularizer->size, size);
    }
    return 0;
}

static int check_target(const Dream *dream, Error *error) {
    const ActivationLayout *layout = &dream->target.layout;
    size_t stride = dream->subject->outputs / (size_t)dream->subject->copies;
    if (layout->neurons < 1 || layout->positions < 1 ||
        (size_t)(layout->neurons - 1) * layout->neuron_stride +
                (size_t)(layout->positions - 1) * layout->position_stride >=
            stride)
        return error_set(error, "%s gives %zu activations, the target expects %d neurons at %d positions",
                         dream->subject->name, stride, layout->neurons, layout->positions);
    for (int r = 0; r < dream->restarts; r++) {
        int neuron = dream->target.neurons[r];
        if (neuron < 0 || neuron >= layout->neurons)
            return error_set(error, "restart %d: neuron %d, the layer has neurons 0 to %d", r, neuron,
                             layout->neurons - 1);
        int positions = dream->target.positions ? dream->target.positions[r] : 1;
        if (positions < 1 || positions > layout->positions)
            return error_set(error, "restart %d: %d positions, 1 to %d are possible", r, positions,
                             layout->positions);
    }
    return 0;
}

static int has_regularizer(const Dream *dream, int of_x) {
    for (int i = 0; i < dream->regularizer_count; i++)
        if ((dream->decoder && dream->regularizers[i]->domain == REGULARIZER_X) == of_x) return 1;
    return 0;
}

static int make_buffers(Objective *objective, Error *error) {
    const Dream *dream = objective->dream;
    size_t x = objective->x_size * sizeof(float), z = objective->z_size * sizeof(float);
    size_t seen = dream->transform ? dream->transform->outputs * sizeof(float) : 0;
    size_t activations = (size_t)objective->copies * objective->stride * sizeof(float);
    struct {
        void **block;
        size_t row;  // bytes of one row; 0: not needed
    } blocks[] = {
        {(void **)&objective->restarts, sizeof(int)},
        {(void **)&objective->neurons, sizeof(int)},
        {(void **)&objective->positions, dream->target.positions ? sizeof(int) : 0},
        {(void **)&objective->x, dream->decoder ? x : 0},
        {(void **)&objective->d_x, dream->decoder ? x : 0},
        {(void **)&objective->x_slope, has_regularizer(dream, 1) ? x : 0},
        {(void **)&objective->z_slope, has_regularizer(dream, 0) ? z : 0},
        {(void **)&objective->seen, seen},
        {(void **)&objective->d_seen, seen},
        {(void **)&objective->activations, activations},
        {(void **)&objective->d_activations, activations},
        {(void **)&objective->value, sizeof(float)},
        {(void **)&objective->squashed, sizeof(float)},
        {(void **)&objective->total, sizeof(float)},
        {(void **)&objective->penalties, (size_t)dream->regularizer_count * sizeof(float)},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (blocks[i].row == 0) continue;
        *blocks[i].block = memory_new((size_t)objective->limit, blocks[i].row, "a batch of dreams", error);
        if (!*blocks[i].block) return -1;
    }
    return 0;
}

int objective_open(Objective *objective, const Dream *dream, int limit, Error *error) {
    memset(objective, 0, sizeof *objective);
    if (check_modules(dream, error) != 0 || check_target(dream, error) != 0) return -1;
    objective->dream = dream;
    objective->limit = limit;
    objective->z_size = dream_z_size(dream);
    objective->x_size = dream_x_size(dream);
    objective->stride = dream->subject->outputs / (size_t)dream->subject->copies;
    objective->copies = dream->subject->copies * (dream->transform ? dream->transform->copies : 1);
    if (make_buffers(objective, error) == 0) return 0;
    objective_close(objective);
    return -1;
}

void objective_close(Objective *objective) {
    void *blocks[] = {
        objective->restarts, objective->neurons, objective->positions,   objective->x,
        objective->d_x,      objective->x_slope, objective->z_slope,     objective->seen,
        objective->d_seen,   objective->value,   objective->activations, objective->d_activations,
        objective->squashed, objective->total,   objective->penalties,
    };
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) memory_free(blocks[i]);
    memset(objective, 0, sizeof *objective);
}

int objective_take_rows(Objective *objective, const int *restarts, int rows, Error *error) {
    const Dream *dream = objective->dream;
    objective->rows = rows;
    for (int i = 0; i < rows; i++) {
        objective->restarts[i] = restarts[i];
        objective->neurons[i] = dream->target.neurons[restarts[i]];
        if (objective->positions) objective->positions[i] = dream->target.positions[restarts[i]];
    }
    return dream->begin_batch ? dream->begin_batch(dream->context, restarts, rows, error) : 0;
}

static Target target_of_rows(const Objective *objective) {
    Target target = objective->dream->target;
    target.neurons = objective->neurons;
    target.positions = objective->positions;
    return target;
}

/* x of z: the decoder's output, or z itself. */
static const float *decode(Objective *objective, const float *z, Error *error) {
    if (!objective->x) return z;
    int failed = module_forward(objective->dream->decoder, z, objective->rows, objective->x, error);
    return failed ? NULL : objective->x;
}

static int apply_regularizers(Objective *objective, const float *z, const float *x, Error *error) {
    const Dream *dream = objective->dream;
    size_t rows = (size_t)objective->rows;
    if (objective->x_slope) memset(objective->x_slope, 0, rows * objective->x_size * sizeof(float));
    if (objective->z_slope) memset(objective->z_slope, 0, rows * objective->z_size * sizeof(float));
    for (int i = 0; i < dream->regularizer_count; i++) {
        Regularizer *regularizer = dream->regularizers[i];
        int of_x = dream->decoder && regularizer->domain == REGULARIZER_X;
        if (regularizer->apply(regularizer, of_x ? x : z, objective->restarts, objective->rows,
                               objective->penalties + (size_t)i * (size_t)objective->limit,
                               of_x ? objective->x_slope : objective->z_slope, error) != 0)
            return -1;
    }
    return 0;
}

int objective_evaluate(Objective *objective, const float *z, long step, Error *error) {
    const Dream *dream = objective->dream;
    Module *modules[] = {dream->decoder, dream->transform, dream->subject};
    for (int i = 0; i < 3; i++) module_begin_step(modules[i], dream->seed, step);
    objective->z = z;
    const float *x = decode(objective, z, error);
    if (!x || apply_regularizers(objective, z, x, error) != 0) return -1;
    int seen_rows = objective->rows;
    if (dream->transform) {
        if (module_forward(dream->transform, x, objective->rows, objective->seen, error) != 0) return -1;
        seen_rows *= dream->transform->copies;
        x = objective->seen;
    }
    if (module_forward(dream->subject, x, seen_rows, objective->activations, error) != 0) return -1;
    Target target = target_of_rows(objective);
    target_value(&target, objective->activations, objective->rows, objective->copies, objective->stride,
                 objective->squashed, objective->value);
    for (int b = 0; b < objective->rows; b++) {
        objective->total[b] = objective->squashed[b];
        for (int i = 0; i < dream->regularizer_count; i++)
            objective->total[b] -= dream->regularizers[i]->weight *
                                   objective->penalties[(size_t)i * (size_t)objective->limit + (size_t)b];
    }
    return 0;
}

static void subtract(float *from, const float *slope, size_t count) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) from[i] -= slope[i];
}

int objective_gradient(Objective *objective, float *dz, Error *error) {
    const Dream *dream = objective->dream;
    size_t rows = (size_t)objective->rows;
    Target target = target_of_rows(objective);
    target_gradient(&target, objective->activations, objective->rows, objective->copies, objective->stride,
                    objective->d_activations);
    float *dx = dream->decoder ? objective->d_x : dz;
    float *seen = dream->transform ? objective->d_seen : dx;
    int seen_rows = objective->rows * (dream->transform ? dream->transform->copies : 1);
    if (module_backward(dream->subject, objective->d_activations, seen_rows, seen, error) != 0) return -1;
    if (dream->transform && module_backward(dream->transform, seen, objective->rows, dx, error) != 0) return -1;
    if (objective->x_slope) subtract(dx, objective->x_slope, rows * objective->x_size);
    if (dream->decoder && module_backward(dream->decoder, dx, objective->rows, dz, error) != 0) return -1;
    if (objective->z_slope) subtract(dz, objective->z_slope, rows * objective->z_size);
    return 0;
}

int objective_plain_values(Objective *objective, const float *z, float *values, Error *error) {
    Module *subject = objective->dream->subject;
    const float *x = decode(objective, z, error);
    if (!x || module_forward(subject, x, objective->rows, objective->activations, error) != 0) return -1;
    Target target = target_of_rows(objective);
    target_value(&target, objective->activations, objective->rows, subject->copies, objective->stride,
                 objective->squashed, values);
    return 0;
}
