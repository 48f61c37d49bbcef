/* text_arm.h: one arm of a text experiment: its dreams, and what is measured of each.
 *
 * A dream moves the token embeddings of one sentence until the target's activation is high, then decodes each
 * embedding to a token. The soft activation is that of the embeddings; the hard one that of the decoded tokens, read
 * again as real text; the round trip's that of the text those tokens spell, tokenized afresh. */
#ifndef LATENT_DREAM_TEXT_TEXT_ARM_H
#define LATENT_DREAM_TEXT_TEXT_ARM_H

#include "engine/trajectory.h"
#include "text/text_stage.h"

/* One dream's numbers. Activations are reduced over the sentence's tokens as the target says, without the squash. */
typedef struct TextDream {
    int number;    // of the case in the plan
    int sentence;  // of the start in stage->starts
    long stopped;  // the step after which it no longer moved
    float soft_start, soft;
    float hard_start, hard;  // of the starting sentence, of the decoded tokens
    float round_trip;
    float reference, reference_token;  // the strongest of a sentence, of a token, in the reference sentences
    float start_loss, loss;            // nats a token under the model; NAN for a sentence of one token
    float changed;                     // share of tokens that are not the starting sentence's
    float distance;                    // mean distance of an embedding to the nearest real token
    int counted;                       // decoded tokens that are the target's count_token
} TextDream;

typedef struct TextArmResult {
    int count;
    TextDream *dreams;                       // (count): case by case, in each sentence by sentence
    Sentences decoded;                       // (count)
    float *start_activations, *activations;  // (count, T) token by token, of start and dream
    Trajectory curves;                       // values of all dreams, without any z
    double *hard_sum;                        // (steps + 1) sums over dreams for the curve of hard values
    float *hard;                             // (steps + 1) their means; NAN: not measured
    bool reused;                             // every chunk was there already
} TextArmResult;

/* Closed with text_arm_close, also after a failure. */
int text_arm_run(const TextStage *stage, const TextArm *arm, TextArmResult *result, Error *error);
void text_arm_close(TextArmResult *result);

#endif
