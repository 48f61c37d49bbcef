/* text_training.h: the [train] stage of a text experiment, from books to a model folder.
 *
 * Files, in run->folder, besides those of train_language_model.h:
 *     models/NAME/           config.json, model.safetensors, vocab.json, merges.txt: what transformers loads too
 *     training.tsv           a row: steps, tokens seen, held-out nats a token and a character, perplexity
 *     work/NAME.key          what the folder was made from
 * The held-out figures are those of the stored weights, over every token of the held-out books. A folder that was
 * made from the same books, shape, settings and thread count is used again. */
#ifndef LATENT_DREAM_TEXT_TEXT_TRAINING_H
#define LATENT_DREAM_TEXT_TEXT_TRAINING_H

#include "base/run.h"
#include "config/config.h"

/* Runs the stage; writes the model folder's path into folder[PATH_LIMIT]. */
int text_training_run(const Config *config, Run *run, char *folder, Error *error);

/* What can be checked before: sections, files, the shape, the settings. Does not read the books. */
int text_training_check(const Config *config, const Run *run, Error *error);

#endif
