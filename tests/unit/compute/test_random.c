// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "compute/random.h"

#include <math.h>
#include <string.h>

/* The first outputs of xoshiro256** from the state 1, 2, 3, 4 can be worked out on paper:
 * rotl(2 * 5, 7) * 9 = 11520; then s1 = 1 ^ 2 ^ 3 = 0, so 0; then s1 = 262149, rotl(262149 * 5, 7) * 9. */
static void test_generator_is_xoshiro256(void **state) {
    (void)state;
    Random random = {{1, 2, 3, 4}};
    assert_int_equal(random_bits(&random), 11520);
    assert_int_equal(random_bits(&random), 0);
    assert_int_equal(random_bits(&random), 1509978240);
}

static void test_streams_repeat_and_differ(void **state) {
    (void)state;
    Random first = random_stream(7, "shuffle"), again = random_stream(7, "shuffle");
    Random others[4] = {random_stream(8, "shuffle"), random_stream(7, "noise"), random_stream(7, NULL),
                        random_stream_at(7, "shuffle", 1)};
    assert_memory_equal(&first, &again, sizeof first);
    uint64_t bits = random_bits(&first);
    assert_int_equal(bits, random_bits(&again));
    for (int i = 0; i < 4; i++) assert_int_not_equal(bits, random_bits(&others[i]));
    Random zero = random_stream_at(7, "shuffle", 0);
    assert_int_equal(bits, random_bits(&zero));
}

static void test_uniform_is_below_one_and_even(void **state) {
    (void)state;
    Random random = random_stream(1, "uniform");
    int counts[10] = {0};
    for (int i = 0; i < 100000; i++) {
        float u = random_uniform(&random);
        assert_true(u >= 0 && u < 1);
        counts[(int)(u * 10)]++;
    }
    for (int i = 0; i < 10; i++) assert_in_range(counts[i], 9600, 10400);
}

static void test_below_covers_exactly_its_range(void **state) {
    (void)state;
    Random random = random_stream(1, "below");
    int counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint32_t drawn = random_below(&random, 7);
        assert_in_range(drawn, 0, 6);
        counts[drawn]++;
    }
    for (int i = 0; i < 7; i++) assert_in_range(counts[i], 9600, 10400);
    assert_int_equal(random_below(&random, 1), 0);
}

static void test_normal_has_the_moments_of_a_normal(void **state) {
    (void)state;
    enum { COUNT = 200000 };
    static float values[COUNT];
    Random random = random_stream(1, "normal");
    random_fill_normal(&random, values, COUNT, 3);
    double mean = 0, square = 0, fourth = 0;
    for (int i = 0; i < COUNT; i++) {
        double v = (double)values[i] / 3;
        assert_true(isfinite(v));
        mean += v / COUNT;
        square += v * v / COUNT;
        fourth += v * v * v * v / COUNT;
    }
    assert_float_equal(mean, 0, 0.01);
    assert_float_equal(square, 1, 0.02);
    assert_float_equal(fourth, 3, 0.1);
}

static void test_shuffle_is_a_permutation_and_every_order_comes_up(void **state) {
    (void)state;
    Random random = random_stream(1, "shuffle");
    int counts[27] = {0};
    for (int i = 0; i < 60000; i++) {
        uint32_t order[3] = {0, 1, 2};
        random_shuffle(&random, order, 3);
        assert_int_equal((1u << order[0]) | (1u << order[1]) | (1u << order[2]), 7);
        counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    int orders = 0;
    for (int i = 0; i < 27; i++) {
        if (counts[i] == 0) continue;
        assert_in_range(counts[i], 9500, 10500);
        orders++;
    }
    assert_int_equal(orders, 6);
    random_shuffle(&random, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generator_is_xoshiro256),
        cmocka_unit_test(test_streams_repeat_and_differ),
        cmocka_unit_test(test_uniform_is_below_one_and_even),
        cmocka_unit_test(test_below_covers_exactly_its_range),
        cmocka_unit_test(test_normal_has_the_moments_of_a_normal),
        cmocka_unit_test(test_shuffle_is_a_permutation_and_every_order_comes_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
