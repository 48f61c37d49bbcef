/* darknet_fast.h: the twins that stand in for libdarknet's own functions, under its names.
 *
 * Each takes the place of the function of that name in libdarknet (see darknet_library.h) and computes the same, up
 * to the rounding of sums in another order. In stock mode it hands over to libdarknet's. They run on the thread that
 * calls them; a batch is spread over threads by its rows (darknet_view.c).
 *
 * Beyond what libdarknet does: weight gradients are left out where a layer has no weight_updates, and backward
 * through batch normalization is exact outside training too, where libdarknet uses the formula of training. */
#ifndef LATENT_DREAM_IMAGE_DARKNET_FAST_H
#define LATENT_DREAM_IMAGE_DARKNET_FAST_H

#include <darknet.h>
#include <stdbool.h>
#include <stdint.h>

void gemm(int TA, int TB, int M, int N, int K, float ALPHA, float *A, int lda, float *B, int ldb, float BETA,
          float *C, int ldc);
void gemm_cpu(int TA, int TB, int M, int N, int K, float ALPHA, float *A, int lda, float *B, int ldb, float BETA,
              float *C, int ldc);
void im2col_cpu(float *image, int channels, int height, int width, int size, int stride, int pad, float *columns);
void col2im_cpu(float *columns, int channels, int height, int width, int size, int stride, int pad, float *image);

void activate_array(float *x, const int n, const ACTIVATION activation);
void gradient_array(const float *x, const int n, const ACTIVATION activation, float *delta);
void add_bias(float *output, float *biases, int batch, int n, int size);
void backward_bias(float *bias_updates, float *delta, int batch, int n, int size);
void l2_cpu(int n, float *prediction, float *truth, float *delta, float *error);
float sum_array(float *x, int n);
void softmax_x_ent_cpu(int n, float *prediction, float *truth, float *delta, float *error);

void forward_connected_layer(layer l, network net);
void backward_connected_layer(layer l, network net);
void forward_convolutional_layer(layer l, network net);
void backward_convolutional_layer(layer l, network net);
void forward_maxpool_layer(const layer l, network net);
void backward_maxpool_layer(const layer l, network net);
void forward_dropout_layer(layer l, network net);
void backward_softmax_layer(const layer l, network net);
void backward_logistic_layer(const layer l, network net);

/* ---- parts of the layers, not in libdarknet. */

/* Forward: rows (rows, n, size) = activation(rows + bias), or batch normalization in between as the layer asks. */
void darknet_finish_forward(layer l, network net, int n, int size);
/* Backward: l.delta through activation and batch normalization; adds bias and scale gradients unless there is no
 * place for them. */
void darknet_begin_backward(layer l, network net, int n, int size);

/* Whether the dynamic linker finds every twin before libdarknet's own function of that name. */
bool darknet_twins_stand_in(const char **missing);

/* The random numbers that the next forward_dropout_layer of this thread draws depend on (seed, step, row). */
void darknet_dropout_seed(uint64_t seed, long step, int first_row);

#endif
