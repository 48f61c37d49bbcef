/* muon.h: the Muon optimizer for the matrices inside a transformer's layers.
 *
 * Nesterov momentum of the gradient, then its singular values pushed towards one by five Newton-Schulz iterations of
 * the quintic 3.4445 x - 4.7750 x^3 + 2.0315 x^5 (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural
 * networks"), a step of 0.2 sqrt(longer side) times the learning rate and decoupled weight decay (Liu et al. 2025,
 * "Muon is Scalable for LLM Training", section 2.2), so that a step is about as long as AdamW's. A small model that
 * sees few tokens learns far faster with it than with AdamW alone. Queries, keys and values are three matrices.
 * Embeddings, norms and biases move by AdamW. Each thread updates whole matrices, so results do not depend on which
 * thread was first. */
#ifndef LATENT_DREAM_TEXT_MUON_H
#define LATENT_DREAM_TEXT_MUON_H

#include "base/error.h"
#include "compute/kernels.h"
#include "text/training.h"

/* What one thread turns a matrix in: at most (C, 4C), (C, C), (C, C), (C, 4C). */
typedef struct MuonScratch {
    float *update, *power, *square, *product;
} MuonScratch;

/* One matrix: rows (in) x columns (out), `stride` floats from row to row, `offset` floats into the network. */
typedef struct MuonMatrix {
    size_t offset, rows, columns, stride;
} MuonMatrix;

typedef struct Muon {
    TextNetwork *network;  // borrowed
    MuonMatrix *matrices;  // (matrix_count)
    int matrix_count;
    int threads;
    float *scratch;  // (threads, scratch_size)
    size_t scratch_size;
} Muon;

typedef struct MuonSettings {
    AdamWSettings adamw;  // of what is not a matrix of a layer; its weight_decay holds for both
    float learning_rate;  // of the matrices
    float momentum;
    float clip;  // as in text_trainer_update
} MuonSettings;

int muon_open(Muon *muon, TextNetwork *network, Error *error);
void muon_close(Muon *muon);

/* One step with the trainer's gradients; moments are kept in the trainer's. step = 1, 2, ... *norm = the gradient's
 * norm before clipping. */
int muon_update(Muon *muon, TextTrainer *trainer, const MuonSettings *settings, long step, float *norm, Error *error);

/* x (rows, columns) becomes nearly orthogonal; rows <= columns. power, square (rows, rows) and product (rows,
 * columns) are scratch. */
int muon_orthogonalize(float *x, size_t rows, size_t columns, float *power, float *square, float *product,
                       Error *error);

#endif
