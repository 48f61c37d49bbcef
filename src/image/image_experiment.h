/* image_experiment.h: an image experiment from its cfg to its tables and pictures.
 *
 *     train networks -> training.tsv -> dream each arm -> measure -> summary.tsv, targets.tsv, sweep.tsv, curves/,
 *     images/, latent/
 *
 * Figures and the report are made from these files by the report room. With run->resume, finished training and
 * finished arms are taken from FOLDER/work, and everything comes out with the same bytes. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_EXPERIMENT_H
#define LATENT_DREAM_IMAGE_IMAGE_EXPERIMENT_H

#include "base/run.h"
#include "config/config.h"

/* The cfg has passed config_check. Everything wrong with data, networks, layers, neurons and names is told, with its
 * line, before anything runs. */
int image_experiment_run(const Config *config, Run *run, Error *error);

/* The same checks alone, for `latentdream check`: appends what is wrong to `problems` and returns how many there
 * were, or -1 when memory is out. Opens data and networks, trains nothing, writes nothing. */
int image_experiment_check(const Config *config, ConfigProblems *problems, Error *error);

#endif
