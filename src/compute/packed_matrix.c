/* Where oneDNN has blocked kernels for the processor, each direction is packed for them. Elsewhere weights lie as
 * panels: some columns of W at a time, every panel one block of memory, so that a thread reads what it multiplies in
 * one stream. The way back uses the same panels, or the weights as they are stored where those are float32.
 *
 * Products of few rows are made transposed, W^T x^T: oneDNN's kernels then have the weights' long side to work on
 * (a dream of one sentence of 32 tokens: 73 for 64 GFLOP/s a core forward, 72 for 48 backward). Of a row or a few,
 * a product takes as long as its weights take to come from memory: panels are then read once from end to end. */
#include "base/memory.h"
#include "compute/kernels.h"
#include "compute/matmul.h"
#include "compute/onednn.h"

#include <omp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PANEL_WIDTH = 192, PANEL_UNIT = 16, FEW_ROWS = 48, STREAM_ROWS = 4 };

struct PackedMatrix {
    const void *weights;
    NumberType type;
    size_t K, N;
    bool transposed, mapped;
    Precision precision;
    size_t panel;  // columns of a panel; the last may have fewer
    size_t panels;
    float *packed;              // panel i at i * panel * K, (K, its columns); NULL before the first use
    bool unblocked;             // oneDNN has no blocked kernels
    OnednnProduct *blocked[2];  // x W, dy W^T
    float *scratch;             // transposed activations
    size_t scratch_size;
};

enum { FORWARD, BACKWARD };

PackedMatrix *packed_matrix_new(const void *weights, NumberType type, size_t K, size_t N, bool transposed,
                                Precision precision, Error *error) {
    PackedMatrix *matrix = memory_new(1, sizeof *matrix, "packed weights", error);
    if (!matrix) return NULL;
    size_t threads = (size_t)omp_get_max_threads(), panels = (N + PANEL_WIDTH - 1) / PANEL_WIDTH;
    panels = (panels + threads - 1) / threads * threads;
    size_t panel = ((N + panels - 1) / panels + PANEL_UNIT - 1) / PANEL_UNIT * PANEL_UNIT;
    *matrix = (PackedMatrix){.weights = weights,
                             .type = type,
                             .K = K,
                             .N = N,
                             .transposed = transposed,
                             .precision = precision,
                             .panel = panel,
                             .panels = (N + panel - 1) / panel};
    return matrix;
}

void packed_matrix_free(PackedMatrix *matrix) {
    if (!matrix) return;
    onednn_product_free(matrix->blocked[FORWARD]);
    onednn_product_free(matrix->blocked[BACKWARD]);
    memory_free(matrix->packed);
    memory_free(matrix->scratch);
    memory_free(matrix);
}

void packed_matrix_weights_mapped(PackedMatrix *matrix) { matrix->mapped = true; }

// Drops the mapped pages that hold nothing but these weights.
static void pages_give_back(const PackedMatrix *matrix) {
    if (!matrix->mapped) return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)matrix->weights;
    uintptr_t end = (begin + matrix->K * matrix->N * number_size(matrix->type)) / page * page;
    begin = (begin + page - 1) / page * page;
    if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
}

size_t packed_matrix_bytes(const PackedMatrix *matrix) {
    if (!matrix) return 0;
    size_t panels = matrix->packed ? matrix->K * matrix->N * sizeof(float) : 0;
    return panels + onednn_product_bytes(matrix->blocked[FORWARD]) + onednn_product_bytes(matrix->blocked[BACKWARD]);
}

static size_t panel_columns(const PackedMatrix *matrix, size_t i) {
    size_t first = i * matrix->panel;
    return first + matrix->panel < matrix->N ? matrix->panel : matrix->N - first;
}

// Rows of a matrix stored (K, N) go straight into a panel.
static void panel_pack(const PackedMatrix *matrix, size_t i) {
    size_t columns = panel_columns(matrix, i), first = i * matrix->panel, size = number_size(matrix->type);
    float *panel = matrix->packed + first * matrix->K;
    const char *bytes = matrix->weights;
    for (size_t k = 0; k < matrix->K; k++)
        numbers_to_floats(matrix->type, bytes + (k * matrix->N + first) * size, columns, panel + k * columns);
}

// Stored (N, K): a strip of each stored row at a time, turned.
static void panel_pack_transposed(const PackedMatrix *matrix, size_t i) {
    enum { STRIP = 64 };
    size_t columns = panel_columns(matrix, i), first = i * matrix->panel, size = number_size(matrix->type);
    float *panel = matrix->packed + first * matrix->K, strip[STRIP];
    const char *bytes = matrix->weights;
    for (size_t k = 0; k < matrix->K; k += STRIP) {
        size_t count = matrix->K - k < STRIP ? matrix->K - k : STRIP;
        for (size_t n = 0; n < columns; n++) {
            numbers_to_floats(matrix->type, bytes + ((first + n) * matrix->K + k) * size, count, strip);
            for (size_t j = 0; j < count; j++) panel[(k + j) * columns + n] = strip[j];
        }
    }
}

