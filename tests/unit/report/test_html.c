#include "report/html.h"

#include "base/file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char *written;
static size_t written_size;

static FILE *begin(void) { return open_memstream(&written, &written_size); }

static void assert_written(FILE *stream, const char *expected) {
    fclose(stream);
    assert_string_equal(written, expected);
    free(written);
}

static void test_html_markup_in_text_stays_text(void **state) {
    (void)state;
    FILE *stream = begin();
    html_text(stream, "<script>\"a\" & 'b'</script>");
    assert_written(stream, "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
}

static void test_html_broken_utf8_becomes_visible_bytes(void **state) {
    (void)state;
    FILE *stream = begin();
    html_text(stream, "a\xff\xc3(\xe2\x82 \xed\xa0\x80 caf\xc3\xa9");
    assert_written(stream, "a\\xff\\xc3(\\xe2\\x82 \\xed\\xa0\\x80 caf\xc3\xa9");
}

static void test_html_control_and_direction_characters_become_visible(void **state) {
    (void)state;
    FILE *stream = begin();
    html_bytes(stream, "\x1b[31m\0\r\t\n\xe2\x80\xae\xc2\x85\x7f", 15);
    assert_written(stream, "\\x1b[31m\\x00\\x0d\t\n\\xe2\\x80\\xae\\xc2\\x85\\x7f");
}

static void test_html_token_shows_its_newline(void **state) {
    (void)state;
    FILE *stream = begin();
    html_token(stream, "a\n\t<");
    html_token(stream, NULL);
    assert_written(stream, "a↵⇥&lt;");
}

static void test_html_address_escapes_what_is_not_plain(void **state) {
    (void)state;
    FILE *stream = begin();
    html_address(stream, "images/a b\"<é-1.png");
    assert_written(stream, "images/a%20b%22%3C%C3%A9-1.png");
}

static void test_html_data_uri_is_base64_of_the_file(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *expected;
    } cases[] = {{"", "data:a/b;base64,"},
                 {"f", "data:a/b;base64,Zg=="},
                 {"fo", "data:a/b;base64,Zm8="},
                 {"foobar", "data:a/b;base64,Zm9vYmFy"},
                 {"\xff\xfe\xfd", "data:a/b;base64,//79"}};
    char path[] = "/tmp/test_html_XXXXXX";
    Error error;
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(file_write(path, cases[i].bytes, strlen(cases[i].bytes), &error), 0);
        FILE *stream = begin();
        assert_int_equal(html_data_uri(stream, path, "a/b", &error), 0);
        assert_written(stream, cases[i].expected);
    }
    unlink(path);
    FILE *stream = begin();
    assert_int_equal(html_data_uri(stream, path, "a/b", &error), -1);
    assert_written(stream, "");
}

static void test_html_numbers_read_like_numbers(void **state) {
    (void)state;
    static const struct {
        double number;
        const char *expected;
    } cases[] = {{0, "0"},           {0.99412, "0.9941"}, {-2.5, "−2.5"},  {123456.7, "123457"},
                 {(double)NAN, "–"}, {1.0 / 0.0, "∞"},    {3e-7, "3e-07"}, {-1.0 / 0.0, "−∞"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FILE *stream = begin();
        html_number(stream, cases[i].number);
        assert_written(stream, cases[i].expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_markup_in_text_stays_text),
        cmocka_unit_test(test_html_broken_utf8_becomes_visible_bytes),
        cmocka_unit_test(test_html_control_and_direction_characters_become_visible),
        cmocka_unit_test(test_html_token_shows_its_newline),
        cmocka_unit_test(test_html_address_escapes_what_is_not_plain),
        cmocka_unit_test(test_html_data_uri_is_base64_of_the_file),
        cmocka_unit_test(test_html_numbers_read_like_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
