/* loss.h: from the residual stream to words: final layer norm, unembedding, cross-entropy, and back.
 *
 *     TextHead *head = text_head_new(&network, PRECISION_F32, error);
 *     text_head_logits(head, resid, rows, logits, error);              // any layer's residual stream: a logit lens
 *     text_head_loss(head, resid, rows, targets, NULL, losses, NULL, error);
 *
 * Logits exist only a bounded chunk of rows at a time. A language model's whole loss, from embeddings and back:
 * text_language_loss. */
#ifndef LATENT_DREAM_TEXT_LOSS_H
#define LATENT_DREAM_TEXT_LOSS_H

#include "text/network.h"
#include "text/pass.h"

typedef struct TextHead TextHead;

/* The network is borrowed; the packed unembedding is shared by all its heads. */
TextHead *text_head_new(TextNetwork *network, Precision precision, Error *error);
void text_head_free(TextHead *head);

/* logits (rows, V) of resid (rows, C): choose the rows that are needed. */
int text_head_logits(TextHead *head, const float *resid, size_t rows, float *logits, Error *error);

/* losses (rows) in nats: -log p(target); target -1: not counted, loss 0. dresid (rows, C), or NULL: the gradient of
 * sum over rows of scale[row] * loss[row] (scale NULL: 1). */
int text_head_loss(TextHead *head, const float *resid, size_t rows, const int *targets, const float *scale,
                   float *losses, float *dresid, Error *error);
/* The same for soft tokens: K weighted candidates a row, targets and weights (rows, K). dweights (rows, K), or NULL:
 * the gradient of the same sum with respect to the weights. */
int text_head_loss_soft(TextHead *head, const float *resid, size_t rows, size_t K, const int *targets,
                        const float *weights, const float *scale, float *losses, float *dresid, float *dweights,
                        Error *error);

/* Next-token loss of sentences whose embeddings are x (B, T, C) and whose tokens are ids (B, T): `pass` must end at
 * RESID_POST of the last layer. token_losses (B, T), or NULL: at t, the loss of predicting token t (0 at t = 0 and
 * past the length). losses (B): the mean over a sentence's predicted tokens. dx (B, T, C), or NULL: d(losses[b]) /
 * dx[b]; needs a pass with backward. */
int text_language_loss(TextPass *pass, TextHead *head, const float *x, int B, int T, const int *lengths,
                       const int *ids, float *losses, float *token_losses, float *dx, Error *error);

#endif
