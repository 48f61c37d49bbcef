#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/memory.h"

static void test_blocks_are_zeroed_and_aligned(void **state) {
    (void)state;
    for (size_t size = 0; size < 300; size += 37) {
        unsigned char *block = memory_new(size, 1, "block", NULL);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(block[i], 0);
        memset(block, 255, size);
        memory_free(block);
    }
    memory_free(NULL);
}

static void test_a_product_that_overflows_is_an_error(void **state) {
    (void)state;
    Error error = {""};
    assert_null(memory_new(SIZE_MAX / 2, 3, "tensor 'x'", &error));
    assert_non_null(strstr(error.message, "tensor 'x'"));
    assert_non_null(strstr(error.message, "do not fit"));
    assert_null(memory_new(SIZE_MAX - 3, 1, "tensor 'x'", &error));
    assert_null(memory_new(SIZE_MAX / 4, 1, "tensor 'x'", NULL));
}

static void test_growing_keeps_old_bytes_and_zeroes_new_ones(void **state) {
    (void)state;
    char *block = memory_new(3, 1, "block", NULL);
    memcpy(block, "abc", 3);
    block = memory_grow(block, 3, 1000, 1, "block", NULL);
    assert_memory_equal(block, "abc\0\0", 5);
    for (int i = 3; i < 1000; i++) assert_int_equal(block[i], 0);
    memory_free(block);
}

static void test_growing_without_memory_leaves_the_old_block(void **state) {
    (void)state;
    Error error = {""};
    char *block = memory_new(3, 1, "block", NULL);
    memcpy(block, "abc", 3);
    memory_fail_after(1);
    assert_null(memory_grow(block, 3, 1000, 1, "block", &error));
    memory_fail_after(0);
    assert_memory_equal(block, "abc", 3);
    memory_free(block);
}

static void test_the_nth_allocation_fails_and_every_one_after_it(void **state) {
    (void)state;
    Error error = {""};
    memory_fail_after(3);
    void *first = memory_new(1, 1, "first", &error), *second = memory_text("second", &error);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(memory_new(1, 1, "third", &error));
    assert_string_equal(error.message, "third: out of memory, 1 bytes asked for");
    assert_null(memory_text("fourth", &error));
    memory_fail_after(0);
    void *fifth = memory_new(1, 1, "fifth", &error);
    assert_non_null(fifth);
    memory_free(first);
    memory_free(second);
    memory_free(fifth);
}

static void test_a_prefix_stands_before_the_message(void **state) {
    (void)state;
    Error error;
    assert_int_equal(error_set(&error, "line %d", 3), -1);
    assert_int_equal(error_prefix(&error, "file %s", "a"), -1);
    assert_string_equal(error.message, "file a: line 3");
    assert_int_equal(error_set(NULL, "x"), -1);
    assert_int_equal(error_prefix(NULL, "x"), -1);
}

static void test_a_long_message_is_cut_but_ended(void **state) {
    (void)state;
    Error error;
    error_set(&error, "%04000d", 7);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    error_prefix(&error, "%03000d", 8);
    assert_true(strlen(error.message) < sizeof error.message);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_zeroed_and_aligned),
        cmocka_unit_test(test_a_product_that_overflows_is_an_error),
        cmocka_unit_test(test_growing_keeps_old_bytes_and_zeroes_new_ones),
        cmocka_unit_test(test_growing_without_memory_leaves_the_old_block),
        cmocka_unit_test(test_the_nth_allocation_fails_and_every_one_after_it),
        cmocka_unit_test(test_a_prefix_stands_before_the_message),
        cmocka_unit_test(test_a_long_message_is_cut_but_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
