/* Every twin against libdarknet's own function of that name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compute/random.h"
#include "image/darknet_fast.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

enum { ROOM = 1 << 16 };
static float first[ROOM], second[ROOM], third[ROOM], mine[ROOM], theirs[ROOM];

static int prepare(void **state) {
    (void)state;
    Error error;
    if (darknet_library_open(&error) != 0) {
        print_message("%s\n", error.message);
        return -1;
    }
    Random random = random_stream(11, "twins");
    random_fill_normal(&random, first, ROOM, 1);
    random_fill_normal(&random, second, ROOM, 1);
    random_fill_normal(&random, third, ROOM, 1);
    return 0;
}

static void start(const float *values) {
    memcpy(mine, values, sizeof mine);
    memcpy(theirs, values, sizeof theirs);
}

static void assert_same(size_t count, double tolerance, const char *what) {
    for (size_t i = 0; i < ROOM; i++) {
        double allowed = i < count ? tolerance * (1 + fabs((double)theirs[i])) : 0;
        if (!(fabs((double)mine[i] - theirs[i]) <= allowed))
            fail_msg("%s: [%zu] is %.9g, libdarknet's is %.9g", what, i, mine[i], theirs[i]);
    }
}

static void test_the_program_stands_before_libdarknet(void **state) {
    (void)state;
    const char *missing;
    assert_true(darknet_twins_stand_in(&missing));
    assert_ptr_not_equal(darknet_library.gemm, gemm);
    assert_ptr_not_equal(darknet_library.forward_connected_layer, forward_connected_layer);
}

static void test_gemm(void **state) {
    (void)state;
    const int M = 13, N = 21, K = 34;
    for (int ta = 0; ta < 2; ta++)
        for (int tb = 0; tb < 2; tb++)
            for (int beta = 0; beta < 2; beta++) {
                start(third);
                int lda = ta ? M : K, ldb = tb ? K : N;
                gemm(ta, tb, M, N, K, 0.5f, first, lda, second, ldb, (float)beta, mine, N);
                darknet_use_stock(true);
                gemm_cpu(ta, tb, M, N, K, 0.5f, first, lda, second, ldb, (float)beta, theirs, N);
                darknet_use_stock(false);
                assert_same((size_t)(M * N), 2e-6, "gemm");
            }
}

static void test_vector_loops(void **state) {
    (void)state;
    const int n = 1003;
    start(second);
    axpy_cpu(n, 0.3f, first, 1, mine, 1);
    darknet_library.axpy_cpu(n, 0.3f, first, 1, theirs, 1);
    assert_same((size_t)n, 1e-6, "axpy_cpu");
    axpy_cpu(n, 0.3f, first, 2, mine, 3);
    darknet_library.axpy_cpu(n, 0.3f, first, 2, theirs, 3);
    assert_same(3 * (size_t)n, 1e-6, "axpy_cpu with strides");
    scal_cpu(n, 0.7f, mine, 1);
    darknet_library.scal_cpu(n, 0.7f, theirs, 1);
    assert_same(3 * (size_t)n, 1e-6, "scal_cpu");
    fill_cpu(77, 2.5f, mine, 1);
    darknet_library.fill_cpu(77, 2.5f, theirs, 1);
    fill_cpu(50, 0, mine + 100, 1);
    darknet_library.fill_cpu(50, 0, theirs + 100, 1);
    assert_same(3 * (size_t)n, 1e-6, "fill_cpu");
    copy_cpu(n, first, 1, mine, 1);
    darknet_library.copy_cpu(n, first, 1, theirs, 1);
    assert_same((size_t)n, 0, "copy_cpu");
    float error_mine[1003], error_theirs[1003];
    l2_cpu(n, first, second, mine, error_mine);
    darknet_library.l2_cpu(n, first, second, theirs, error_theirs);
    assert_same((size_t)n, 1e-6, "l2_cpu");
    for (int i = 0; i < n; i++) assert_true(fabsf(error_mine[i] - error_theirs[i]) <= 1e-6f * (1 + error_theirs[i]));
    assert_true(fabsf(sum_array(first, n) - darknet_library.sum_array(first, n)) < 1e-4f);
}

static void test_biases(void **state) {
    (void)state;
    const int shapes[][3] = {{5, 7, 1}, {3, 4, 36}, {2, 9, 17}};
    for (int i = 0; i < 3; i++) {
        const int *s = shapes[i];
        start(second);
        add_bias(mine, (float *)first, s[0], s[1], s[2]);
        darknet_library.add_bias(theirs, first, s[0], s[1], s[2]);
        assert_same((size_t)(s[0] * s[1] * s[2]), 1e-6, "add_bias");
        backward_bias(mine, second, s[0], s[1], s[2]);
        darknet_library.backward_bias(theirs, second, s[0], s[1], s[2]);
        assert_same((size_t)s[1], 1e-5, "backward_bias");
    }
}

static void test_activations_and_their_gradients(void **state) {
    (void)state;
    const int n = 5000;
    for (int activation = LOGISTIC; activation <= SELU; activation++) {
        if (activation == STAIR) continue; /* it jumps: rounding decides */
        for (int i = 0; i < n; i++) third[i] = 6 * first[i];
        third[0] = 100;
        third[1] = activation == TANH ? -20 : -100; /* libdarknet's tanh is not a number beyond 44 */
        if (activation == TANH) third[0] = 20;
        third[2] = 0;
        start(third);
        activate_array(mine, n, (ACTIVATION)activation);
        darknet_library.activate_array(theirs, n, (ACTIVATION)activation);
        assert_same((size_t)n, 3e-7, "activate_array");
        memcpy(third, theirs, (size_t)n * sizeof(float));
        start(second);
        gradient_array(third, n, (ACTIVATION)activation, mine);
        darknet_library.gradient_array(third, n, (ACTIVATION)activation, theirs);
        assert_same((size_t)n, 1e-6, "gradient_array");
    }
}

