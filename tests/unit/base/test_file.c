#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "unit/temporary_folder.h"

#include "base/file.h"
#include "base/memory.h"

static void assert_holds(const char *path, const char *text) {
    char *bytes;
    size_t size;
    Error error = {""};
    if (file_read(path, 1000, &bytes, &size, &error) != 0) fail_msg("%s", error.message);
    assert_string_equal(bytes, text);
    assert_int_equal(size, strlen(text));
    memory_free(bytes);
}

static void test_the_old_file_stands_until_the_new_one_is_whole(void **state) {
    (void)state;
    Error error = {""};
    FileWriter writer;
    assert_int_equal(file_write(in_folder("a"), "old", 3, &error), 0);
    assert_int_equal(file_writer_open(&writer, in_folder("a"), &error), 0);
    fprintf(writer.stream, "new, ");
    fflush(writer.stream);
    assert_holds(in_folder("a"), "old");
    fprintf(writer.stream, "and whole");
    assert_int_equal(file_writer_close(&writer, &error), 0);
    assert_holds(in_folder("a"), "new, and whole");
    assert_false(file_exists(in_folder("a.part")));
}

static void test_a_discarded_file_leaves_the_old_one(void **state) {
    (void)state;
    Error error = {""};
    FileWriter writer;
    assert_int_equal(file_write(in_folder("b"), "old", 3, &error), 0);
    assert_int_equal(file_writer_open(&writer, in_folder("b"), &error), 0);
    fprintf(writer.stream, "new");
    file_writer_discard(&writer);
    file_writer_discard(&writer);
    assert_holds(in_folder("b"), "old");
    assert_false(file_exists(in_folder("b.part")));
}

static void test_a_full_disk_is_an_error_and_the_old_file_stands(void **state) {
    (void)state;
    Error error = {""};
    FileWriter writer;
    if (!file_exists("/dev/full")) {
        puts("no /dev/full here");
        skip();
    }
    assert_int_equal(file_write(in_folder("c"), "old", 3, &error), 0);
    assert_int_equal(symlink("/dev/full", in_folder("c.part")), 0);
    assert_int_equal(file_writer_open(&writer, in_folder("c"), &error), 0);
    for (int i = 0; i < 10000; i++) fprintf(writer.stream, "a line of text\n");
    assert_int_equal(file_writer_close(&writer, &error), -1);
    assert_non_null(strstr(error.message, "/c: cannot write: No space left"));
    assert_holds(in_folder("c"), "old");
}

static void test_a_small_write_to_a_full_disk_is_an_error_too(void **state) {
    (void)state;
    Error error = {""};
    if (!file_exists("/dev/full")) {
        puts("no /dev/full here");
        skip();
    }
    assert_int_equal(symlink("/dev/full", in_folder("d.part")), 0);
    assert_int_equal(file_write(in_folder("d"), "x", 1, &error), -1);
    assert_false(file_exists(in_folder("d")));
}

static void test_a_name_that_is_a_folder_cannot_be_replaced(void **state) {
    (void)state;
    Error error = {""};
    assert_int_equal(folder_make(in_folder("taken/below"), &error), 0);
    assert_int_equal(file_write(in_folder("taken"), "x", 1, &error), -1);
    assert_non_null(strstr(error.message, "cannot write"));
    assert_false(file_exists(in_folder("taken.part")));
}

static void test_a_missing_folder_is_named(void **state) {
    (void)state;
    Error error = {""};
    assert_int_equal(file_write(in_folder("no/such/file"), "x", 1, &error), -1);
    assert_non_null(strstr(error.message, "no/such/file: cannot write: No such file"));
}

static void test_reading_stops_at_the_limit(void **state) {
    (void)state;
    Error error = {""};
    char *bytes;
    size_t size;
    assert_int_equal(file_write(in_folder("e"), "12345", 5, &error), 0);
    assert_int_equal(file_read(in_folder("e"), 5, &bytes, &size, &error), 0);
    assert_int_equal(size, 5);
    memory_free(bytes);
    assert_int_equal(file_read(in_folder("e"), 4, &bytes, &size, &error), -1);
    assert_non_null(strstr(error.message, "larger than the 4 bytes"));
    assert_null(bytes);
}

