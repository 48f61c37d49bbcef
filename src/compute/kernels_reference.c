#include "compute/kernels_reference.h"

#include <math.h>
#include <string.h>

void matmul_reference(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, size_t lda,
                      const float *B, size_t ldb, float beta, float *C, size_t ldc) {
    for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
            double sum = beta == 0.0f ? 0.0 : (double)beta * (double)C[m * ldc + n];
            for (size_t k = 0; k < K; k++)
                sum += (double)(transpose_a ? A[k * lda + m] : A[m * lda + k]) *
                       (double)(transpose_b ? B[n * ldb + k] : B[k * ldb + n]);
            C[m * ldc + n] = (float)sum;
        }
}

void layernorm_forward_reference(const float *x, const float *weight, const float *bias, float epsilon, size_t rows,
                                 size_t C, float *y, float *mean, float *rstd) {
    for (size_t r = 0; r < rows; r++) {
        double sum = 0.0, squares = 0.0;
        for (size_t c = 0; c < C; c++) sum += (double)x[r * C + c];
        double m = sum / (double)C;
        for (size_t c = 0; c < C; c++) squares += ((double)x[r * C + c] - m) * ((double)x[r * C + c] - m);
        double s = 1.0 / sqrt(squares / (double)C + (double)epsilon);
        for (size_t c = 0; c < C; c++)
            y[r * C + c] = (float)(((double)x[r * C + c] - m) * s * (double)weight[c] + (double)bias[c]);
        if (mean) mean[r] = (float)m;
        if (rstd) rstd[r] = (float)s;
    }
}

void layernorm_backward_reference(const float *dy, const float *x, const float *weight, const float *mean,
                                  const float *rstd, size_t rows, size_t C, bool accumulate, float *dx) {
    for (size_t r = 0; r < rows; r++) {
        double sum = 0.0, along = 0.0;
        for (size_t c = 0; c < C; c++) {
            double normed = (double)(x[r * C + c] - mean[r]) * (double)rstd[r];
            sum += (double)dy[r * C + c] * (double)weight[c];
            along += (double)dy[r * C + c] * (double)weight[c] * normed;
        }
        for (size_t c = 0; c < C; c++) {
            double normed = (double)(x[r * C + c] - mean[r]) * (double)rstd[r];
            double slope = (double)rstd[r] *
                           ((double)dy[r * C + c] * (double)weight[c] - sum / (double)C - normed * along / (double)C);
            dx[r * C + c] = (float)(slope + (accumulate ? (double)dx[r * C + c] : 0.0));
        }
    }
}

void layernorm_backward_weights_reference(const float *dy, const float *x, const float *mean, const float *rstd,
                                          size_t rows, size_t C, float *dweight, float *dbias) {
    for (size_t c = 0; c < C; c++) {
        double w = 0.0, b = 0.0;
        for (size_t r = 0; r < rows; r++) {
            w += (double)dy[r * C + c] * (double)(x[r * C + c] - mean[r]) * (double)rstd[r];
            b += (double)dy[r * C + c];
        }
        dweight[c] += (float)w;
        dbias[c] += (float)b;
    }
}

static double gelu_inner(double x) { return sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x); }

void gelu_forward_reference(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = (float)(0.5 * (double)x[i] * (1.0 + tanh(gelu_inner((double)x[i]))));
}

void gelu_backward_reference(const float *dy, const float *x, size_t count, float *dx) {
    for (size_t i = 0; i < count; i++) {
        double v = (double)x[i], t = tanh(gelu_inner(v));
        double inner_slope = sqrt(2.0 / M_PI) * (1.0 + 3.0 * 0.044715 * v * v);
        dx[i] = (float)((double)dy[i] * (0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * inner_slope));
    }
}

void bias_add_reference(float *y, const float *bias, size_t rows, size_t C) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < C; c++) y[r * C + c] += bias[c];
}

void bias_gelu_reference(float *pre, const float *bias, size_t rows, size_t C, float *post) {
    bias_add_reference(pre, bias, rows, C);
    gelu_forward_reference(pre, rows * C, post);
}

void bias_backward_reference(const float *dy, size_t rows, size_t C, float *dbias) {
    for (size_t c = 0; c < C; c++) {
        double sum = 0.0;
        for (size_t r = 0; r < rows; r++) sum += (double)dy[r * C + c];
        dbias[c] += (float)sum;
    }
}

void residual_add_reference(const float *a, const float *b, const float *bias, size_t rows, size_t C, float *sum) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < C; c++) sum[r * C + c] = a[r * C + c] + b[r * C + c] + (bias ? bias[c] : 0.0f);
}

typedef struct Heads {
    size_t T, C, D, keys;
    bool causal;
} Heads;

// The probability that query t gives to key j.
static double attention_weight(const Heads *heads, const float *q, size_t t, size_t j, double *logsum) {
    size_t seen = heads->causal && t + 1 < heads->keys ? t + 1 : heads->keys;
    double sum = 0.0, own = 0.0;
    for (size_t i = 0; i < seen; i++) {
        double score = 0.0;
        for (size_t d = 0; d < heads->D; d++)
            score += (double)q[t * 3 * heads->C + d] * (double)q[i * 3 * heads->C + heads->C + d];
        double e = exp(score / sqrt((double)heads->D));
        sum += e;
        if (i == j) own = e;
    }
    if (logsum) *logsum = log(sum);
    return j < seen ? own / sum : 0.0;
}

