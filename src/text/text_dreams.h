/* text_dreams.h: what is measured of the dreams of a chunk once they have ended. */
#ifndef LATENT_DREAM_TEXT_TEXT_DREAMS_H
#define LATENT_DREAM_TEXT_TEXT_DREAMS_H

#include "text/text_arm.h"
#include "text/text_chunk.h"

/* Fills in result->dreams, decoded and both activations from `first` on, chunk->count of them. */
int text_dreams_measure(const TextChunk *chunk, int first, TextArmResult *result, Error *error);

#endif
