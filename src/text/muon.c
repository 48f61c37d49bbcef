#include "text/muon.h"

#include "base/memory.h"
#include "compute/matmul.h"
#include "compute/threads.h"

#include <math.h>
#include <omp.h>

static bool is_layer_matrix(const TextNetwork *network, int parameter) {
    return parameter >= TEXT_FIRST_LAYER && parameter < text_parameter_final_norm_weight(&network->shape) &&
           network->parameters[parameter].rank == 2;
}

static void matrices_list(Muon *muon) {
    for (int i = 0; i < muon->network->parameter_count; i++) {
        const TextParameter *parameter = &muon->network->parameters[i];
        if (!is_layer_matrix(muon->network, i)) continue;
        size_t rows = (size_t)parameter->shape[0], stride = (size_t)parameter->shape[1];
        size_t columns = stride == 3 * rows ? rows : stride;  // queries, keys, values side by side
        for (size_t at = 0; at < stride; at += columns)
            muon->matrices[muon->matrix_count++] = (MuonMatrix){parameter->offset + at, rows, columns, stride};
    }
}

int muon_open(Muon *muon, TextNetwork *network, Error *error) {
    enum { PER_LAYER = 6 };
    size_t C = (size_t)network->shape.width;
    *muon = (Muon){.network = network, .threads = threads_count(), .scratch_size = 10 * C * C};
    muon->matrices = memory_new(PER_LAYER * (size_t)network->shape.layers, sizeof *muon->matrices, "matrices", error);
    muon->scratch = memory_new((size_t)muon->threads * muon->scratch_size, sizeof(float), "updates", error);
    if (!muon->matrices || !muon->scratch) {
        muon_close(muon);
        return -1;
    }
    matrices_list(muon);
    return 0;
}

void muon_close(Muon *muon) {
    memory_free(muon->matrices);
    memory_free(muon->scratch);
    *muon = (Muon){0};
}

static MuonScratch scratch_of(const Muon *muon, int thread) {
    size_t C = (size_t)muon->network->shape.width;
    float *block = muon->scratch + (size_t)thread * muon->scratch_size;
    return (MuonScratch){
        .update = block, .product = block + 4 * C * C, .power = block + 8 * C * C, .square = block + 9 * C * C};
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

/* update = Nesterov's look ahead of the momentum, turned so that it is no taller than wide. */
static void take_momentum(const MuonMatrix *matrix, const float *gradient, float gradient_scale, float keep,
                          bool turned, float *first, float *update) {
    float add = 1 - keep;
    for (size_t r = 0; r < matrix->rows; r++) {
        size_t at = r * matrix->stride;
        for (size_t c = 0; c < matrix->columns; c++) {
            float g = gradient[at + c] * gradient_scale;
            first[at + c] = keep * first[at + c] + add * g;
            update[turned ? c * matrix->rows + r : r * matrix->columns + c] = add * g + keep * first[at + c];
        }
    }
}

static int update_matrix(const Muon *muon, const MuonMatrix *matrix, TextTrainer *trainer,
                         const MuonSettings *settings, float gradient_scale, const MuonScratch *scratch) {
    bool turned = matrix->rows > matrix->columns;
    size_t shorter = turned ? matrix->columns : matrix->rows, longer = turned ? matrix->rows : matrix->columns;
    take_momentum(matrix, text_trainer_gradient(trainer) + matrix->offset, gradient_scale, settings->momentum, turned,
                  text_trainer_first_moment(trainer) + matrix->offset, scratch->update);
    if (muon_orthogonalize(scratch->update, shorter, longer, scratch->power, scratch->square, scratch->product,
                           NULL) != 0)
        return -1;
    float keep = 1 - settings->learning_rate * settings->adamw.weight_decay;
    float length = settings->learning_rate * 0.2f * sqrtf((float)longer);
    for (size_t r = 0; r < matrix->rows; r++) {
        float *weights = muon->network->storage + matrix->offset + r * matrix->stride;
        for (size_t c = 0; c < matrix->columns; c++)
            weights[c] =
                keep * weights[c] - length * scratch->update[turned ? c * matrix->rows + r : r * matrix->columns + c];
    }
    return 0;
}

static int update_matrices(const Muon *muon, TextTrainer *trainer, const MuonSettings *settings, float gradient_scale,
                           Error *error) {
    int failures = 0;
#pragma omp parallel for schedule(dynamic) num_threads(muon->threads) reduction(+ : failures)
    for (int i = 0; i < muon->matrix_count; i++) {
        MuonScratch scratch = scratch_of(muon, omp_get_thread_num());
        failures -= update_matrix(muon, &muon->matrices[i], trainer, settings, gradient_scale, &scratch);
    }
    return failures ? error_set(error, "%d matrices could not be updated: out of memory", failures) : 0;
}

int muon_update(Muon *muon, TextTrainer *trainer, const MuonSettings *settings, long step, float *norm,
                Error *error) {
    TextNetwork *network = muon->network;
    const float *gradient = text_trainer_gradient(trainer);
    *norm = (float)sqrt(squares_sum(gradient, network->total));
    float scale = settings->clip > 0 && *norm > settings->clip ? settings->clip / *norm : 1.0f;
    if (update_matrices(muon, trainer, settings, scale, error) != 0) return -1;
    for (int i = 0; i < network->parameter_count; i++) {
        const TextParameter *parameter = &network->parameters[i];
        if (is_layer_matrix(network, i)) continue;
        AdamWSettings adamw = settings->adamw;
        if (!parameter->decays) adamw.weight_decay = 0;
        size_t offset = parameter->offset;
        adamw_update(network->storage + offset, gradient + offset, text_trainer_first_moment(trainer) + offset,
                     text_trainer_second_moment(trainer) + offset, parameter->count, &adamw, scale, step);
    }
    text_network_changed(network);
    return 0;
}