/* Packs one direction for oneDNN's blocked kernels, or finds that there are none. */
static int matrix_block(PackedMatrix *matrix, int direction, Error *error) {
    if (matrix->blocked[direction] || matrix->unblocked) return 0;
    size_t K = matrix->K, N = matrix->N;
    bool bf16 = matrix->precision == PRECISION_BF16 && onednn_bf16_native();
    const float *values = matrix->weights;
    float *converted = NULL;
    if (matrix->type != NUMBER_F32 || (matrix->precision == PRECISION_BF16 && !bf16)) {
        if (!(converted = memory_new(K * N, sizeof *converted, "weights", error))) return -1;
        numbers_to_floats(matrix->type, matrix->weights, K * N, converted);
        if (matrix->precision == PRECISION_BF16) floats_round_bf16(converted, K * N, converted);
        values = converted;
    }
    size_t stride_k = matrix->transposed ? 1 : N, stride_n = matrix->transposed ? K : 1;
    int status =
        direction == FORWARD
            ? onednn_product_new(&matrix->blocked[FORWARD], K, N, values, stride_k, stride_n, bf16, false, error)
            : onednn_product_new(&matrix->blocked[BACKWARD], N, K, values, stride_n, stride_k, bf16, false, error);
    if (status == 0 && !matrix->blocked[direction]) matrix->unblocked = true;
    if (matrix->blocked[direction]) pages_give_back(matrix);
    memory_free(converted);
    return status;
}

// Whether the way back reads float32 weights as they are stored.
static bool is_read_as_stored(const PackedMatrix *matrix) {
    return matrix->type == NUMBER_F32 && matrix->precision == PRECISION_F32;
}

static int panels_pack(PackedMatrix *matrix, Error *error) {
    if (matrix->packed) return 0;
    matrix->packed = memory_scratch(matrix->K * matrix->N, sizeof *matrix->packed, "packed weights", error);
    if (!matrix->packed) return -1;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < matrix->panels; i++) {
        if (matrix->transposed)
            panel_pack_transposed(matrix, i);
        else
            panel_pack(matrix, i);
        if (matrix->precision != PRECISION_BF16) continue;
        float *panel = matrix->packed + i * matrix->panel * matrix->K;
        floats_round_bf16(panel, matrix->K * panel_columns(matrix, i), panel);
    }
    if (!is_read_as_stored(matrix)) pages_give_back(matrix);
    return 0;
}

static int product_failed(Error *error) { return error_set(error, "oneDNN refused a matrix product"); }

static int scratch_reserve(PackedMatrix *matrix, size_t size, Error *error) {
    if (matrix->scratch_size >= size) return 0;
    memory_free(matrix->scratch);
    matrix->scratch_size = 0;
    matrix->scratch = memory_new(size, sizeof *matrix->scratch, "transposed activations", error);
    if (!matrix->scratch) return -1;
    matrix->scratch_size = size;
    return 0;
}

// to (columns, rows) = from (rows, columns) turned; rows of `from` are `stride` apart, those of `to` `gap` apart.
static void turn(const float *from, size_t stride, size_t rows, size_t columns, float *to, size_t gap) {
    for (size_t c = 0; c < columns; c++)
        for (size_t r = 0; r < rows; r++) to[c * gap + r] = from[r * stride + c];
}

// x (M, K) turned into scratch, each thread a part.
static void turn_all(const float *x, size_t M, size_t K, float *turned) {
#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < K; k += PANEL_UNIT)
        turn(x + k, K, M, K - k < PANEL_UNIT ? K - k : PANEL_UNIT, turned + k * M, M);
}

static int panels_forward_few(PackedMatrix *matrix, const float *x, size_t M, float *y, Error *error) {
    size_t K = matrix->K;
    if (scratch_reserve(matrix, (K + matrix->N) * M, error) != 0) return -1;
    float *turned = matrix->scratch, *out = turned + K * M;
    int failures = 0;
    turn_all(x, M, K, turned);
#pragma omp parallel for schedule(static) reduction(+ : failures)
    for (size_t i = 0; i < matrix->panels; i++) {
        size_t columns = panel_columns(matrix, i), first = i * matrix->panel;
        failures -= onednn_gemm(true, false, columns, M, K, matrix->packed + first * K, columns, turned, M, 0.0f,
                                out + first * M, M);
        turn(out + first * M, M, columns, M, y + first, matrix->N);
    }
    return failures ? product_failed(error) : 0;
}

// y (M, columns), rows `stride` apart, = x (M, K) times one panel. Two of its rows at a time, asked for ahead of use.
static void panel_stream(const float *panel, size_t K, size_t columns, const float *x, size_t M, float *y,
                         size_t stride) {
    enum { AHEAD = 1024, LINE = 16 };
    for (size_t m = 0; m < M; m++) memset(y + m * stride, 0, columns * sizeof *y);
    for (size_t k = 0; k < K; k += 2) {
        const float *even = panel + k * columns, *odd = k + 1 < K ? even + columns : even;
        for (size_t n = 0; n < 2 * columns; n += LINE) __builtin_prefetch(even + AHEAD + n);
        for (size_t m = 0; m < M; m++) {
            float a = x[m * K + k], b = k + 1 < K ? x[m * K + k + 1] : 0.0f, *row = y + m * stride;
#pragma omp simd
            for (size_t n = 0; n < columns; n++) row[n] += a * even[n] + b * odd[n];
        }
    }
}

