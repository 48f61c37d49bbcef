#include "report/gnuplot.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path_before[4096];

static int setup(void **state) {
    (void)state;
    strcpy(folder, "/tmp/test_gnuplot_XXXXXX");
    snprintf(path_before, sizeof path_before, "%s", getenv("PATH"));
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    char command[128];
    setenv("PATH", path_before, 1);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void put(const char *name, const char *text, mode_t mode) {
    char path[PATH_LIMIT];
    Error error;
    assert_int_equal(path_join(path, &error, folder, "%s", name), 0);
    assert_int_equal(file_write(path, text, strlen(text), &error), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int exists(const char *name) {
    char path[PATH_LIMIT];
    return path_join(path, NULL, folder, "%s", name) == 0 && file_exists(path);
}

/* A gnuplot of our own, first in PATH. */
static void pretend(const char *script) {
    char path[PATH_LIMIT];
    put("gnuplot", script, 0755);
    snprintf(path, sizeof path, "%s:%.3000s", folder, path_before);
    setenv("PATH", path, 1);
}

static void test_gnuplot_missing_names_the_command_that_installs_it(void **state) {
    (void)state;
    Error error;
    const char *arguments[] = {"table.tsv", NULL};
    setenv("PATH", folder, 1);
    assert_int_equal(gnuplot_draw("curves", folder, "figure", arguments, &error), -1);
    assert_non_null(strstr(error.message, "apt-get install gnuplot-nox"));
}

static void test_gnuplot_failure_comes_back_in_its_own_words(void **state) {
    (void)state;
    Error error;
    const char *arguments[] = {"table.tsv", NULL};
    pretend("#!/bin/sh\necho half >\"$5\"\necho 'line 3:   undefined variable: x' >&2\nexit 2\n");
    put("figure.png", "older", 0644);
    assert_int_equal(gnuplot_draw("curves", folder, "figure", arguments, &error), -1);
    assert_non_null(strstr(error.message, "plots/curves.gp: gnuplot failed: line 3: undefined variable: x"));
    assert_false(exists("figure.png.part"));
    assert_true(exists("figure.png"));
}

static void test_gnuplot_death_by_signal_is_an_error(void **state) {
    (void)state;
    Error error;
    const char *arguments[] = {"table.tsv", NULL};
    pretend("#!/bin/sh\nkill -9 $$\n");
    assert_int_equal(gnuplot_draw("curves", folder, "figure", arguments, &error), -1);
    assert_non_null(strstr(error.message, "died of signal 9"));
}

static void test_gnuplot_gets_every_argument_as_it_is(void **state) {
    (void)state;
    Error error;
    char *bytes;
    size_t size;
    char path[PATH_LIMIT], script[PATH_LIMIT];
    const char *arguments[] = {"<touch x.tsv", "", "a \"b\" $(c) `d`\\n", NULL};
    snprintf(script, sizeof script, "#!/bin/sh\nprintf '[%%s]' \"$6\" \"$7\" \"$8\" >%s/seen\necho x >\"$5\"\n",
             folder);
    pretend(script);
    assert_int_equal(gnuplot_draw("curves", folder, "figure", arguments, &error), 0);
    assert_int_equal(path_join(path, &error, folder, "seen"), 0);
    assert_int_equal(file_read(path, 1000, &bytes, &size, &error), 0);
    assert_string_equal(bytes, "[./<touch x.tsv][][a \"b\" $(c) `d`\\n]");
    free(bytes);
}

static void test_gnuplot_draws_the_same_bytes_twice(void **state) {
    (void)state;
    Error error;
    char table[PATH_LIMIT], path[PATH_LIMIT], *first[2], *second;
    size_t sizes[2], size;
    static const char *const kinds[] = {"png", "pdf"};
    if (system("gnuplot --version >/dev/null 2>&1") != 0) {
        print_message("gnuplot is not installed\n");
        skip();
    }
    put("table.tsv", "an \\\\ arm\tmean\tp05\tp95\n0\t0\t0\t0\n10\t1\t0.5\t1.5\n", 0644);
    assert_int_equal(path_join(table, &error, folder, "table.tsv"), 0);
    const char *arguments[] = {table, "step", "it's {a} \"label\" \\ %s", NULL};
    for (int round = 0; round < 2; round++) {
        assert_int_equal(gnuplot_draw("curves", folder, "figure", arguments, &error), 0);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(path_join(path, &error, folder, "figure.%s", kinds[i]), 0);
            assert_int_equal(
                file_read(path, 10000000, round ? &second : &first[i], round ? &size : &sizes[i], &error), 0);
            if (!round) continue;
            assert_int_equal(size, sizes[i]);
            assert_memory_equal(first[i], second, size);
            free(first[i]);
            free(second);
        }
        if (!round) sleep(1);
    }
}

static void test_gnuplot_label_has_no_straight_quote_and_no_broken_byte(void **state) {
    (void)state;
    char label[64], tiny[12];
    gnuplot_label(label, sizeof label, "a\"b\xff\n\\ é");
    assert_string_equal(label, "a”b\\xff\\x0a\\ é");
    gnuplot_label(tiny, sizeof tiny, "éééééééé");
    assert_string_equal(tiny, "éé");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_gnuplot_missing_names_the_command_that_installs_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gnuplot_failure_comes_back_in_its_own_words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gnuplot_death_by_signal_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gnuplot_gets_every_argument_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gnuplot_draws_the_same_bytes_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gnuplot_label_has_no_straight_quote_and_no_broken_byte, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