static void test_an_endless_file_is_not_read_forever(void **state) {
    (void)state;
    Error error = {""};
    char *bytes;
    size_t size;
    assert_int_equal(file_read("/dev/zero", 1 << 20, &bytes, &size, &error), -1);
    assert_non_null(strstr(error.message, "larger than"));
}

static void test_a_large_file_is_read_whole(void **state) {
    (void)state;
    Error error = {""};
    enum { SIZE = 1000003 };
    char *text = memory_new(SIZE, 1, "text", &error), *bytes;
    size_t size;
    for (int i = 0; i < SIZE; i++) text[i] = (char)(i * 31);
    assert_int_equal(file_write(in_folder("f"), text, SIZE, &error), 0);
    assert_int_equal(file_read(in_folder("f"), SIZE, &bytes, &size, &error), 0);
    assert_int_equal(size, SIZE);
    assert_memory_equal(bytes, text, SIZE);
    assert_int_equal(bytes[SIZE], 0);
    memory_free(bytes);
    memory_free(text);
}

static void test_reading_without_memory_is_an_error(void **state) {
    (void)state;
    Error error = {""};
    char *bytes = NULL;
    size_t size;
    int failures = 0, result = -1;
    for (long n = 1; result != 0; n++) {
        memory_fail_after(n);
        result = file_read(in_folder("f"), 1 << 20, &bytes, &size, &error);
        memory_fail_after(0);
        if (result != 0) assert_non_null(strstr(error.message, "out of memory"));
        failures += result != 0;
    }
    assert_true(failures >= 4);
    memory_free(bytes);
}

static void test_folders_are_made_with_those_above(void **state) {
    (void)state;
    Error error = {""};
    assert_int_equal(folder_make(in_folder("x/y/z"), &error), 0);
    assert_int_equal(folder_make(in_folder("x/y/z"), &error), 0);
    assert_true(file_exists(in_folder("x/y/z")));
    assert_int_equal(folder_make(in_folder("e"), &error), -1);
    assert_non_null(strstr(error.message, "is a file, a folder is needed"));
    assert_int_equal(folder_make(in_folder("e/below"), &error), -1);
}

static void test_a_path_longer_than_the_limit_is_refused(void **state) {
    (void)state;
    Error error = {""};
    char longest[PATH_LIMIT + 10], path[PATH_LIMIT];
    memset(longest, 'p', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    FileWriter writer;
    assert_int_equal(path_join(path, &error, longest, "x"), -1);
    assert_int_equal(path_join(path, &error, "x", "%s", longest), -1);
    assert_int_equal(folder_make(longest, &error), -1);
    assert_int_equal(file_writer_open(&writer, longest, &error), -1);
    assert_non_null(strstr(error.message, "path too long"));
}

static void test_a_folder_is_locked_once(void **state) {
    (void)state;
    Error error = {""};
    assert_int_equal(folder_make(in_folder("locked"), &error), 0);
    int lock = folder_lock(in_folder("locked"), &error);
    assert_true(lock >= 0);
    assert_int_equal(folder_lock(in_folder("locked"), &error), -1);
    assert_non_null(strstr(error.message, "another run is writing here"));
    folder_unlock(lock);
    lock = folder_lock(in_folder("locked"), &error);
    assert_true(lock >= 0);
    folder_unlock(lock);
    folder_unlock(-1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_old_file_stands_until_the_new_one_is_whole),
        cmocka_unit_test(test_a_discarded_file_leaves_the_old_one),
        cmocka_unit_test(test_a_full_disk_is_an_error_and_the_old_file_stands),
        cmocka_unit_test(test_a_small_write_to_a_full_disk_is_an_error_too),
        cmocka_unit_test(test_a_name_that_is_a_folder_cannot_be_replaced),
        cmocka_unit_test(test_a_missing_folder_is_named),
        cmocka_unit_test(test_reading_stops_at_the_limit),
        cmocka_unit_test(test_an_endless_file_is_not_read_forever),
        cmocka_unit_test(test_a_large_file_is_read_whole),
        cmocka_unit_test(test_reading_without_memory_is_an_error),
        cmocka_unit_test(test_folders_are_made_with_those_above),
        cmocka_unit_test(test_a_path_longer_than_the_limit_is_refused),
        cmocka_unit_test(test_a_folder_is_locked_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
