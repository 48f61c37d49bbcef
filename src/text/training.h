/* training.h: next-token training of a GPT-2 with weights of its own (text_network_allocate).
 *
 *     TextTrainer *trainer = text_trainer_new(&network, 16, 256, PRECISION_F32, error);
 *     text_trainer_gradients(trainer, ids, targets, 16, 256, &loss, error);   // (B, T) each
 *     float norm = text_trainer_update(trainer, &settings, 1.0f, step);
 *
 * Gradients have the layout of network->storage. Same ids, same weights, same thread count: same bytes. */
#ifndef LATENT_DREAM_TEXT_TRAINING_H
#define LATENT_DREAM_TEXT_TRAINING_H

#include "compute/kernels.h"
#include "text/network.h"

typedef struct TextTrainer TextTrainer;

/* Buffers for batches of at most B sentences of T tokens. The network is borrowed; its storage is what is trained.
 * PRECISION_BF16 multiplies bf16: in every matrix product of the layers and of the unembedding, forward and in both
 * gradients, operands are rounded to bf16 (to nearest even) and summed in float32. Master weights, the embedding,
 * attention, norms, GELU, losses, gradients and the optimizer are float32. It saves time only where the processor
 * multiplies bf16 itself (matmul_bf16_native: AVX-512 BF16, AMX); elsewhere float32 products of the rounded numbers
 * give the same up to the order of summation, no faster than PRECISION_F32.
 * Against float32, at the four shapes of tests/unit/text/test_training.c, which prints it: the loss is off by 3e-5 to
 * 7e-4 of itself; all gradients together by 0.7 to 0.9 % (|difference| / |gradient|), the worst tensor by 1.3 %. */
TextTrainer *text_trainer_new(TextNetwork *network, int B, int T, Precision precision, Error *error);
void text_trainer_free(TextTrainer *trainer);

/* ids, targets (B, T); target -1 is not counted. *loss = mean over counted tokens, in nats. Gradients of that mean
 * replace the previous ones; with `accumulate` they are added. */
int text_trainer_gradients(TextTrainer *trainer, const int *ids, const int *targets, int B, int T, bool accumulate,
                           double *loss, Error *error);
/* The loss alone. */
int text_trainer_loss(TextTrainer *trainer, const int *ids, const int *targets, int B, int T, double *loss,
                      Error *error);

/* Clips the gradients to the norm `clip` (0: never), then AdamW; weight decay on matrices and embeddings only.
 * step = 1, 2, ... Returns the norm before clipping. What passes have packed of the weights is forgotten
 * (text_network_changed). */
float text_trainer_update(TextTrainer *trainer, const AdamWSettings *settings, float clip, long step);

/* (network->total) each, for checkpoints and tests. */
float *text_trainer_gradient(TextTrainer *trainer);
float *text_trainer_first_moment(TextTrainer *trainer);
float *text_trainer_second_moment(TextTrainer *trainer);

#endif
