/* text_chunk_cache.h: a chunk's dreams on disk, to the last bit. */
#ifndef LATENT_DREAM_TEXT_TEXT_CHUNK_CACHE_H
#define LATENT_DREAM_TEXT_TEXT_CHUNK_CACHE_H

#include "text/text_chunk.h"

int text_chunk_cache_write(const TextChunk *chunk, Error *error);
/* 1: read into trajectory and hard. 0: there is none that was made from the same. -1: memory is out, or it cannot be
 * read. */
int text_chunk_cache_read(TextChunk *chunk, Error *error);

#endif
