#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/run.h"
#include "base/share.h"

static void test_stages_are_named_and_timed(void **state) {
    (void)state;
    Run run = {.threads = 1};
    run_stage_begin(&run, "train %s", "judge");
    usleep(20000);
    run_stage_end(&run, false);
    run_stage_begin(&run, "dream");
    run_stage_end(&run, true);
    assert_int_equal(run.stage_count, 2);
    assert_string_equal(run.stages[0].name, "train judge");
    assert_true(run.stages[0].seconds >= 0.019 && run.stages[0].seconds < 10);
    assert_false(run.stages[0].reused);
    assert_true(run.stages[1].reused);
}

static void test_more_stages_than_fit_are_left_out(void **state) {
    (void)state;
    Run run = {.threads = 1};
    for (int i = 0; i < RUN_STAGES + 5; i++) {
        run_stage_begin(&run, "stage %d", i);
        run_stage_end(&run, false);
    }
    assert_int_equal(run.stage_count, RUN_STAGES);
}

static void test_an_interrupt_says_how_to_go_on(void **state) {
    (void)state;
    volatile sig_atomic_t flag = 0;
    Run run = {.interrupted = &flag};
    Error error = {""};
    assert_int_equal(run_check_interrupt(&run, &error), 0);
    flag = 1;
    assert_int_equal(run_check_interrupt(&run, &error), -1);
    assert_non_null(strstr(error.message, "--resume"));
    run.interrupted = NULL;
    assert_int_equal(run_check_interrupt(&run, &error), 0);
}

static char *progress_text(void (*use)(Progress *progress)) {
    char *text = NULL;
    size_t size;
    FILE *file = tmpfile();
    Progress progress;
    progress_open(&progress, file);
    use(&progress);
    size = (size_t)ftell(file);
    rewind(file);
    text = calloc(size + 1, 1);
    assert_int_equal(fread(text, 1, size, file), size);
    fclose(file);
    return text;
}

static void use_progress(Progress *progress) {
    progress_start(progress, 10, "train %s", "judge");
    for (int i = 1; i <= 10; i++) progress_update(progress, i, "loss %d", i);
    progress_finish(progress, "loss %d", 10);
    progress_say(progress, "done");
}

static void test_progress_off_a_terminal_is_plain_lines(void **state) {
    (void)state;
    char *text = progress_text(use_progress);
    assert_non_null(strstr(text, "train judge: "));
    assert_non_null(strstr(text, " s, loss 10\ndone\n"));
    assert_null(strchr(text, '\r'));
    assert_null(strchr(text, '\033'));
    free(text);
    use_progress(NULL);
}

static void test_shared_files_are_found_by_environment_and_named_when_missing(void **state) {
    (void)state;
    char path[PATH_LIMIT], folder[] = "/tmp/latentdream-share-XXXXXX", expected[PATH_LIMIT];
    Error error = {""};
    assert_non_null(mkdtemp(folder));
    path_join(expected, &error, folder, "a.cfg");
    assert_int_equal(file_write(expected, "x", 1, &error), 0);
    assert_int_equal(share_find(path, "a.cfg", &error), -1);
    assert_non_null(strstr(error.message, "a.cfg: no such file"));
    setenv("LATENTDREAM_SHARE", folder, 1);
    assert_int_equal(share_find(path, "a.cfg", &error), 0);
    assert_string_equal(path, expected);
    assert_int_equal(share_find(path, expected, &error), 0);
    assert_int_equal(share_find(path, "/nowhere/a.cfg", &error), -1);
    unsetenv("LATENTDREAM_SHARE");
    unlink(expected);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages_are_named_and_timed),
        cmocka_unit_test(test_more_stages_than_fit_are_left_out),
        cmocka_unit_test(test_an_interrupt_says_how_to_go_on),
        cmocka_unit_test(test_progress_off_a_terminal_is_plain_lines),
        cmocka_unit_test(test_shared_files_are_found_by_environment_and_named_when_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
