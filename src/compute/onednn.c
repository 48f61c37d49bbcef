#include "compute/onednn.h"

#include "base/memory.h"
#include "compute/number.h"

#include <dnnl.h>
#include <stdio.h>
#include <string.h>

enum { PRIMITIVES = 8 };

/* 2.x passes memory descriptors as structs, 3.x as handles. Both declare arrays of the library's largest rank, 12,
 * and read as many numbers as there are. */
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t Layout;
typedef const_dnnl_memory_desc_t LayoutPointer;
static LayoutPointer layout_pointer(const Layout *layout) { return *layout; }
static void layout_free(Layout *layout) {
    if (*layout) dnnl_memory_desc_destroy(*layout);
    *layout = NULL;
}
static bool layout_strided(Layout *layout, const dnnl_dim_t *sizes, dnnl_data_type_t type,
                           const dnnl_dim_t *strides) {
    dnnl_dims_t all_sizes = {sizes[0], sizes[1]}, all_strides = {strides[0], strides[1]};
    return dnnl_memory_desc_create_with_strides(layout, 2, all_sizes, type, all_strides) == dnnl_success;
}
static bool layout_any(Layout *layout, const dnnl_dim_t *sizes, dnnl_data_type_t type) {
    dnnl_dims_t all_sizes = {sizes[0], sizes[1]};
    return dnnl_memory_desc_create_with_tag(layout, 2, all_sizes, type, dnnl_format_tag_any) == dnnl_success;
}
static bool layout_copy(Layout *layout, LayoutPointer from) {
    return dnnl_memory_desc_clone(layout, from) == dnnl_success;
}
static bool matmul_describe(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const Layout *x, const Layout *w,
                            const Layout *y, const_dnnl_primitive_attr_t attributes) {
    return dnnl_matmul_primitive_desc_create(made, engine, *x, *w, NULL, *y, attributes) == dnnl_success;
}
static bool sum_append(dnnl_post_ops_t after) {
    return dnnl_post_ops_append_sum(after, 1.0f, 0, dnnl_data_type_undef) == dnnl_success;
}
#else
typedef dnnl_memory_desc_t Layout;
typedef const dnnl_memory_desc_t *LayoutPointer;
static LayoutPointer layout_pointer(const Layout *layout) { return layout; }
static void layout_free(Layout *layout) { (void)layout; }
static bool layout_strided(Layout *layout, const dnnl_dim_t *sizes, dnnl_data_type_t type,
                           const dnnl_dim_t *strides) {
    dnnl_dims_t all_sizes = {sizes[0], sizes[1]}, all_strides = {strides[0], strides[1]};
    return dnnl_memory_desc_init_by_strides(layout, 2, all_sizes, type, all_strides) == dnnl_success;
}
static bool layout_any(Layout *layout, const dnnl_dim_t *sizes, dnnl_data_type_t type) {
    dnnl_dims_t all_sizes = {sizes[0], sizes[1]};
    return dnnl_memory_desc_init_by_tag(layout, 2, all_sizes, type, dnnl_format_tag_any) == dnnl_success;
}
static bool layout_copy(Layout *layout, LayoutPointer from) {
    *layout = *from;
    return true;
}
static bool matmul_describe(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const Layout *x, const Layout *w,
                            const Layout *y, const_dnnl_primitive_attr_t attributes) {
    dnnl_matmul_desc_t operation;
    return dnnl_matmul_desc_init(&operation, x, w, NULL, y) == dnnl_success &&
           dnnl_primitive_desc_create(made, &operation, attributes, engine, NULL) == dnnl_success;
}
static bool sum_append(dnnl_post_ops_t after) { return dnnl_post_ops_append_sum(after, 1.0f) == dnnl_success; }
#endif

typedef struct OnednnPrimitive {
    size_t M;
    unsigned long used;
    dnnl_primitive_t primitive;
    dnnl_memory_t x, y;
} OnednnPrimitive;

