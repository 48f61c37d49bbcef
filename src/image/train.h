/* train.h: training of a Darknet network as a stage of an experiment.
 *
 * Adam with a cosine decay to zero, data drawn without replacement in each epoch. Forward and backward are
 * libdarknet's; two halves of each batch run on two threads and their gradients are added in fixed order, so that
 * the same seed and thread count give the same bytes.
 *
 *     TrainSettings settings = train_settings_default(TRAIN_CLASSIFIER);
 *     settings.epochs = 10;
 *     TrainResult result;
 *     int done = network_train(network, &digits, indices, count, held_out, held_out_count, "classifier", &settings,
 *                              run, &result, error);
 *
 * Files, in run->folder:
 *     curves/train-NAME.tsv        step, epoch, loss, held_out_loss, learning_rate; rewritten as it grows
 *     work/NAME.weights            the result, Darknet's format
 *     work/NAME.key                what it was trained from: 64 hex digits, see train_key
 *     work/NAME.checkpoint         while it is going on, every `checkpoint_seconds`, and at Ctrl-C
 * A run whose key is the same takes the weights as they are (result.reused); with run->resume, one whose checkpoint
 * has that key goes on from it, to the same bytes as without the interruption. Other keys train afresh.
 */
#ifndef LATENT_DREAM_IMAGE_TRAIN_H
#define LATENT_DREAM_IMAGE_TRAIN_H

#include "base/error.h"
#include "base/run.h"
#include "image/darknet_network.h"
#include "image/digits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum TrainKind {
    TRAIN_CLASSIFIER,   // the last layer is [softmax]; mean cross-entropy of the label
    TRAIN_AUTOENCODER,  // the output is the input again; mean squared error a pixel
} TrainKind;

typedef struct TrainSettings {
    TrainKind kind;
    double epochs;
    int batch;
    float learning_rate;          // at the start; cosine to zero
    float beta1, beta2, epsilon;  // Adam (Kingma and Ba 2015)
    float weight_decay;           // decoupled, on weights, not on biases (Loshchilov and Hutter 2019); 0: none
    int shift;                    // each image moved by -shift..shift pixels in both directions; 0: none
    float latent_noise;           // autoencoder: deviation of noise added to the latent, in units of its own
                                  // deviation over the batch; 0: none
    double checkpoint_seconds;    // 0: only at Ctrl-C
    uint64_t seed;
} TrainSettings;

TrainSettings train_settings_default(TrainKind kind);

typedef struct TrainResult {
    long steps;
    double loss;           // mean over the last epoch
    double held_out_loss;  // NAN without held-out data
    double accuracy;       // classifier: share of held-out digits named right; NAN otherwise
    double seconds;        // of training; 0 when reused
    bool reused;
    char key[65];
} TrainResult;

/* Trains, resumes, or takes the cached weights; `network` then holds the result. indices (count) are trained on,
 * held_out (held_out_count, may be 0) measured on. Returns -1 after Ctrl-C too, with the checkpoint written. */
int network_train(DarknetNetwork *network, const Digits *digits, const uint32_t *indices, size_t count,
                  const uint32_t *held_out, size_t held_out_count, const char *name, const TrainSettings *settings,
                  const Run *run, TrainResult *result, Error *error);

/* Mean loss (cross-entropy, or squared error a pixel) of digits, and the share named right (accuracy may be NULL). */
int network_measure(DarknetNetwork *network, const Digits *digits, const uint32_t *indices, size_t count,
                    TrainKind kind, double *loss, double *accuracy, Error *error);

/* SHA-256, as hex, of everything the result depends on: cfg, pixels and labels trained on, settings, threads. */
void train_key(const DarknetNetwork *network, const Digits *digits, const uint32_t *indices, size_t count,
               const TrainSettings *settings, const Run *run, char key[65]);

#endif
