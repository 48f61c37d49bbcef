#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "commands/run_folder.h"

static char above[] = "/tmp/latentdream-folder-XXXXXX";
static char folder[PATH_LIMIT];

static Config config_of(const char *text) {
    Config config;
    Error error = {""};
    if (config_parse(&config, text, strlen(text), "a.cfg", &error) != 0) fail_msg("%s", error.message);
    return config;
}

static const char *in_folder(const char *name) {
    static char path[PATH_LIMIT];
    path_join(path, NULL, folder, "%s", name);
    return path;
}

static int fresh_folder(void **state) {
    static int number;
    (void)state;
    return path_join(folder, NULL, above, "results/%d", number++);
}

static int opens(const char *text, bool force, bool *same, Error *error) {
    Config config = config_of(text);
    RunFolder opened;
    int result = run_folder_open(&opened, folder, &config, force, error);
    if (result == 0 && same) *same = opened.same;
    if (result == 0) run_folder_close(&opened);
    config_free(&config);
    return result;
}

static void test_a_new_folder_gets_the_cfg(void **state) {
    (void)state;
    Error error = {""};
    bool same = true;
    char *bytes;
    size_t size;
    assert_int_equal(opens("[a]\nx=1\n", false, &same, &error), 0);
    assert_false(same);
    assert_int_equal(file_read(in_folder("experiment.cfg"), 100, &bytes, &size, &error), 0);
    assert_string_equal(bytes, "[a]\nx=1\n");
    memory_free(bytes);
}

static void test_the_same_experiment_may_run_again(void **state) {
    (void)state;
    Error error = {""};
    bool same = false;
    assert_int_equal(opens("[a]\nx=1\n", false, NULL, &error), 0);
    assert_int_equal(opens("# a comment is no difference\n[a]\nx = 1\n", false, &same, &error), 0);
    assert_true(same);
}

static void test_another_experiment_is_refused_and_left_as_it_was(void **state) {
    (void)state;
    Error error = {""};
    assert_int_equal(opens("[a]\nx=1\n", false, NULL, &error), 0);
    assert_int_equal(file_write(in_folder("report.html"), "r", 1, &error), 0);
    assert_int_equal(opens("[a]\nx=2\n", false, NULL, &error), -1);
    assert_non_null(strstr(error.message, "another experiment"));
    assert_non_null(strstr(error.message, "--force"));
    assert_true(file_exists(in_folder("report.html")));
    bool same = false;
    assert_int_equal(opens("[a]\nx=1\n", false, &same, &error), 0);
    assert_true(same);
}

static void test_force_writes_over_another_experiment(void **state) {
    (void)state;
    Error error = {""};
    bool same;
    assert_int_equal(opens("[a]\nx=1\n", false, NULL, &error), 0);
    assert_int_equal(file_write(in_folder("report.html"), "r", 1, &error), 0);
    assert_int_equal(opens("[a]\nx=2\n", true, &same, &error), 0);
    assert_false(same);
    assert_false(file_exists(in_folder("report.html")));
    assert_int_equal(opens("[a]\nx=2\n", false, &same, &error), 0);
    assert_true(same);
}

static void test_a_folder_of_other_files_is_refused_and_left_as_it_was(void **state) {
    (void)state;
    Error error = {""};
    assert_int_equal(folder_make(folder, &error), 0);
    assert_int_equal(file_write(in_folder("thesis.tex"), "t", 1, &error), 0);
    assert_int_equal(opens("[a]\nx=1\n", false, NULL, &error), -1);
    assert_non_null(strstr(error.message, "holds files, but no experiment.cfg"));
    assert_false(file_exists(in_folder(".lock")));
    assert_int_equal(opens("[a]\nx=1\n", true, NULL, &error), 0);
    assert_true(file_exists(in_folder("thesis.tex")));
}

static void test_two_runs_in_one_folder_are_refused(void **state) {
    (void)state;
    Error error = {""};
    Config config = config_of("[a]\nx=1\n");
    RunFolder first, second;
    assert_int_equal(run_folder_open(&first, folder, &config, false, &error), 0);
    assert_int_equal(run_folder_open(&second, folder, &config, false, &error), -1);
    assert_non_null(strstr(error.message, "another run is writing here"));
    run_folder_close(&first);
    assert_int_equal(run_folder_open(&second, folder, &config, false, &error), 0);
    run_folder_close(&second);
    config_free(&config);
}

static void test_a_file_in_the_folders_place_is_refused(void **state) {
    (void)state;
    Error error = {""};
    char parent[PATH_LIMIT];
    path_join(parent, &error, above, "results");
    assert_int_equal(folder_make(parent, &error), 0);
    assert_int_equal(file_write(folder, "x", 1, &error), 0);
    assert_int_equal(opens("[a]\nx=1\n", true, NULL, &error), -1);
    assert_non_null(strstr(error.message, "is a file"));
}

static int make_above(void **state) {
    (void)state;
    return mkdtemp(above) ? 0 : -1;
}

static int remove_above(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", above);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_new_folder_gets_the_cfg, fresh_folder),
        cmocka_unit_test_setup(test_the_same_experiment_may_run_again, fresh_folder),
        cmocka_unit_test_setup(test_another_experiment_is_refused_and_left_as_it_was, fresh_folder),
        cmocka_unit_test_setup(test_force_writes_over_another_experiment, fresh_folder),
        cmocka_unit_test_setup(test_a_folder_of_other_files_is_refused_and_left_as_it_was, fresh_folder),
        cmocka_unit_test_setup(test_two_runs_in_one_folder_are_refused, fresh_folder),
        cmocka_unit_test_setup(test_a_file_in_the_folders_place_is_refused, fresh_folder),
    };
    return cmocka_run_group_tests(tests, make_above, remove_above);
}
