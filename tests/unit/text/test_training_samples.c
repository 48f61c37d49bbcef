// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "text/training_samples.h"
#include "unit/text/small_model.h"

typedef struct Fixture {
    char folder[64], path[96];
} Fixture;

static int open_fixture(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    small_folder(fixture->folder);
    snprintf(fixture->path, sizeof fixture->path, "%s/samples.tsv", fixture->folder);
    *state = fixture;
    return 0;
}

static int close_fixture(void **state) {
    Fixture *fixture = *state;
    small_folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

static void add(const Fixture *fixture, long done, const long *steps, size_t count) {
    TrainingSamples samples;
    Error error;
    if (training_samples_open(&samples, fixture->folder, done, &error) != 0) fail_msg("%s", error.message);
    for (size_t i = 0; i < count; i++) {
        char text[64];
        int size = snprintf(text, sizeof text, "step\t%ld\nsays \\n", steps[i]);
        assert_int_equal(training_samples_add(&samples, steps[i], text, (size_t)size, &error), 0);
    }
    training_samples_close(&samples);
}

static void assert_file(const Fixture *fixture, const char *expected) {
    char *bytes;
    size_t size;
    Error error;
    if (file_read(fixture->path, 1 << 20, &bytes, &size, &error) != 0) fail_msg("%s", error.message);
    assert_string_equal(bytes, expected);
    memory_free(bytes);
}

static const char WHOLE[] =
    "step\ttext\n4\tstep\\t4\\nsays \\\\n\n8\tstep\\t8\\nsays \\\\n\n12\tstep\\t12\\nsays \\\\n\n";

static void test_a_resumed_training_keeps_rows_and_writes_later_ones_again(void **state) {
    static const long STEPS[] = {4, 8, 12};
    add(*state, 0, STEPS, 3);
    assert_file(*state, WHOLE);
    // gone on from steps 0 to 12: rows after the checkpoint are made again, neither lost nor doubled
    for (long done = 0; done <= 12; done++) {
        add(*state, done, STEPS + done / 4, (size_t)(3 - done / 4));
        assert_file(*state, WHOLE);
    }
}

static void test_rows_after_the_checkpoint_are_removed_at_once(void **state) {
    static const long STEPS[] = {4, 8, 12};
    add(*state, 0, STEPS, 3);
    add(*state, 7, NULL, 0);
    assert_file(*state, "step\ttext\n4\tstep\\t4\\nsays \\\\n\n");
    add(*state, 3, NULL, 0);
    assert_false(file_exists(((Fixture *)*state)->path));
}

static void test_a_fresh_training_begins_without_the_rows_of_another(void **state) {
    Fixture *fixture = *state;
    TrainingSamples samples;
    Error error;
    assert_int_equal(file_write(fixture->path, "no table", 8, &error), 0);
    assert_int_equal(training_samples_open(&samples, fixture->folder, 0, &error), 0);
    assert_int_equal(samples.count, 0);
    assert_false(file_exists(fixture->path));
    training_samples_close(&samples);
}

static void test_bytes_that_are_no_text_become_text(void **state) {
    Fixture *fixture = *state;
    TrainingSamples samples;
    assert_int_equal(training_samples_open(&samples, fixture->folder, 0, NULL), 0);
    assert_int_equal(training_samples_add(&samples, 1, "a\0b\xff\xc3\xa9\x07\xe2\x82", 9, NULL), 0);
    training_samples_close(&samples);
    assert_file(fixture, "step\ttext\n1\ta b\xEF\xBF\xBD\xc3\xa9 \xEF\xBF\xBD\xEF\xBF\xBD\n");
}

static void test_a_broken_file_is_refused_with_its_line(void **state) {
    Fixture *fixture = *state;
    static const char *const BROKEN[][2] = {{"step\n1\n", "samples.tsv:1:"},
                                            {"step\ttext\n1\ta\nx\tb\n", "samples.tsv:3:"},
                                            {"step\ttext\n1\n", "samples.tsv:2:"},
                                            {"step\ttext\n-1\ta\n", "samples.tsv:2:"}};
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        TrainingSamples samples;
        Error error;
        assert_int_equal(file_write(fixture->path, BROKEN[i][0], strlen(BROKEN[i][0]), &error), 0);
        assert_int_equal(training_samples_open(&samples, fixture->folder, 5, &error), -1);
        if (!strstr(error.message, BROKEN[i][1])) fail_msg("%s", error.message);
        training_samples_close(&samples);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_resumed_training_keeps_rows_and_writes_later_ones_again),
        cmocka_unit_test(test_rows_after_the_checkpoint_are_removed_at_once),
        cmocka_unit_test(test_a_fresh_training_begins_without_the_rows_of_another),
        cmocka_unit_test(test_bytes_that_are_no_text_become_text),
        cmocka_unit_test(test_a_broken_file_is_refused_with_its_line),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
