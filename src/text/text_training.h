/* text_training.h: the [train] stage of a text experiment, from books to a model folder.
 *
 * Files, in run->folder, besides those of train_language_model.h:
 *     models/NAME/           config.json, model.safetensors, vocab.json, merges.txt: what transformers loads too
 *     training.tsv           a row: parameters, books, steps, tokens seen, losses; report/measures.c says what each
 * is work/NAME.key          what the folder was made from The held-out figures are those of the stored weights, over
 * every token of the held-out books. A folder that was made from the same books, shape, settings and thread count is
 * used again. */
#ifndef LATENT_DREAM_TEXT_TEXT_TRAINING_H
#define LATENT_DREAM_TEXT_TEXT_TRAINING_H

#include "base/run.h"
#include "config/config.h"

/* Runs the stage; writes the model folder's path into folder[PATH_LIMIT]. */
int text_training_run(const Config *config, Run *run, char *folder, Error *error);

/* What can be checked before: sections, the shape, the settings, that the books and the list of those held out are
 * there and fit. What is wrong is appended to `problems`, with its line; -1 when memory is out. Tokenizes nothing,
 * writes nothing. text_training_run makes the same checks. */
int text_training_check(const Config *config, ConfigProblems *problems, Error *error);

#endif