struct OnednnProduct {
    size_t K, N;
    bool bf16, accumulate;  // accumulate: y += x W
    Layout layout;
    dnnl_memory_t weights;
    void *packed;
    size_t bytes;
    OnednnPrimitive primitives[PRIMITIVES];
    unsigned long clock;
    void *rounded;  // x in bf16
    size_t rounded_rows;
};

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static bool library_open(void) {
    if (!engine && dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) return false;
    return stream || dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) == dnnl_success;
}

int onednn_gemm(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, size_t lda,
                const float *B, size_t ldb, float beta, float *C, size_t ldc) {
    dnnl_status_t status =
        dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', (dnnl_dim_t)M, (dnnl_dim_t)N, (dnnl_dim_t)K,
                   1.0f, A, (dnnl_dim_t)lda, B, (dnnl_dim_t)ldb, beta, C, (dnnl_dim_t)ldc);
    return status == dnnl_success ? 0 : -1;
}

static bool layout_rows(Layout *layout, size_t rows, size_t columns, dnnl_data_type_t type) {
    const dnnl_dim_t sizes[2] = {(dnnl_dim_t)rows, (dnnl_dim_t)columns}, strides[2] = {(dnnl_dim_t)columns, 1};
    return layout_strided(layout, sizes, type, strides);
}

static bool attributes_accumulate(dnnl_primitive_attr_t *attributes) {
    dnnl_post_ops_t after = NULL;
    bool fine = dnnl_primitive_attr_create(attributes) == dnnl_success &&
                dnnl_post_ops_create(&after) == dnnl_success && sum_append(after) &&
                dnnl_primitive_attr_set_post_ops(*attributes, after) == dnnl_success;
    if (after) dnnl_post_ops_destroy(after);
    return fine;
}

// The product of M rows, with weights in `weights`' layout (any: oneDNN chooses).
static bool product_describe(dnnl_primitive_desc_t *made, const OnednnProduct *product, size_t M,
                             const Layout *weights) {
    Layout x = {0}, y = {0};
    dnnl_primitive_attr_t attributes = NULL;
    bool fine = layout_rows(&x, M, product->K, product->bf16 ? dnnl_bf16 : dnnl_f32) &&
                layout_rows(&y, M, product->N, dnnl_f32) &&
                (!product->accumulate || attributes_accumulate(&attributes)) &&
                matmul_describe(made, engine, &x, weights, &y, attributes);
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    layout_free(&x);
    layout_free(&y);
    return fine;
}

// Chooses the layout of W; false where oneDNN has but its plain kernels and those will not do.
static bool layout_choose(OnednnProduct *product, bool any_kernel) {
    enum { USUAL_ROWS = 256 };
    const dnnl_dim_t sizes[2] = {(dnnl_dim_t)product->K, (dnnl_dim_t)product->N};
    dnnl_data_type_t type = product->bf16 ? dnnl_bf16 : dnnl_f32;
    Layout any = {0}, plain = {0};
    dnnl_primitive_desc_t described = NULL;
    const char *kernel = "";
    bool blocked = false;
    if (layout_any(&any, sizes, type) && layout_rows(&plain, product->K, product->N, type) &&
        product_describe(&described, product, USUAL_ROWS, &any) &&
        dnnl_primitive_desc_query(described, dnnl_query_impl_info_str, 0, &kernel) == dnnl_success) {
        LayoutPointer chosen = dnnl_primitive_desc_query_md(described, dnnl_query_weights_md, 0);
        blocked = strncmp(kernel, "brg", 3) == 0 && !dnnl_memory_desc_equal(chosen, layout_pointer(&plain));
        blocked = (blocked || any_kernel) && layout_copy(&product->layout, chosen);
    }
    if (described) dnnl_primitive_desc_destroy(described);
    layout_free(&any);
    layout_free(&plain);
    return blocked;
}

