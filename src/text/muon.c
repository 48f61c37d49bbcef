#include "text/muon.h"

#include "base/memory.h"
#include "compute/matmul.h"

#include <math.h>
#include <string.h>

int muon_open(Muon *muon, TextNetwork *network, Error *error) {
    memset(muon, 0, sizeof *muon);
    muon->network = network;
    size_t C = (size_t)network->shape.width;
    muon->update = memory_new(4 * C * C, sizeof(float), "a matrix's update", error);
    muon->product = memory_new(4 * C * C, sizeof(float), "a matrix's update", error);
    muon->power = memory_new(C * C, sizeof(float), "a matrix's update", error);
    muon->square = memory_new(C * C, sizeof(float), "a matrix's update", error);
    if (muon->update && muon->product && muon->power && muon->square) return 0;
    muon_close(muon);
    return -1;
}

void muon_close(Muon *muon) {
    memory_free(muon->update);
    memory_free(muon->product);
    memory_free(muon->power);
    memory_free(muon->square);
    memset(muon, 0, sizeof *muon);
}

int muon_orthogonalize(float *x, size_t rows, size_t columns, float *power, float *square, float *product,
                       Error *error) {
    size_t count = rows * columns;
    float scale = 1.0f / ((float)sqrt(squares_sum(x, count)) + 1e-7f);
    for (size_t i = 0; i < count; i++) x[i] *= scale;
    for (int iteration = 0; iteration < 5; iteration++) {
        if (matmul(false, true, rows, rows, columns, x, columns, x, columns, 0, power, rows, error) != 0 ||
            matmul(false, false, rows, rows, rows, power, rows, power, rows, 0, square, rows, error) != 0)
            return -1;
        for (size_t i = 0; i < rows * rows; i++) power[i] = -4.7750f * power[i] + 2.0315f * square[i];
        if (matmul(false, false, rows, columns, rows, power, rows, x, columns, 0, product, columns, error) != 0)
            return -1;
        for (size_t i = 0; i < count; i++) x[i] = 3.4445f * x[i] + product[i];
    }
    return 0;
}

/* One block of a parameter: rows (in) x columns (out), `stride` floats from row to row. */
typedef struct Block {
    float *weights, *first;
    const float *gradient;
    size_t rows, columns, stride;
} Block;

/* update = Nesterov's look ahead of the momentum, turned so that it is no taller than wide. */
static void take_momentum(const Block *block, float momentum, float gradient_scale, bool turned, float *update) {
    float keep = momentum, add = (1 - momentum);
    for (size_t r = 0; r < block->rows; r++) {
        float *first = block->first + r * block->stride;
        const float *gradient = block->gradient + r * block->stride;
        for (size_t c = 0; c < block->columns; c++) {
            float g = gradient[c] * gradient_scale;
            first[c] = keep * first[c] + add * g;
            update[turned ? c * block->rows + r : r * block->columns + c] = add * g + keep * first[c];
        }
    }
}

static int update_block(Muon *muon, const Block *block, const MuonSettings *settings, float gradient_scale,
                        Error *error) {
    bool turned = block->rows > block->columns;
    size_t shorter = turned ? block->columns : block->rows, longer = turned ? block->rows : block->columns;
    take_momentum(block, settings->momentum, gradient_scale, turned, muon->update);
    if (muon_orthogonalize(muon->update, shorter, longer, muon->power, muon->square, muon->product, error) != 0)
        return -1;
    float keep = 1 - settings->learning_rate * settings->adamw.weight_decay;
    float length = settings->learning_rate * 0.2f * sqrtf((float)longer);
    for (size_t r = 0; r < block->rows; r++) {
        float *weights = block->weights + r * block->stride;
        for (size_t c = 0; c < block->columns; c++)
            weights[c] =
                keep * weights[c] - length * muon->update[turned ? c * block->rows + r : r * block->columns + c];
    }
    return 0;
}

static bool is_layer_matrix(const TextNetwork *network, int parameter) {
    return parameter >= TEXT_FIRST_LAYER && parameter < text_parameter_final_norm_weight(&network->shape) &&
           network->parameters[parameter].rank == 2;
}

static int update_matrix(Muon *muon, TextTrainer *trainer, int parameter, const MuonSettings *settings,
                         float gradient_scale, Error *error) {
    const TextParameter *matrix = &muon->network->parameters[parameter];
    size_t rows = (size_t)matrix->shape[0], stride = (size_t)matrix->shape[1];
    size_t columns = stride == 3 * rows ? rows : stride;  // queries, keys, values side by side
    for (size_t at = 0; at < stride; at += columns) {
        size_t offset = matrix->offset + at;
        Block block = {.weights = muon->network->storage + offset,
                       .first = text_trainer_first_moment(trainer) + offset,
                       .gradient = text_trainer_gradient(trainer) + offset,
                       .rows = rows,
                       .columns = columns,
                       .stride = stride};
        if (update_block(muon, &block, settings, gradient_scale, error) != 0) return -1;
    }
    return 0;
}

int muon_update(Muon *muon, TextTrainer *trainer, const MuonSettings *settings, long step, float *norm,
                Error *error) {
    TextNetwork *network = muon->network;
    const float *gradient = text_trainer_gradient(trainer);
    *norm = (float)sqrt(squares_sum(gradient, network->total));
    float scale = settings->clip > 0 && *norm > settings->clip ? settings->clip / *norm : 1.0f;
    for (int i = 0; i < network->parameter_count; i++) {
        const TextParameter *parameter = &network->parameters[i];
        if (is_layer_matrix(network, i)) {
            if (update_matrix(muon, trainer, i, settings, scale, error) != 0) return -1;
            continue;
        }
        AdamWSettings adamw = settings->adamw;
        if (!parameter->decays) adamw.weight_decay = 0;
        size_t offset = parameter->offset;
        adamw_update(network->storage + offset, gradient + offset, text_trainer_first_moment(trainer) + offset,
                     text_trainer_second_moment(trainer) + offset, parameter->count, &adamw, scale, step);
    }
    text_network_changed(network);
    return 0;
}
