/* schema_parts.h: the section tables that SCHEMA_EXPERIMENT (schema_experiment.c) is put together from.
 *
 * schema_common.c holds what both sides know, schema_image.c and schema_text.c what one side adds: a whole section,
 * or, as *_IMAGE and *_TEXT, further keys of a common one. */
#ifndef LATENT_DREAM_CONFIG_SCHEMA_PARTS_H
#define LATENT_DREAM_CONFIG_SCHEMA_PARTS_H

#include "config/schema.h"

extern const SectionSchema SECTION_EXPERIMENT, SECTION_TRAIN, SECTION_TARGET, SECTION_DREAM, SECTION_FIGURE;

extern const SectionSchema SECTION_DATA, SECTION_NETWORK, SECTION_SWEEP;
extern const SectionSchema SECTION_TRAIN_IMAGE, SECTION_TARGET_IMAGE, SECTION_DREAM_IMAGE;

extern const SectionSchema SECTION_LANGUAGE_MODEL, SECTION_SENTENCES, SECTION_CORPUS;
extern const SectionSchema SECTION_TRAIN_TEXT, SECTION_TARGET_TEXT, SECTION_DREAM_TEXT;

#endif
