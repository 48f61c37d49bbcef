/* text_experiment.h: an experiment on a language model, from its cfg to the files of a run.
 *
 * A [train] section trains the model first (text_training.h); every [dream] section is an arm (text_arm.h). */
#ifndef LATENT_DREAM_TEXT_TEXT_EXPERIMENT_H
#define LATENT_DREAM_TEXT_TEXT_EXPERIMENT_H

#include "base/run.h"
#include "config/config.h"

/* Runs it, into run->folder. The config has passed config_check; what the model lacks is refused before anything
 * runs. */
int text_experiment_run(const Config *config, Run *run, Error *error);

#endif
