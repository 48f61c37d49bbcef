#include "config_case.h"

static void test_sections_repeat_and_keep_their_order(void **state) {
    (void)state;
    Config config = config_of("[b]\nx=1\n[a]\n[b]\nx=2\n");
    assert_int_equal(config.count, 3);
    assert_string_equal(config.sections[0].name, "b");
    assert_string_equal(config.sections[1].name, "a");
    assert_int_equal(config_count(&config, "b"), 2);
    const ConfigSection *first = config_section(&config, "b"), *second = config_next(&config, first, "b");
    assert_string_equal(config_text(first, "x"), "1");
    assert_string_equal(config_text(second, "x"), "2");
    assert_null(config_next(&config, second, "b"));
    config_free(&config);
}

static void test_lines_are_counted_through_comments_and_blank_lines(void **state) {
    (void)state;
    Config config = config_of("# one\n\n; three\n [ net ] # four\n\n\tkey = a value \n");
    assert_int_equal(config.sections[0].line, 4);
    assert_string_equal(config.sections[0].name, "net");
    assert_int_equal(config.sections[0].entries[0].line, 6);
    assert_string_equal(config.sections[0].entries[0].key, "key");
    assert_string_equal(config.sections[0].entries[0].value, "a value");
    config_free(&config);
}

static void test_windows_line_ends_and_byte_order_mark_are_tolerated(void **state) {
    (void)state;
    Config config = config_of("\xEF\xBB\xBF[net]\r\nkey=1\r\n");
    assert_string_equal(config.sections[0].name, "net");
    assert_string_equal(config.sections[0].entries[0].value, "1");
    config_free(&config);
}

static void test_a_value_may_hold_equals_and_hash(void **state) {
    (void)state;
    Config config = config_of("[a]\nx=b=c # d\ny=\n");
    assert_string_equal(config_text(&config.sections[0], "x"), "b=c # d");
    assert_string_equal(config_text(&config.sections[0], "y"), "");
    config_free(&config);
}

static void test_a_last_line_without_newline_counts(void **state) {
    (void)state;
    Config config = config_of("[a]\nx=1");
    assert_string_equal(config_text(&config.sections[0], "x"), "1");
    config_free(&config);
}

static void test_an_empty_text_has_no_sections(void **state) {
    (void)state;
    Config config = config_of("");
    assert_int_equal(config.count, 0);
    assert_null(config_section(&config, "a"));
    config_free(&config);
}

static void refused(const char *text, size_t size, const char *message) {
    Config config;
    Error error = {""};
    assert_int_equal(config_parse(&config, text, size, "a.cfg", &error), -1);
    assert_has(error.message, message);
    config_free(&config);
}

static void test_syntax_errors_name_the_line(void **state) {
    (void)state;
    refused("[a]\nnonsense\n", 13, "a.cfg:2: 'nonsense': expected key=value");
    refused("[a]\n=3\n", 7, "a.cfg:2: '=3'");
    refused("x=1\n[a]\n", 8, "a.cfg:1: x= stands before the first [section]");
    refused("\n[a\n", 4, "a.cfg:2: '[a': a section is written [name]");
    refused("[]\n", 3, "a.cfg:1: '[]'");
    refused("[a] x=1\n", 8, "a.cfg:1: 'x=1' behind a section");
}

static void test_bytes_that_are_no_text_are_refused(void **state) {
    (void)state;
    refused("[a]\nx=\0\n", 8, "a.cfg:2: byte 0x00");
    refused("[a]\nx=1\ry=2\n", 12, "a.cfg:2: byte 0x0d");
    refused("[a]\nx=\x1b[31m\n", 12, "a.cfg:2: byte 0x1b");
}

static void test_every_syntax_error_is_reported(void **state) {
    (void)state;
    Config config;
    ConfigProblems problems = {0};
    const char *text = "x=1\n[a\n[b]\nc\nd=1\n";
    assert_int_equal(config_parse_all(&config, text, strlen(text), "a.cfg", &problems, NULL), 0);
    assert_int_equal(problems.count, 3);
    assert_string_equal(config_text(config_section(&config, "b"), "d"), "1");
    config_problems_free(&problems);
    config_free(&config);
}