void attention_forward_reference(const float *qkv, const int *lengths, size_t B, size_t T, size_t C, size_t H,
                                 bool causal, float *out, float *logsum) {
    memset(out, 0, B * T * C * sizeof *out);
    for (size_t i = 0; i < B * H; i++) {
        size_t b = i / H, h = i % H;
        Heads heads = {T, C, C / H, lengths ? (size_t)lengths[b] : T, causal};
        const float *q = qkv + b * T * 3 * C + h * heads.D;
        for (size_t t = 0; t < heads.keys; t++)
            for (size_t j = 0; j < heads.keys; j++) {
                double total, p = attention_weight(&heads, q, t, j, &total);
                if (logsum) logsum[i * T + t] = (float)total;
                for (size_t d = 0; d < heads.D; d++)
                    out[(b * T + t) * C + h * heads.D + d] += (float)(p * (double)q[j * 3 * C + 2 * C + d]);
            }
    }
}

// d(loss)/d(probability) of query t and key j.
static double weight_slope(const Heads *heads, const float *upper, const float *q, size_t t, size_t j) {
    double sum = 0.0;
    for (size_t d = 0; d < heads->D; d++)
        sum += (double)upper[t * heads->C + d] * (double)q[j * 3 * heads->C + 2 * heads->C + d];
    return sum;
}

void attention_backward_reference(const float *dout, const float *qkv, const int *lengths, size_t B, size_t T,
                                  size_t C, size_t H, bool causal, float *dqkv) {
    memset(dqkv, 0, B * T * 3 * C * sizeof *dqkv);
    for (size_t i = 0; i < B * H; i++) {
        size_t b = i / H, h = i % H;
        Heads heads = {T, C, C / H, lengths ? (size_t)lengths[b] : T, causal};
        const float *q = qkv + b * T * 3 * C + h * heads.D, *upper = dout + b * T * C + h * heads.D;
        float *dq = dqkv + b * T * 3 * C + h * heads.D;
        for (size_t t = 0; t < heads.keys; t++) {
            double mean = 0.0;
            for (size_t j = 0; j < heads.keys; j++)
                mean += attention_weight(&heads, q, t, j, NULL) * weight_slope(&heads, upper, q, t, j);
            for (size_t j = 0; j < heads.keys; j++) {
                double p = attention_weight(&heads, q, t, j, NULL);
                double slope = p * (weight_slope(&heads, upper, q, t, j) - mean) / sqrt((double)heads.D);
                for (size_t d = 0; d < heads.D; d++) {
                    dq[t * 3 * C + d] += (float)(slope * (double)q[j * 3 * C + C + d]);
                    dq[j * 3 * C + C + d] += (float)(slope * (double)q[t * 3 * C + d]);
                    dq[j * 3 * C + 2 * C + d] += (float)(p * (double)upper[t * C + d]);
                }
            }
        }
    }
}

static double row_logsum(const float *row, size_t V) {
    double max = (double)row[0];
    for (size_t v = 1; v < V; v++) max = fmax(max, (double)row[v]);
    double sum = exp((double)row[0] - max);
    for (size_t v = 1; v < V; v++) sum += exp((double)row[v] - max);
    return log(sum) + max;
}

void cross_entropy_soft_reference(float *logits, const int *targets, const float *weights, const float *scale,
                                  size_t rows, size_t V, size_t K, bool gradient, float *losses, float *dweights) {
    for (size_t r = 0; r < rows; r++) {
        float *row = logits + r * V;
        double logsum = row_logsum(row, V), factor = scale ? (double)scale[r] : 1.0, loss = 0.0, total = 0.0;
        for (size_t k = 0; k < K; k++) {
            int target = targets[r * K + k];
            double weight = weights ? (double)weights[r * K + k] : 1.0;
            double surprise = target < 0 ? 0.0 : logsum - (double)row[target];
            loss += weight * surprise;
            total += target < 0 ? 0.0 : weight;
            if (dweights) dweights[r * K + k] = (float)(surprise * factor);
        }
        losses[r] = (float)loss;
        if (!gradient) continue;
        for (size_t v = 0; v < V; v++) row[v] = (float)(factor * total * exp((double)row[v] - logsum));
        for (size_t k = 0; k < K; k++)
            if (targets[r * K + k] >= 0)
                row[targets[r * K + k]] -= (float)(factor * (weights ? (double)weights[r * K + k] : 1.0));
    }
}

void cross_entropy_reference(float *logits, const int *targets, const float *scale, size_t rows, size_t V,
                             bool gradient, float *losses) {
    cross_entropy_soft_reference(logits, targets, NULL, scale, rows, V, 1, gradient, losses, NULL);
}

void softmax_rows_reference(float *values, size_t rows, size_t V) {
    for (size_t r = 0; r < rows; r++) {
        double logsum = row_logsum(values + r * V, V);
        for (size_t v = 0; v < V; v++) values[r * V + v] = (float)exp((double)values[r * V + v] - logsum);
    }
}

void adamw_update_reference(float *weights, const float *gradients, float *first, float *second, size_t count,
                            const AdamWSettings *settings, float gradient_scale, long step) {
    double beta1 = (double)settings->beta1, beta2 = (double)settings->beta2;
    for (size_t i = 0; i < count; i++) {
        double g = (double)gradients[i] * (double)gradient_scale;
        double m = beta1 * (double)first[i] + (1.0 - beta1) * g,
               v = beta2 * (double)second[i] + (1.0 - beta2) * g * g;
        double corrected = sqrt(v / (1.0 - pow(beta2, (double)step)));
        double move = m / (1.0 - pow(beta1, (double)step)) / (corrected + (double)settings->epsilon);
        double decayed =
            (double)weights[i] * (1.0 - (double)settings->learning_rate * (double)settings->weight_decay);
        first[i] = (float)m;
        second[i] = (float)v;
        weights[i] = (float)(decayed - (double)settings->learning_rate * move);
    }
}

double squares_sum_reference(const float *values, size_t count) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += (double)values[i] * (double)values[i];
    return sum;
}
