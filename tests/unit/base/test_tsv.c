#include "base/tsv.h"

#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const COLUMNS[] = {"arm", "value", "count", NULL};
static char path[64];

static int setup(void **state) {
    (void)state;
    strcpy(path, "/tmp/test_tsv_XXXXXX");
    int descriptor = mkstemp(path);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int teardown(void **state) {
    (void)state;
    unlink(path);
    return 0;
}

static void write_bytes(const char *bytes) {
    Error error;
    assert_int_equal(file_write(path, bytes, strlen(bytes), &error), 0);
}

static void test_tsv_table_reads_what_the_writer_wrote(void **state) {
    (void)state;
    static const char *const hostile = "tab\there, \"quotes\", back\\slash, \\t, line\nend\r, \x01 caf\xc3\xa9";
    Error error;
    TsvWriter writer;
    TsvTable table;
    assert_int_equal(tsv_writer_open(&writer, path, COLUMNS, &error), 0);
    tsv_writer_text(&writer, hostile);
    tsv_writer_number(&writer, 0.1234567);
    tsv_writer_integer(&writer, -12);
    tsv_writer_row(&writer);
    tsv_writer_blank(&writer);
    tsv_writer_text(&writer, NULL);
    tsv_writer_number(&writer, (double)NAN);
    tsv_writer_integer(&writer, 0);
    tsv_writer_row(&writer);
    assert_int_equal(tsv_writer_close(&writer, &error), 0);

    assert_int_equal(tsv_table_read(&table, path, &error), 0);
    assert_int_equal(table.rows, 2);
    assert_int_equal(table.columns, 3);
    assert_int_equal(tsv_table_column(&table, "value"), 1);
    assert_int_equal(tsv_table_column(&table, "absent"), -1);
    assert_string_equal(tsv_table_text(&table, 0, 0), hostile);
    assert_string_equal(tsv_table_text(&table, 0, 1), "0.123457");
    assert_true(tsv_table_number(&table, 0, 2) == -12.0);
    assert_string_equal(tsv_table_text(&table, 1, 0), "");
    assert_true(isnan(tsv_table_number(&table, 1, 1)));
    assert_true(isnan(tsv_table_number(&table, 0, 0)));
    tsv_table_free(&table);
}

static void test_tsv_row_of_another_width_is_refused_with_its_line(void **state) {
    (void)state;
    Error error;
    TsvTable table;
    write_bytes("a\tb\n1\t2\n\n3\n");
    assert_int_equal(tsv_table_read(&table, path, &error), -1);
    assert_non_null(strstr(error.message, ":4: 1 cells, but the header row has 2"));
    tsv_table_free(&table);
}

static void test_tsv_empty_file_is_refused(void **state) {
    (void)state;
    Error error;
    TsvTable table;
    write_bytes("");
    assert_int_equal(tsv_table_read(&table, path, &error), -1);
    assert_non_null(strstr(error.message, "empty"));
    assert_int_equal(tsv_table_read(&table, "/nonexistent/x.tsv", &error), -1);
}

static void test_tsv_zero_byte_is_refused(void **state) {
    (void)state;
    Error error;
    TsvTable table;
    assert_int_equal(file_write(path, "a\tb\n1\0\t2\n", 9, &error), 0);
    assert_int_equal(tsv_table_read(&table, path, &error), -1);
    assert_non_null(strstr(error.message, "zero byte"));
}

static void test_tsv_wide_header_does_not_decide_an_allocation(void **state) {
    (void)state;
    Error error;
    TsvTable table;
    enum { WIDE = 60000 };
    char *bytes = malloc(2 * WIDE + 1);
    memset(bytes, '\t', WIDE);
    memset(bytes + WIDE, '\n', WIDE);
    bytes[2 * WIDE] = 0;
    write_bytes(bytes);
    free(bytes);
    assert_int_equal(tsv_table_read(&table, path, &error), -1);
    assert_non_null(strstr(error.message, "shorter than the header row"));
}

static void test_tsv_reading_survives_every_failed_allocation(void **state) {
    (void)state;
    Error error;
    TsvTable table;
    write_bytes("a\tb\n1\t2\n");
    for (long n = 1;; n++) {
        memory_fail_after(n);
        int failed = tsv_table_read(&table, path, &error);
        memory_fail_after(0);
        tsv_table_free(&table);
        if (!failed) {
            assert_true(n > 2);
            return;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tsv_table_reads_what_the_writer_wrote, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tsv_row_of_another_width_is_refused_with_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tsv_empty_file_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tsv_zero_byte_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tsv_wide_header_does_not_decide_an_allocation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tsv_reading_survives_every_failed_allocation, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