static void test_patches(void **state) {
    (void)state;
    /* channels, height, width, size, stride, pad */
    const int shapes[][6] = {{1, 28, 28, 5, 2, 2}, {3, 9, 7, 3, 1, 1}, {2, 8, 8, 3, 2, 0},
                             {2, 5, 6, 5, 1, 4},   {1, 4, 4, 1, 3, 0}, {2, 3, 11, 2, 3, 1}};
    for (int i = 0; i < 6; i++) {
        const int *s = shapes[i];
        int area = ((s[1] + 2 * s[5] - s[3]) / s[4] + 1) * ((s[2] + 2 * s[5] - s[3]) / s[4] + 1);
        start(third);
        im2col_cpu(first, s[0], s[1], s[2], s[3], s[4], s[5], mine);
        darknet_library.im2col_cpu(first, s[0], s[1], s[2], s[3], s[4], s[5], theirs);
        assert_same((size_t)(area * s[0] * s[3] * s[3]), 0, "im2col_cpu");
        start(third);
        col2im_cpu(second, s[0], s[1], s[2], s[3], s[4], s[5], mine);
        darknet_library.col2im_cpu(second, s[0], s[1], s[2], s[3], s[4], s[5], theirs);
        assert_same((size_t)(s[0] * s[1] * s[2]), 1e-6, "col2im_cpu");
    }
}

static void test_maxpool(void **state) {
    (void)state;
    static int indexes[2][ROOM];
    /* height, width, size, stride, padding */
    const int shapes[][5] = {{8, 8, 2, 2, 0}, {9, 7, 2, 2, 1}, {7, 9, 2, 2, 0}, {6, 6, 3, 1, 2}, {10, 9, 3, 2, 1}};
    for (int i = 0; i < 5; i++) {
        const int *s = shapes[i];
        layer l = {.batch = 3, .c = 2, .h = s[0], .w = s[1], .size = s[2], .stride = s[3], .pad = s[4]};
        l.out_h = (s[0] + s[4] - s[2]) / s[3] + 1;
        l.out_w = (s[1] + s[4] - s[2]) / s[3] + 1;
        l.out_c = 2;
        l.outputs = l.out_h * l.out_w * 2;
        network net = {.input = first};
        start(third);
        size_t count = (size_t)(l.batch * l.outputs);
        l.output = mine;
        l.indexes = indexes[0];
        forward_maxpool_layer(l, net);
        l.output = theirs;
        l.indexes = indexes[1];
        darknet_library.forward_maxpool_layer(l, net);
        assert_same(count, 0, "forward_maxpool_layer");
        assert_memory_equal(indexes[0], indexes[1], count * sizeof(int));
        l.delta = second;
        start(third);
        net.delta = mine;
        backward_maxpool_layer(l, net);
        net.delta = theirs;
        darknet_library.backward_maxpool_layer(l, net);
        assert_same((size_t)(l.batch * 2 * s[0] * s[1]), 1e-6, "backward_maxpool_layer");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_program_stands_before_libdarknet),
        cmocka_unit_test(test_gemm),
        cmocka_unit_test(test_vector_loops),
        cmocka_unit_test(test_biases),
        cmocka_unit_test(test_activations_and_their_gradients),
        cmocka_unit_test(test_patches),
        cmocka_unit_test(test_maxpool),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
