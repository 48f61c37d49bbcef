/* train_internal.h: what the train*.c files share. */
#ifndef LATENT_DREAM_IMAGE_TRAIN_INTERNAL_H
#define LATENT_DREAM_IMAGE_TRAIN_INTERNAL_H

#include "image/darknet_internal.h"
#include "image/train.h"

/* A row of curves/train-NAME.tsv. */
typedef struct TrainRow {
    double step, epoch, loss, held_out_loss, learning_rate;
} TrainRow;

enum { TRAIN_ROWS = 200 }; /* about as many rows in a whole training, besides one an epoch */

/* Everything that a checkpoint holds, besides parameters and moments. Randomness needs no state: every draw comes
 * from a stream of its own, named by seed, epoch, step and row. */
typedef struct TrainState {
    long step;                       // steps done
    double row_loss, row_steps;      // since the last row
    double epoch_loss, epoch_steps;  // of this epoch
    double last_epoch_loss;
    long rows;
} TrainState;

typedef struct Trainer {
    DarknetNetwork *network;
    const Digits *digits;
    const uint32_t *indices, *held_out;
    size_t count, held_out_count;
    TrainSettings settings;
    const Run *run;
    const char *name;
    char key[65];
    long steps, steps_per_epoch;
    int batch;
    int loss_layer;   // the network's layer whose cost is the loss
    int noise_layer;  // -1: none
    uint32_t *order;  // (count) of the epoch `order_epoch`
    long order_epoch;
    float *first, *second;  // (parameters) Adam's moments
    float *updates;         // (threads, parameters)
    int threads;            // replicas
    DarknetView *view;
    float *dx;         // (batch, pixels) for a first layer that always wants a place for it; else NULL
    float *x, *truth;  // (batch, pixels), (batch, outputs); an autoencoder's truth is x
    TrainState state;
    TrainRow *rows;
    size_t row_capacity;
} Trainer;

/* ---- train_step.c */
/* One step of Adam; returns the mean loss of its batch. */
double trainer_step(Trainer *trainer);
/* Cosine from the setting down to zero at the last step. */
double trainer_learning_rate(const Trainer *trainer);

/* ---- train_adam.c: parameters from..to-1, their gradients summed over `replicas` update vectors `stride` floats
 * apart, which are zeroed on the way. `step` counts from 1. */
typedef struct AdamStep {
    float *parameters, *first, *second, *updates;
    size_t stride;
    int replicas;
    float scale;  // gradient = scale * sum of updates
    float learning_rate, beta1, beta2, epsilon, decay;
    long step;
} AdamStep;
void adam_apply(const AdamStep *adam, size_t from, size_t to);

/* ---- train_checkpoint.c */
int checkpoint_write(const Trainer *trainer, Error *error);
/* Takes the checkpoint up when it is of the same key. *found tells. */
int checkpoint_read(Trainer *trainer, bool *found, Error *error);
int checkpoint_remove(const Trainer *trainer);
int curve_write(const Trainer *trainer, Error *error);
/* The finished weights and their key. */
int cache_write(const Trainer *trainer, const TrainResult *result, Error *error);
/* Loads them when they are of the same key and undamaged. *found tells. */
int cache_read(Trainer *trainer, TrainResult *result, bool *found, Error *error);

/* ---- train_key.c: SHA-256 (FIPS 180-4). */
typedef struct Sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
} Sha256;
void sha256_begin(Sha256 *sha);
void sha256_add(Sha256 *sha, const void *bytes, size_t size);
void sha256_end(Sha256 *sha, char hex[65]);

#endif
