#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/commands.h"

static const Option OPTIONS[] = {{"--out", "DIR", "Where."}, {"--quiet", NULL, "No words."}, {0}};

#define OPEN(...)                         \
    char *words[] = {"run", __VA_ARGS__}; \
    Arguments arguments;                  \
    Error error = {""};                   \
    arguments_open(&arguments, OPTIONS, sizeof words / sizeof *words, words)

static void test_options_and_arguments_in_any_order(void **state) {
    (void)state;
    OPEN("a.cfg", "--out", "x", "--quiet", "--out=y=z", "-");
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_null(arguments.option);
    assert_string_equal(arguments.value, "a.cfg");
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_string_equal(arguments.option, "--out");
    assert_string_equal(arguments.value, "x");
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_string_equal(arguments.option, "--quiet");
    assert_null(arguments.value);
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_string_equal(arguments.value, "y=z");
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_null(arguments.option);
    assert_string_equal(arguments.value, "-");
    assert_int_equal(arguments_next(&arguments, &error), 0);
}

static void test_two_dashes_end_the_options(void **state) {
    (void)state;
    OPEN("--", "--out");
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_null(arguments.option);
    assert_string_equal(arguments.value, "--out");
    assert_int_equal(arguments_next(&arguments, &error), 0);
}

static void test_unknown_options_come_with_the_nearest(void **state) {
    (void)state;
    OPEN("--quite");
    assert_int_equal(arguments_next(&arguments, &error), -1);
    assert_string_equal(error.message, "run: unknown option '--quite'; did you mean --quiet?");
}

static void test_a_missing_or_needless_value_is_refused(void **state) {
    (void)state;
    OPEN("--quiet=1", "--out");
    assert_int_equal(arguments_next(&arguments, &error), -1);
    assert_string_equal(error.message, "run: --quiet takes no value");
    assert_int_equal(arguments_next(&arguments, &error), -1);
    assert_string_equal(error.message, "run: --out needs a value, DIR");
}

static void test_whole_numbers_have_a_range(void **state) {
    (void)state;
    OPEN("--out", "12", "--out", "13", "--out", "x");
    long value;
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_int_equal(arguments_integer(&arguments, 1, 12, &value, &error), 0);
    assert_int_equal(value, 12);
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_int_equal(arguments_integer(&arguments, 1, 12, &value, &error), -1);
    assert_string_equal(error.message, "run: --out 13: a whole number within 1..12 is expected");
    assert_int_equal(arguments_next(&arguments, &error), 1);
    assert_int_equal(arguments_integer(&arguments, 1, 12, &value, &error), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_and_arguments_in_any_order),
        cmocka_unit_test(test_two_dashes_end_the_options),
        cmocka_unit_test(test_unknown_options_come_with_the_nearest),
        cmocka_unit_test(test_a_missing_or_needless_value_is_refused),
        cmocka_unit_test(test_whole_numbers_have_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
