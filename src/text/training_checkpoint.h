/* training_checkpoint.h: a training on disk, to the last bit: `--resume` goes on from it to the same bytes.
 *
 * A file of its own format: a magic line, a fingerprint of what is trained, the numbers below, the weights and both
 * moments as float32, and a fingerprint of all of it. It appears whole or not at all. */
#ifndef LATENT_DREAM_TEXT_TRAINING_CHECKPOINT_H
#define LATENT_DREAM_TEXT_TRAINING_CHECKPOINT_H

#include "base/error.h"
#include "text/training.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct TrainingRow {
    double step, epoch, loss, held_out_loss, learning_rate;
} TrainingRow;

/* What a training knows besides weights and moments. */
typedef struct TrainingState {
    long step;        // steps done
    long bound;       // the steps= and cool_down= that it is bound to, as steps * 2^31 + cool_down; 0: to none yet
    double loss_sum;  // over the steps since the last row
    long loss_count;
    TrainingRow *rows;  // of curves/train-NAME.tsv
    size_t row_count;
} TrainingState;

/* Appends a row; freed with training_state_close. */
int training_state_add(TrainingState *state, const TrainingRow *row, Error *error);
void training_state_close(TrainingState *state);

int training_checkpoint_write(const char *path, uint64_t key, const TrainingState *state, const TextNetwork *network,
                              TextTrainer *trainer, Error *error);

/* 1: read. 0: there is none, or one of another training (another key). -1: it is damaged. */
int training_checkpoint_read(const char *path, uint64_t key, TrainingState *state, TextNetwork *network,
                             TextTrainer *trainer, Error *error);

#endif
