/* What limits the text side: the processor's peak, and the matrix products of a dream step alone.
 *
 *     bench_products [peak] [products]     both without arguments
 *
 * A dream step cannot be faster than its products, and they cannot be faster than the peak. */
#include "bench.h"

#include "base/memory.h"
#include "compute/matmul.h"
#include "compute/random.h"
#include "compute/threads.h"
#include "compute/tile.h"

/* ---- multiplications and additions of a vector, from register to register */
enum { SUMS = 12, ROUNDS = 20000000 };

static int multiply_and_add(void *context, Error *error) {
    (void)error;
    float *results = context;
    int threads = threads_count();
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int t = 0; t < threads; t++) {
        TileVector sums[SUMS], factor = (TileVector){0} + (float)(t + 1) * 1e-9f, all = {0};
        for (int i = 0; i < SUMS; i++) sums[i] = (TileVector){0} + (float)i;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < SUMS; i++) sums[i] += sums[i] * factor;
            __asm__ volatile("" ::: "memory");
        }
        for (int i = 0; i < SUMS; i++) all += sums[i];
        results[t] = all[0];
    }
    return 0;
}

static int time_peak(Error *error) {
    float *results = memory_new((size_t)threads_count(), sizeof *results, "results", error);
    double seconds = results ? bench_median(multiply_and_add, results, 5, error) : -1;
    memory_free(results);
    if (seconds < 0) return -1;
    double operations = 2.0 * TILE_VECTOR * SUMS * (double)ROUNDS * threads_count();
    bench_print("peak of the processor, f32", 1e-9 * operations / seconds, "GFLOP/s");
    return 0;
}

/* ---- the products of a dream step for a neuron of layer 5 of distilgpt2: six attentions, five MLPs, there and back
 */
enum { MATRICES = 22, WIDE = 3072 };

typedef struct Products {
    PackedMatrix *matrices[MATRICES];
    size_t K[MATRICES], N[MATRICES], M;
    float *weights, *in, *out;
} Products;

static size_t shapes_list(Products *products) {
    static const size_t shapes[4][2] = {{768, 2304}, {768, 768}, {768, 3072}, {3072, 768}};
    size_t total = 0;
    for (int i = 0; i < MATRICES; i++) {
        products->K[i] = shapes[i % 4][0];
        products->N[i] = shapes[i % 4][1];
        total += products->K[i] * products->N[i];
    }
    return total;
}

static int products_open(Products *products, size_t M, Precision precision, Error *error) {
    *products = (Products){.M = M};
    size_t total = shapes_list(products), at = 0;
    products->weights = memory_new(total, sizeof(float), "weights", error);
    products->in = memory_new(M * WIDE, sizeof(float), "activations", error);
    products->out = memory_new(M * WIDE, sizeof(float), "activations", error);
    if (!products->weights || !products->in || !products->out) return -1;
    Random random = random_stream(1, "products");
    random_fill_normal(&random, products->weights, total, 0.02f);
    random_fill_normal(&random, products->in, M * WIDE, 1);
    for (int i = 0; i < MATRICES; i++) {
        products->matrices[i] = packed_matrix_new(products->weights + at, NUMBER_F32, products->K[i], products->N[i],
                                                  false, precision, error);
        if (!products->matrices[i]) return -1;
        at += products->K[i] * products->N[i];
    }
    return 0;
}

static void products_close(Products *products) {
    for (int i = 0; i < MATRICES; i++) packed_matrix_free(products->matrices[i]);
    memory_free(products->weights);
    memory_free(products->in);
    memory_free(products->out);
}

static int multiply_all(void *context, Error *error) {
    Products *products = context;
    for (int i = 0; i < MATRICES; i++)
        if (packed_matrix_forward(products->matrices[i], products->in, products->M, NULL, products->out, error) != 0)
            return -1;
    for (int i = MATRICES - 1; i >= 0; i--)
        if (packed_matrix_backward(products->matrices[i], products->in, products->M, products->out, error) != 0)
            return -1;
    return 0;
}

static int time_products(int B, Precision precision, Error *error) {
    Products products;
    int failed = products_open(&products, (size_t)B * 32, precision, error);
    double seconds = failed ? -1 : bench_median(multiply_all, &products, B == 1 ? 9 : 3, error);
    products_close(&products);
    if (seconds < 0) return -1;
    char name[128];
    snprintf(name, sizeof name, "matrix products alone, layer 5, B=%d, T=32, %s", B,
             precision == PRECISION_F32 ? "f32" : "bf16");
    bench_print(name, 1e3 * seconds, "ms");
    return 0;
}

int main(int argc, char **argv) {
    Error error;
    const char *wish = getenv("THREADS");
    threads_set(wish ? atoi(wish) : threads_available());
    int failed = 0;
    if (bench_wanted(argc, argv, "peak")) failed = time_peak(&error);
    for (int p = 0; !failed && bench_wanted(argc, argv, "products") && p < 2; p++)
        if (p == 0 || matmul_bf16_native())
            failed = time_products(1, (Precision)p, &error) != 0 || time_products(32, (Precision)p, &error) != 0;
    if (failed) fprintf(stderr, "bench_products: %s\n", error.message);
    return failed ? 1 : 0;
}
