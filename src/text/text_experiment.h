/* text_experiment.h: an experiment on a language model, from its cfg to the files of a run.
 *
 * A [train] section trains the model first (text_training.h); every [dream] section is an arm (text_arm.h). */
#ifndef LATENT_DREAM_TEXT_TEXT_EXPERIMENT_H
#define LATENT_DREAM_TEXT_TEXT_EXPERIMENT_H

#include "base/run.h"
#include "config/config.h"

/* Runs it, into run->folder. The config has passed config_check; what is wrong with the model, the sentences, the
 * books and what arms ask of them is told, with its line, before anything runs. */
int text_experiment_run(const Config *config, Run *run, Error *error);

/* The same checks alone, for `latentdream check`: appends what is wrong to `problems` and returns how many there
 * were, or -1 when memory is out. Opens the model, reads the sentences, looks into the books; trains nothing, writes
 * nothing. */
int text_experiment_check(const Config *config, ConfigProblems *problems, Error *error);

#endif
