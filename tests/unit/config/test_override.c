#include "config_case.h"

#include <stdlib.h>
#include <unistd.h>

#define TEXT "[experiment]\nname=x\n[dream]\nname=one\nsteps=5\n[dream]\nname=two\n"

static void test_an_arm_is_overridden_by_its_name(void **state) {
    (void)state;
    Config config = config_of(TEXT);
    Error error = {""};
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "one.steps=7", &error), 0);
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "two.steps= 9", &error), 0);
    assert_string_equal(config_text(&config.sections[1], "steps"), "7");
    assert_true(config.sections[1].entries[1].override);
    assert_int_equal(config_line(&config.sections[1], "steps"), 0);
    assert_string_equal(config_text(&config.sections[2], "steps"), "9");
    config_free(&config);
}

static void test_a_section_name_overrides_every_section_of_that_name(void **state) {
    (void)state;
    Config config = config_of(TEXT);
    Error error = {""};
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "dream.steps=3", &error), 0);
    assert_string_equal(config_text(&config.sections[1], "steps"), "3");
    assert_string_equal(config_text(&config.sections[2], "steps"), "3");
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "experiment.title=a=b.c", &error), 0);
    assert_string_equal(config_text(&config.sections[0], "title"), "a=b.c");
    config_free(&config);
}

static void test_unknown_arms_and_nonsense_are_refused(void **state) {
    (void)state;
    Config config = config_of(TEXT);
    Error error = {""};
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "tow.steps=3", &error), -1);
    assert_has(error.message, "a.cfg: --set tow.steps=3: no section or arm 'tow'; did you mean 'two'?");
    const char *wrong[] = {"", "steps=3", ".steps=3", "one.=3", "one.steps", "one.steps=\n", "one.x\n=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, wrong[i], &error), -1);
    config_free(&config);
}

#define SHARED_NAME "[language_model]\nname=tales\n[train]\nname=tales\ntype=language-model\n[dream]\nname=train\n"

static void test_a_shared_name_means_the_section_that_knows_the_key(void **state) {
    (void)state;
    Config config = config_of(SHARED_NAME);
    Error error = {""};
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "tales.steps=7", &error), 0);
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "tales.shape=x", &error), 0);
    assert_int_equal(config.sections[0].count, 2);
    assert_string_equal(config_text(&config.sections[0], "shape"), "x");
    assert_string_equal(config_text(&config.sections[1], "steps"), "7");
    // an arm that is called like a section: the section where it knows the key, else the arm
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "train.steps=8", &error), 0);
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "train.restarts=9", &error), 0);
    assert_string_equal(config_text(&config.sections[1], "steps"), "8");
    assert_int_equal(config.sections[2].count, 2);
    assert_string_equal(config_text(&config.sections[2], "restarts"), "9");
    config_free(&config);
}

static void test_a_key_that_nothing_of_that_name_knows_is_refused(void **state) {
    (void)state;
    Config config = config_of(SHARED_NAME);
    Error error = {""};
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "tales.stpes=7", &error), -1);
    assert_string_equal(error.message,
                        "a.cfg: --set tales.stpes=7: [language_model] and [train] know no key 'stpes'; did you mean "
                        "steps?");
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "dream.frobnicate=7", &error), -1);
    assert_has(error.message, "[dream] knows no key 'frobnicate'; `latentdream help dream` lists its keys");
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "tales.precision=bf16", &error), -1);
    assert_has(error.message, "write language_model.precision= or train.precision=");
    config_free(&config);
}

static void test_an_override_is_checked_like_the_file(void **state) {
    (void)state;
    Config config = config_of(TEXT "[data]\nimages=a\nlabels=b\n");
    ConfigProblems problems = {0};
    assert_int_equal(config_override(&config, &SCHEMA_EXPERIMENT, "one.steps=many", NULL), 0);
    assert_int_equal(config_check(&config, &SCHEMA_EXPERIMENT, &problems), 1);
    assert_has(problems.lines[0], "a.cfg: --set steps=many: a whole number is expected");
    config_problems_free(&problems);
    config_free(&config);
}

static void test_what_is_written_reads_back_the_same(void **state) {
    (void)state;
    Config config = config_of("# gone\n[a]\nx = 1 2\n[b]\n[a]\ny=\n"), again;
    Error error = {""};
    char path[] = "/tmp/latentdream-config-XXXXXX";
    close(mkstemp(path));
    assert_int_equal(config_override(&config, NULL, "b.z=4", &error), 0);
    assert_int_equal(config_write(&config, path, &error), 0);
    assert_int_equal(config_read(&again, path, &error), 0);
    char *one, *two;
    size_t one_size, two_size;
    assert_int_equal(config_render(&config, &one, &one_size, &error), 0);
    assert_int_equal(config_render(&again, &two, &two_size, &error), 0);
    assert_string_equal(one, "[a]\nx=1 2\n\n[b]\nz=4\n\n[a]\ny=\n");
    assert_string_equal(one, two);
    assert_int_equal(one_size, two_size);
    memory_free(one);
    memory_free(two);
    unlink(path);
    config_free(&config);
    config_free(&again);
}

static void test_open_reads_overrides_and_checks(void **state) {
    (void)state;
    Config config;
    Error error = {""};
    char path[] = "/tmp/latentdream-config-XXXXXX";
    close(mkstemp(path));
    const char *text = "[net]\ncontext=8\n[embedding]\nvocabulary=5\nwidth=4\n[transformer]\nheads=2\n";
    assert_int_equal(file_write(path, text, strlen(text), &error), 0);
    const char *good[] = {"net.context=16"}, *bad[] = {"net.context=0", "transformer.heads=x"},
               *none[] = {"nett.a=1", "net.b=1", "net.context=0"};
    assert_int_equal(config_open(&config, path, &SCHEMA_TEXT_NETWORK, good, 1, &error), 0);
    assert_int_equal(config_integer(config_section(&config, "net"), "context"), 16);
    config_free(&config);
    assert_int_equal(config_open(&config, path, &SCHEMA_TEXT_NETWORK, bad, 2, &error), -1);
    assert_has(error.message, "context=0: out of range");
    assert_has(error.message, "heads=x: a whole number");
    assert_int_equal(config_open(&config, path, &SCHEMA_TEXT_NETWORK, none, 3, &error), -1);
    assert_has(error.message, "did you mean 'net'?\n");
    assert_has(error.message, "--set net.b=1: [net] knows no key 'b'");
    assert_has(error.message, "\n/tmp/");
    assert_has(error.message, "--set context=0: out of range");
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_arm_is_overridden_by_its_name),
        cmocka_unit_test(test_a_section_name_overrides_every_section_of_that_name),
        cmocka_unit_test(test_unknown_arms_and_nonsense_are_refused),
        cmocka_unit_test(test_a_shared_name_means_the_section_that_knows_the_key),
        cmocka_unit_test(test_a_key_that_nothing_of_that_name_knows_is_refused),
        cmocka_unit_test(test_an_override_is_checked_like_the_file),
        cmocka_unit_test(test_what_is_written_reads_back_the_same),
        cmocka_unit_test(test_open_reads_overrides_and_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
