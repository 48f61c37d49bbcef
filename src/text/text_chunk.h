/* text_chunk.h: some dreams of one arm that run together, and their cache for --resume.
 *
 * A chunk is a stretch of the arm's dreams whose targets lie at one site of one layer. When it is done, what it left
 * is written to work/ARM-N.dreams, whole or not at all; with run->resume a chunk that is there already and was made
 * from the same is read instead. */
#ifndef LATENT_DREAM_TEXT_TEXT_CHUNK_H
#define LATENT_DREAM_TEXT_TEXT_CHUNK_H

#include "engine/trajectory.h"
#include "text/text_stage.h"

typedef struct TextChunk {
    const TextStage *stage;  // borrowed
    const TextArm *arm;      // borrowed
    int number;              // of the chunk in its arm
    int count;               // dreams
    const int *cases;        // (count) indices into the plan's cases; borrowed
    const int *sentences;    // (count) indices into stage->starts; borrowed
    int *lengths;            // (count)
    Trajectory trajectory;   // without snapshots: they have become `hard`
    long hard_count;
    float *hard;  // (hard_count, count) value of the decoded tokens at step 0, hard_every, ...; hard_count may be 0
    bool reused;
} TextChunk;

/* Runs or reads it. Closed by the caller with text_chunk_close, also after a failure. */
int text_chunk_run(TextChunk *chunk, Error *error);
void text_chunk_close(TextChunk *chunk);

/* decoded (count sentences of the starts' lengths) = the tokens nearest to z (count, T * C). */
int text_chunk_decode(const TextChunk *chunk, const float *z, Sentences *decoded, Error *error);

#endif