static int panels_forward(PackedMatrix *matrix, const float *x, size_t M, float *y, Error *error) {
    if (panels_pack(matrix, error) != 0) return -1;
    if (M > STREAM_ROWS && M < FEW_ROWS) return panels_forward_few(matrix, x, M, y, error);
    int failures = 0;
#pragma omp parallel for schedule(static) reduction(+ : failures)
    for (size_t i = 0; i < matrix->panels; i++) {
        size_t columns = panel_columns(matrix, i), first = i * matrix->panel;
        const float *panel = matrix->packed + first * matrix->K;
        if (M <= STREAM_ROWS)
            panel_stream(panel, matrix->K, columns, x, M, y + first, matrix->N);
        else
            failures -= onednn_gemm(false, false, M, columns, matrix->K, x, matrix->K, panel, columns, 0.0f,
                                    y + first, matrix->N);
    }
    return failures ? product_failed(error) : 0;
}

// The i-th of `parts` ranges of dx's columns begins here.
static size_t range_begin(size_t K, size_t i, size_t parts) {
    size_t begin = (K + PANEL_UNIT - 1) / PANEL_UNIT * i / parts * PANEL_UNIT;
    return begin < K ? begin : K;
}

// Each thread sums a range of dx's columns over all panels.
static int panels_backward(PackedMatrix *matrix, const float *dy, size_t M, float *dx, Error *error) {
    if (panels_pack(matrix, error) != 0) return -1;
    int failures = 0;
    size_t threads = (size_t)omp_get_max_threads();
#pragma omp parallel for schedule(static) reduction(+ : failures)
    for (size_t t = 0; t < threads; t++) {
        size_t k0 = range_begin(matrix->K, t, threads), k1 = range_begin(matrix->K, t + 1, threads);
        for (size_t i = 0; k0 < k1 && i < matrix->panels; i++) {
            size_t columns = panel_columns(matrix, i), first = i * matrix->panel;
            failures -= onednn_gemm(false, true, M, k1 - k0, columns, dy + first, matrix->N,
                                    matrix->packed + first * matrix->K + k0 * columns, columns, i ? 1.0f : 0.0f,
                                    dx + k0, matrix->K);
        }
    }
    return failures ? product_failed(error) : 0;
}

// The way back with float32 weights as they are stored, (K, N) or (N, K).
static int stored_backward(PackedMatrix *matrix, const float *dy, size_t M, float *dx, Error *error) {
    size_t K = matrix->K, N = matrix->N, threads = (size_t)omp_get_max_threads();
    const float *weights = matrix->weights;
    bool few = M < FEW_ROWS;
    float *turned = NULL, *out = NULL;
    int failures = 0;
    if (few) {
        if (scratch_reserve(matrix, (K + N) * M, error) != 0) return -1;
        turned = matrix->scratch;
        out = turned + N * M;
        turn_all(dy, M, N, turned);
    }
#pragma omp parallel for schedule(static) reduction(+ : failures)
    for (size_t t = 0; t < threads; t++) {
        size_t k0 = range_begin(K, t, threads), k1 = range_begin(K, t + 1, threads);
        const float *from = matrix->transposed ? weights + k0 : weights + k0 * N;
        size_t stride = matrix->transposed ? K : N;
        if (k0 == k1) continue;
        if (few) {
            failures -=
                onednn_gemm(matrix->transposed, false, k1 - k0, M, N, from, stride, turned, M, 0.0f, out + k0 * M, M);
            turn(out + k0 * M, M, k1 - k0, M, dx + k0, K);
        } else {
            failures -= onednn_gemm(false, !matrix->transposed, M, k1 - k0, N, dy, N, from, stride, 0.0f, dx + k0, K);
        }
    }
    return failures ? product_failed(error) : 0;
}

int packed_matrix_forward(PackedMatrix *matrix, const float *x, size_t M, const float *bias, float *y, Error *error) {
    if (matrix_block(matrix, FORWARD, error) != 0) return -1;
    int status = matrix->blocked[FORWARD] ? onednn_product_run(matrix->blocked[FORWARD], x, M, y, error)
                                          : panels_forward(matrix, x, M, y, error);
    if (status == 0 && bias) bias_add(y, bias, M, matrix->N);
    return status;
}

int packed_matrix_backward(PackedMatrix *matrix, const float *dy, size_t M, float *dx, Error *error) {
    if (matrix_block(matrix, BACKWARD, error) != 0) return -1;
    if (matrix->blocked[BACKWARD]) return onednn_product_run(matrix->blocked[BACKWARD], dy, M, dx, error);
    return is_read_as_stored(matrix) ? stored_backward(matrix, dy, M, dx, error)
                                     : panels_backward(matrix, dy, M, dx, error);
}
