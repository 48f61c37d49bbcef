/* training_samples.h: what a language model writes now and then while it is trained.
 *
 *     samples.tsv    step, text: a row a sample, rewritten whole with each new one
 *
 * Rows are on disk before the checkpoint that follows them. A training that goes on from a checkpoint keeps the rows
 * up to its step and writes those after it again, so that the file comes to the bytes of an undisturbed training. */
#ifndef LATENT_DREAM_TEXT_TRAINING_SAMPLES_H
#define LATENT_DREAM_TEXT_TRAINING_SAMPLES_H

#include "base/error.h"
#include "base/file.h"

#include <stddef.h>

typedef struct TrainingSample {
    long step;
    char *text;
} TrainingSample;

typedef struct TrainingSamples {
    char path[PATH_LIMIT];
    TrainingSample *items;
    size_t count;
} TrainingSamples;

/* Takes the rows of FOLDER/samples.tsv up to `step`, the steps that are done; removes those after it from the file,
 * and the file where none is left. A file that is no such table is an error that names its line. Closed with
 * training_samples_close, also when it failed. */
int training_samples_open(TrainingSamples *samples, const char *folder, long step, Error *error);
void training_samples_close(TrainingSamples *samples);

/* Adds a row and writes the file. Bytes that are no UTF-8 become U+FFFD, control characters but newline and tab
 * become spaces. */
int training_samples_add(TrainingSamples *samples, long step, const char *bytes, size_t size, Error *error);

#endif
