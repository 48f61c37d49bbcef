/* fluency.h: the language model's own loss on soft tokens, as a regularizer.
 *
 * A soft token x_t is an embedding that need not be any token's. It is read as a mixture of the K tokens nearest to
 * it,
 *
 *     q_t(v) = softmax over those v of  -|x_t - e_v|^2 / (2 temperature variance)
 *
 * where `variance` is the embeddings' own (decode.h): a real token is nearly all itself. The penalty of a sentence is
 * the mean over t >= 1 of its cross-entropy under the model that has read the soft tokens before it,
 *
 *     penalty = mean_t  sum_v q_t(v) * -log p(v | x_0 .. x_(t-1))      in nats a token,
 *
 * at a real sentence nearly the model's ordinary loss. The gradient is exact, through the model's input and through
 * the mixture, for as long as the same K tokens are the nearest. A sentence of one token has penalty 0. */
#ifndef LATENT_DREAM_TEXT_FLUENCY_H
#define LATENT_DREAM_TEXT_FLUENCY_H

#include "engine/regularizer.h"
#include "text/decode.h"
#include "text/pass.h"

typedef struct FluencySettings {
    float weight;
    int candidates;      // K
    float temperature;   // in units of the embeddings' variance
    int tokens;          // T, the padded length of every restart
    const int *lengths;  // (restarts) borrowed
    int batch;           // most restarts at once
    Precision precision;
} FluencySettings;

/* On x (B, T * C). The network and the table are borrowed. */
Regularizer *regularizer_fluency(TextNetwork *network, EmbeddingTable *table, const FluencySettings *settings,
                                 Error *error);

/* The mean squared distance of each sentence's embeddings to their start, over the sentence's own tokens: padding
 * does not thin it out. starts (restarts, T * C), lengths (restarts) borrowed. */
Regularizer *regularizer_sentence_l2(float weight, const float *starts, const int *lengths, int tokens, int width,
                                     Error *error);

#endif
