/* image_tables.h: summary.tsv, targets.tsv, sweep.tsv, training.tsv. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_TABLES_H
#define LATENT_DREAM_IMAGE_IMAGE_TABLES_H

#include "image/image_measures.h"

/* cells: for each arm of the plan, its (targets, groups) measures.
 *
 * summary.tsv has one row an arm: means over its class dreams, then (hidden_...) over its hidden neurons.
 * targets.tsv has one row for each target and group of starts of each arm. */
int image_tables_write(const ImagePlan *plan, ImageMeasures *const *cells, const Run *run, Error *error);

/* sweep.tsv, where the experiment has a [sweep]: one row a latent size; figures of the first arm that is swept. */
int image_sweep_write(const ImagePlan *plan, ImageMeasures *const *cells, const Run *run, Error *error);

/* training.tsv: one row for each network that the experiment trains; none trained: no file. After
 * image_networks_prepare. */
int image_training_write(const ImagePlan *plan, const Run *run, Error *error);

#endif
