/* train_language_model.h: next-token training of a GPT-2 as a stage of an experiment.
 *
 *     LanguageTraining training;
 *     language_training_settings(&training, config, section, &shape, run, &problems);   // from a [train] section
 *     int done = language_model_train(&network, &corpus, tokenizer, &training, run, &result, error);
 *
 * AdamW (or Muon for the matrices, muon.h), linear warm-up, then the schedule down to zero; the gradient's norm is
 * clipped; float32 master weights. Files, in run->folder:
 *     curves/train-NAME.tsv    step, epoch, loss (mean since the row before), held_out_loss, learning_rate
 *     samples.tsv              what the model writes every sample_every steps (training_samples.h)
 *     work/NAME.training       the checkpoint: every checkpoint_seconds, at Ctrl-C, and at the end
 * With run->resume, a checkpoint of the same corpus, shape, settings and thread count is gone on from, to the same
 * bytes as without the interruption; it holds the finished training too. With a constant schedule `steps` and
 * `cool_down` may differ from before as long as neither has begun to cool down. */
#ifndef LATENT_DREAM_TEXT_TRAIN_LANGUAGE_MODEL_H
#define LATENT_DREAM_TEXT_TRAIN_LANGUAGE_MODEL_H

#include "base/run.h"
#include "config/config.h"
#include "engine/optimizer.h"
#include "text/corpus.h"
#include "text/training.h"

#include <stdbool.h>
#include <stdint.h>

enum { TRAINING_NAME = 96 };

typedef struct LanguageTraining {
    char name[TRAINING_NAME];
    long steps, warm_up, cool_down;
    int batch, tokens;  // sequences a step, tokens of each
    bool muon;
    AdamWSettings adamw;  // learning_rate at its highest
    float matrix_learning_rate, matrix_momentum;
    Schedule schedule;
    float clip;
    Precision precision;
    long evaluate_every, sample_every;
    int evaluate_windows;
    double checkpoint_seconds;
    uint64_t seed;
    NumberType store;
} LanguageTraining;

/* Reads a checked [train] section. What does not fit the shape is appended to `problems`, with its line. */
void language_training_settings(LanguageTraining *training, const Config *config, const ConfigSection *section,
                                const TextNetworkShape *shape, const Run *run, ConfigProblems *problems);

typedef struct LanguageTrainingResult {
    long steps;
    size_t tokens;         // seen
    double epochs;         // passes over the training books
    double loss;           // mean of the last rows' interval, nats a token
    double held_out_loss;  // of the last row, on evaluate_windows sequences
} LanguageTrainingResult;

/* The factor on the learning rates at step 0, 1, ... */
double language_training_rate(const LanguageTraining *training, long step);
/* Whether the first `step` steps would have been the same with any other number of steps. */
bool language_training_is_open(const LanguageTraining *training, long step);

/* What the result depends on; `path` leaves out what only decides when a constant learning rate ends. */
uint64_t language_training_key(const LanguageTraining *training, const TextNetworkShape *shape, const Corpus *corpus,
                               int threads, bool path);

/* `network` holds weights of its own (text_network_allocate); they are initialized here and trained. Returns -1 after
 * Ctrl-C too, with the checkpoint written. */
int language_model_train(TextNetwork *network, const Corpus *corpus, const Tokenizer *tokenizer,
                         const LanguageTraining *training, const Run *run, LanguageTrainingResult *result,
                         Error *error);

#endif