static void test_a_file_over_a_megabyte_is_refused(void **state) {
    (void)state;
    Error error = {""};
    size_t size = CONFIG_SIZE_LIMIT + 1;
    char *text = memory_new(size, 1, "text", NULL);
    memset(text, '\n', size);
    Config config;
    assert_int_equal(config_parse(&config, text, size, "a.cfg", &error), -1);
    assert_has(error.message, "at most 1048576");
    assert_int_equal(config_parse(&config, text, size - 1, "a.cfg", &error), 0);
    config_free(&config);
    memory_free(text);
}

static void test_a_very_long_line_is_read_whole(void **state) {
    (void)state;
    size_t size = 500000;
    char *text = memory_new(size + 1, 1, "text", NULL);
    memset(text, 'v', size);
    memcpy(text, "[a]\nx=", 6);
    Config config = config_of(text);
    assert_int_equal(strlen(config_text(&config.sections[0], "x")), size - 6);
    config_free(&config);
    memory_free(text);
}

static void test_too_many_sections_and_keys_are_refused(void **state) {
    (void)state;
    char *text = memory_new(1 << 16, 1, "text", NULL);
    for (int i = 0; i <= CONFIG_SECTION_LIMIT; i++) strcat(text, "[a]\n");
    refused(text, strlen(text), "a.cfg:1025: more than the 1024 sections");
    strcpy(text, "[a]\n");
    for (int i = 0; i <= CONFIG_ENTRY_LIMIT; i++) strcat(text, "x=1\n");
    refused(text, strlen(text), "a.cfg:258: [a] has more than the 256 keys");
    memory_free(text);
}

static void test_files_that_cannot_be_read_say_so(void **state) {
    (void)state;
    Config config;
    Error error = {""};
    assert_int_equal(config_read(&config, "/nowhere/a.cfg", &error), -1);
    assert_has(error.message, "/nowhere/a.cfg: cannot open");
    assert_int_equal(config_read(&config, "/", &error), -1);
    assert_has(error.message, "is a folder");
    config_free(&config);
}

static void test_out_of_memory_at_any_point_leaks_nothing(void **state) {
    (void)state;
    const char *text = "[a]\nx=1\ny=2\nz=3\nu=4\nv=5\n[b]\n[c]\n[d]\n[e]\nw=1\n";
    int failures = 0, result = -1;
    for (long n = 1; result != 0; n++) {
        Config config;
        Error error = {""};
        memory_fail_after(n);
        result = config_parse(&config, text, strlen(text), "a.cfg", &error);
        memory_fail_after(0);
        if (result != 0) assert_has(error.message, "out of memory");
        failures += result != 0;
        config_free(&config);
    }
    assert_true(failures > 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections_repeat_and_keep_their_order),
        cmocka_unit_test(test_lines_are_counted_through_comments_and_blank_lines),
        cmocka_unit_test(test_windows_line_ends_and_byte_order_mark_are_tolerated),
        cmocka_unit_test(test_a_value_may_hold_equals_and_hash),
        cmocka_unit_test(test_a_last_line_without_newline_counts),
        cmocka_unit_test(test_an_empty_text_has_no_sections),
        cmocka_unit_test(test_syntax_errors_name_the_line),
        cmocka_unit_test(test_bytes_that_are_no_text_are_refused),
        cmocka_unit_test(test_every_syntax_error_is_reported),
        cmocka_unit_test(test_a_file_over_a_megabyte_is_refused),
        cmocka_unit_test(test_a_very_long_line_is_read_whole),
        cmocka_unit_test(test_too_many_sections_and_keys_are_refused),
        cmocka_unit_test(test_files_that_cannot_be_read_say_so),
        cmocka_unit_test(test_out_of_memory_at_any_point_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