static bool weights_reorder(OnednnProduct *product, const float *weights, size_t stride_k, size_t stride_n) {
    const dnnl_dim_t sizes[2] = {(dnnl_dim_t)product->K, (dnnl_dim_t)product->N};
    const dnnl_dim_t strides[2] = {(dnnl_dim_t)stride_k, (dnnl_dim_t)stride_n};
    Layout from = {0};
    dnnl_memory_t source = NULL;
    dnnl_primitive_desc_t described = NULL;
    dnnl_primitive_t reorder = NULL;
    bool fine = layout_strided(&from, sizes, dnnl_f32, strides) &&
                dnnl_memory_create(&source, layout_pointer(&from), engine, (void *)weights) == dnnl_success &&
                dnnl_memory_create(&product->weights, layout_pointer(&product->layout), engine, product->packed) ==
                    dnnl_success &&
                dnnl_reorder_primitive_desc_create(&described, layout_pointer(&from), engine,
                                                   layout_pointer(&product->layout), engine, NULL) == dnnl_success &&
                dnnl_primitive_create(&reorder, described) == dnnl_success;
    if (fine) {
        const dnnl_exec_arg_t arguments[2] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, product->weights}};
        fine = dnnl_primitive_execute(reorder, stream, 2, arguments) == dnnl_success &&
               dnnl_stream_wait(stream) == dnnl_success;
    }
    if (reorder) dnnl_primitive_destroy(reorder);
    if (described) dnnl_primitive_desc_destroy(described);
    if (source) dnnl_memory_destroy(source);
    layout_free(&from);
    return fine;
}

// Packs weights in the layout that was chosen.
static int weights_pack(OnednnProduct *product, const float *weights, size_t stride_k, size_t stride_n,
                        Error *error) {
    product->bytes = dnnl_memory_desc_get_size(layout_pointer(&product->layout));
    product->packed = memory_new(product->bytes, 1, "packed weights", error);
    if (!product->packed) return -1;
    if (!weights_reorder(product, weights, stride_k, stride_n))
        return error_set(error, "oneDNN refused to pack weights of %zu x %zu", product->K, product->N);
    return 0;
}

int onednn_product_new(OnednnProduct **product, size_t K, size_t N, const float *weights, size_t stride_k,
                       size_t stride_n, bool bf16, bool any_kernel, Error *error) {
    *product = NULL;
    if (!library_open()) return error_set(error, "oneDNN finds no processor to run on");
    OnednnProduct *own = memory_new(1, sizeof *own, "packed weights", error);
    if (!own) return -1;
    *own = (OnednnProduct){.K = K, .N = N, .bf16 = bf16};
    if (!layout_choose(own, any_kernel)) {
        onednn_product_free(own);
        return 0;
    }
    if (weights_pack(own, weights, stride_k, stride_n, error) != 0) {
        onednn_product_free(own);
        return -1;
    }
    *product = own;
    return 0;
}

static void primitive_free(OnednnPrimitive *slot) {
    if (slot->primitive) dnnl_primitive_destroy(slot->primitive);
    if (slot->x) dnnl_memory_destroy(slot->x);
    if (slot->y) dnnl_memory_destroy(slot->y);
    *slot = (OnednnPrimitive){0};
}

static void product_close(OnednnProduct *product) {
    for (int i = 0; i < PRIMITIVES; i++) primitive_free(&product->primitives[i]);
    if (product->weights) dnnl_memory_destroy(product->weights);
    layout_free(&product->layout);
    memory_free(product->packed);
    memory_free(product->rounded);
}

void onednn_product_free(OnednnProduct *product) {
    if (!product) return;
    product_close(product);
    memory_free(product);
}

static bool primitive_open(OnednnProduct *product, OnednnPrimitive *slot, size_t M) {
    Layout x = {0}, y = {0};
    dnnl_primitive_desc_t described = NULL;
    bool fine = layout_rows(&x, M, product->K, product->bf16 ? dnnl_bf16 : dnnl_f32) &&
                layout_rows(&y, M, product->N, dnnl_f32) &&
                product_describe(&described, product, M, &product->layout) &&
                dnnl_primitive_create(&slot->primitive, described) == dnnl_success &&
                dnnl_memory_create(&slot->x, layout_pointer(&x), engine, DNNL_MEMORY_NONE) == dnnl_success &&
                dnnl_memory_create(&slot->y, layout_pointer(&y), engine, DNNL_MEMORY_NONE) == dnnl_success;
    if (described) dnnl_primitive_desc_destroy(described);
    layout_free(&x);
    layout_free(&y);
    slot->M = M;
    if (!fine) primitive_free(slot);
    return fine;
}

