/* ceiling.h: a subject whose neuron is dreamed of up to a mark and no further.
 *
 * Forward is the subject's. Backward is the subject's too, but rows whose target value has reached their ceiling
 * carry no gradient: what is left to the dream there is to become more plausible. The objective is min(value,
 * ceiling). */
#ifndef LATENT_DREAM_IMAGE_CEILING_H
#define LATENT_DREAM_IMAGE_CEILING_H

#include "engine/module.h"
#include "engine/target.h"

/* `subject` is borrowed. target->neurons and ceilings (restarts) are borrowed too; a row is shown to the subject in
 * `copies` variants, and its value is their mean; limit: the most rows (times copies) that come. */
Module *ceiling_new(Module *subject, const Target *target, const float *ceilings, int copies, int limit,
                    Error *error);

/* The numbers of the restarts in the batches that follow; borrowed. */
void ceiling_set_restarts(Module *ceiling, const int *restarts);

#endif
