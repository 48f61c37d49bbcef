#include "compute/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_every_f16_goes_to_float_and_back(void **state) {
    (void)state;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        float value = float_from_f16((uint16_t)bits);
        if (isnan(value))
            assert_true(isnan(float_from_f16(f16_from_float(value))));
        else
            assert_int_equal(f16_from_float(value), bits);
    }
}

static void test_f16_has_its_known_values(void **state) {
    (void)state;
    assert_true(float_from_f16(0x3c00) == 1.0f);
    assert_true(float_from_f16(0xc000) == -2.0f);
    assert_true(float_from_f16(0x7bff) == 65504.0f);
    assert_true(float_from_f16(0x0001) == 0x1p-24f);
    assert_true(float_from_f16(0x0400) == 0x1p-14f);
    assert_true(isinf(float_from_f16(0x7c00)));
}

static void test_f16_rounds_to_nearest_even(void **state) {
    (void)state;
    assert_int_equal(f16_from_float(1.0f + 0x1p-11f), 0x3c00);
    assert_int_equal(f16_from_float(1.0f + 0x1p-10f + 0x1p-11f), 0x3c02);
    assert_int_equal(f16_from_float(1.0f + 0x1p-11f + 0x1p-20f), 0x3c01);
    assert_int_equal(f16_from_float(65519.0f), 0x7bff);
    assert_int_equal(f16_from_float(65520.0f), 0x7c00);
    assert_int_equal(f16_from_float(0x1p-25f), 0x0000);
    assert_int_equal(f16_from_float(0x1.8p-24f), 0x0002);
    assert_int_equal(f16_from_float(-0x1p-26f), 0x8000);
}

static void test_every_bf16_goes_to_float_and_back(void **state) {
    (void)state;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        float value = float_from_bf16((uint16_t)bits);
        if (!isnan(value)) assert_int_equal(bf16_from_float(value), bits);
    }
    assert_true(isnan(float_from_bf16(bf16_from_float(NAN))));
}

static void test_bf16_rounds_to_nearest_even(void **state) {
    (void)state;
    assert_int_equal(bf16_from_float(1.0f + 0x1p-8f), 0x3f80);
    assert_int_equal(bf16_from_float(1.0f + 0x1p-7f + 0x1p-8f), 0x3f82);
    assert_int_equal(bf16_from_float(1.0f + 0x1p-8f + 0x1p-20f), 0x3f81);
}

static void test_numbers_are_read_at_any_alignment(void **state) {
    (void)state;
    const NumberType types[] = {NUMBER_F32, NUMBER_F16, NUMBER_BF16};
    for (int t = 0; t < 3; t++) {
        char bytes[64];
        const float values[5] = {0.5f, -3.0f, 1024.0f, 0.0f, -0.125f};
        float back[5];
        numbers_from_floats(types[t], values, 5, bytes + 1);
        numbers_to_floats(types[t], bytes + 1, 5, back);
        assert_memory_equal(values, back, sizeof values);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_f16_goes_to_float_and_back),
        cmocka_unit_test(test_f16_has_its_known_values),
        cmocka_unit_test(test_f16_rounds_to_nearest_even),
        cmocka_unit_test(test_every_bf16_goes_to_float_and_back),
        cmocka_unit_test(test_bf16_rounds_to_nearest_even),
        cmocka_unit_test(test_numbers_are_read_at_any_alignment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