// The primitive for M rows; it takes the place of the one that was used longest ago.
static OnednnPrimitive *primitive_of(OnednnProduct *product, size_t M) {
    OnednnPrimitive *oldest = &product->primitives[0];
    for (int i = 0; i < PRIMITIVES; i++) {
        OnednnPrimitive *slot = &product->primitives[i];
        if (slot->primitive && slot->M == M) {
            slot->used = ++product->clock;
            return slot;
        }
        if (slot->used < oldest->used) oldest = slot;
    }
    primitive_free(oldest);
    if (!primitive_open(product, oldest, M)) return NULL;
    oldest->used = ++product->clock;
    return oldest;
}

static int rows_round(OnednnProduct *product, const float *x, size_t M, Error *error) {
    if (product->rounded_rows < M) {
        void *rounded = memory_new(M * product->K, number_size(NUMBER_BF16), "rounded activations", error);
        if (!rounded) return -1;
        memory_free(product->rounded);
        product->rounded = rounded;
        product->rounded_rows = M;
    }
    uint16_t *rounded = product->rounded;
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < M; r++)
        numbers_from_floats(NUMBER_BF16, x + r * product->K, product->K, rounded + r * product->K);
    return 0;
}

// x is in the product's own numbers.
static int product_execute(OnednnProduct *product, const void *x, size_t M, float *y, Error *error) {
    OnednnPrimitive *slot = primitive_of(product, M);
    if (!slot || dnnl_memory_set_data_handle(slot->x, (void *)x) != dnnl_success ||
        dnnl_memory_set_data_handle(slot->y, y) != dnnl_success)
        return error_set(error, "oneDNN refused a product of %zu x %zu x %zu", M, product->K, product->N);
    const dnnl_exec_arg_t arguments[3] = {
        {DNNL_ARG_SRC, slot->x}, {DNNL_ARG_WEIGHTS, product->weights}, {DNNL_ARG_DST, slot->y}};
    if (dnnl_primitive_execute(slot->primitive, stream, 3, arguments) != dnnl_success ||
        dnnl_stream_wait(stream) != dnnl_success)
        return error_set(error, "oneDNN failed in a product of %zu x %zu x %zu", M, product->K, product->N);
    return 0;
}

int onednn_product_run(OnednnProduct *product, const float *x, size_t M, float *y, Error *error) {
    if (!product->bf16) return product_execute(product, x, M, y, error);
    if (rows_round(product, x, M, error) != 0) return -1;
    return product_execute(product, product->rounded, M, y, error);
}

int onednn_product_once(size_t M, size_t K, size_t N, const void *x, const float *weights, size_t stride_k,
                        size_t stride_n, bool bf16, bool accumulate, float *y, Error *error) {
    if (!library_open()) return error_set(error, "oneDNN finds no processor to run on");
    OnednnProduct product = {.K = K, .N = N, .bf16 = bf16, .accumulate = accumulate};
    int status = layout_choose(&product, true) ? weights_pack(&product, weights, stride_k, stride_n, error)
                                               : error_set(error, "oneDNN refused weights of %zu x %zu", K, N);
    if (status == 0) status = product_execute(&product, x, M, y, error);
    product_close(&product);
    return status;
}

size_t onednn_product_bytes(const OnednnProduct *product) { return product ? product->bytes : 0; }

static bool bf16_try(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx512bf16")) return false;
    OnednnProduct trial = {.K = 256, .N = 256, .bf16 = true};
    bool native = library_open() && layout_choose(&trial, false);
    layout_free(&trial.layout);
    return native;
#else
    return false;
#endif
}

bool onednn_bf16_native(void) {
    static enum { UNKNOWN, NO, YES } native;
    if (native == UNKNOWN) native = bf16_try() ? YES : NO;
    return native == YES;
}

const char *onednn_version(void) {
    static char name[64];
    const dnnl_version_t *version = dnnl_version();
    snprintf(name, sizeof name, "oneDNN %d.%d.%d", version->major, version->minor, version->patch);
    return name;
}
