#include "config_case.h"

static const KeySchema THING_KEYS[] = {
    {.name = "name", .type = KEY_NAME, .required = true, .help = "Its name."},
    {.name = "count", .type = KEY_INTEGER, .fallback = "3", .minimum = 1, .maximum = 9, .help = "How many."},
    {.name = "rate", .type = KEY_REAL, .fallback = "0.5", .minimum = 0, .maximum = 1, .help = "How fast."},
    {.name = "flag", .type = KEY_BOOLEAN, .fallback = "1", .help = "Whether."},
    {.name = "kind", .type = KEY_CHOICE, .fallback = "sgd", .choices = "sgd|momentum|adam", .help = "Which."},
    {.name = "cells", .type = KEY_INTEGERS, .minimum = 0, .maximum = 99, .help = "Where."},
    {.name = "path", .type = KEY_PATH, .help = "From where."},
    {.name = "title", .type = KEY_TEXT, .help = "Words."},
    {.name = "friends", .type = KEY_NAMES, .refers = "thing", .help = "With whom."},
    {0},
};
static const KeySchema THING_PICTURE_KEYS[] = {
    {.name = "pixels", .type = KEY_INTEGER, .minimum = 1, .maximum = 10, .help = "Size."},
    {.name = "depth", .type = KEY_INTEGER, .fallback = "1", .minimum = 1, .maximum = 10, .help = "Bits."},
    {0},
};
static const KeySchema THING_WORD_KEYS[] = {
    {.name = "tokens", .type = KEY_INTEGER, .required = true, .minimum = 1, .maximum = 10, .help = "Length."},
    {.name = "depth", .type = KEY_INTEGER, .fallback = "2", .minimum = 1, .maximum = 99, .help = "Layers."},
    {0},
};
static const KeySchema NO_KEYS[] = {{0}};
static const SectionSchema THING_WORD = {.name = "thing", .side = "text", .keys = THING_WORD_KEYS};
static const SectionSchema THING_PICTURE = {
    .name = "thing", .side = "image", .keys = THING_PICTURE_KEYS, .also = &THING_WORD};
static const SectionSchema THING = {
    .name = "thing", .side = "both", .repeats = true, .help = "A thing.", .keys = THING_KEYS, .also = &THING_PICTURE};
static const SectionSchema HEAD = {
    .name = "head", .side = "both", .required = true, .help = "The head.", .keys = NO_KEYS};
static const SectionSchema PICTURE = {.name = "picture", .side = "image", .help = "A picture.", .keys = NO_KEYS};
static const SectionSchema WORD = {.name = "word", .side = "text", .help = "A word.", .keys = NO_KEYS};
static const SectionSchema *const SECTIONS[] = {&HEAD, &PICTURE, &WORD, &THING, NULL};
static const Schema SCHEMA = {"test", SECTIONS};

/* The problems of [thing] with these lines, in an image file; the first of them is in line 5. */
static const char *thing_problems(const char *lines) {
    char text[4096];
    snprintf(text, sizeof text, "[head]\n[picture]\n[thing]\nname=one\n%s\n", lines);
    return problems_of(text, &SCHEMA);
}

static void test_a_right_file_has_no_problems(void **state) {
    (void)state;
    assert_string_equal(
        thing_problems("count=9\nrate=1e-3\nflag=0\nkind=adam\ncells=0-9, 12\npath=a/b\ntitle=\nfriends=one"), "");
}

static void test_unknown_names_come_with_the_nearest(void **state) {
    (void)state;
    assert_has(thing_problems("cuont=3"), "a.cfg:5: [thing] knows no key 'cuont'; did you mean count?");
    assert_has(thing_problems("zzzzzzzz=3"), "a.cfg:5: [thing] knows no key 'zzzzzzzz'; `latentdream help thing`");
    assert_has(thing_problems("[thin]"), "a.cfg:5: unknown section [thin]; did you mean [thing]?");
    assert_has(thing_problems("[qqqqqqq]"), "a.cfg:5: unknown section [qqqqqqq]; `latentdream help`");
}

static void test_wrong_types_say_what_is_expected(void **state) {
    (void)state;
    assert_has(thing_problems("count=three"), "a.cfg:5: count=three: a whole number is expected, within 1..9");
    assert_has(thing_problems("count=3.5"), "count=3.5: a whole number is expected");
    assert_has(thing_problems("count="), "count=: a whole number is expected");
    assert_has(thing_problems("count=99999999999999999999"), "a whole number is expected");
    assert_has(thing_problems("rate=fast"), "a.cfg:5: rate=fast: a number is expected, within 0..1");
    assert_has(thing_problems("rate=nan"), "rate=nan: a number is expected");
    assert_has(thing_problems("rate=0x1p-2"), "rate=0x1p-2: a number is expected");
    assert_has(thing_problems("rate=0.5 # half"), "a number is expected");
    assert_has(thing_problems("flag=yes"), "a.cfg:5: flag=yes: 0 or 1 is expected");
    assert_has(thing_problems("kind=adma"), "a.cfg:5: kind=adma: did you mean adam? Expected sgd, momentum or adam");
    assert_has(thing_problems("path="), "a.cfg:5: path=: the path of a file or folder is expected");
}

static void test_values_out_of_range_say_the_range(void **state) {
    (void)state;
    assert_has(thing_problems("count=0"), "a.cfg:5: count=0: out of range; expected within 1..9");
    assert_has(thing_problems("count=10"), "count=10: out of range");
    assert_has(thing_problems("rate=1.001"), "rate=1.001: out of range; expected within 0..1");
    assert_has(thing_problems("rate=-inf"), "rate=-inf: out of range");
    assert_string_equal(thing_problems("count=1\nrate=0"), "");
    assert_string_equal(thing_problems("count=9\nrate=1"), "");
}

static void test_lists_of_numbers(void **state) {
    (void)state;
    assert_string_equal(thing_problems("cells=5"), "");
    assert_string_equal(thing_problems("cells=0-99"), "");
    assert_has(thing_problems("cells="),
               "cells=: whole numbers are expected, such as 3 or 0-9 or 0-9,12, each within");
    assert_has(thing_problems("cells=1,,2"), "whole numbers are expected");
    assert_has(thing_problems("cells=1,"), "whole numbers are expected");
    assert_has(thing_problems("cells=9-1"), "whole numbers are expected");
    assert_has(thing_problems("cells=1-"), "whole numbers are expected");
    assert_has(thing_problems("cells=-1"), "whole numbers are expected");
    assert_has(thing_problems("cells=3,100"), "cells=3,100: 100 is out of range; expected within 0..99");
    assert_has(thing_problems("cells=0-4,7,3"), "cells=0-4,7,3: 3 stands there twice");
}

static void test_lists_of_names_refer_to_sections(void **state) {
    (void)state;
    assert_has(thing_problems("friends=noe"), "a.cfg:5: friends=noe: no [thing] has name=noe; did you mean one?");
    assert_has(thing_problems("friends=one,"), "friends=one,: an empty name");
    assert_has(thing_problems("friends="), "names divided by commas are expected");
    assert_string_equal(thing_problems("friends=one , two\n[thing]\nname=two"), "");
}

static void test_names_are_plain_and_unique(void **state) {
    (void)state;
    assert_has(thing_problems("[thing]\nname=one"),
               "a.cfg:6: a second [thing] with name=one; the first is in line 3");
    assert_has(thing_problems("[thing]\nname=a/b"), "a.cfg:6: name=a/b: a name of at most 64 letters");
    assert_has(thing_problems("[thing]\nname=.."), "name=..: a name");
    assert_has(thing_problems("[thing]\nname="), "name=: a name");
}

static void test_missing_and_doubled_things(void **state) {
    (void)state;
    assert_has(thing_problems("[thing]"), "a.cfg:5: [thing] lacks name=: Its name.");
    assert_has(thing_problems("count=1\ncount=2"),
               "a.cfg:6: count= a second time in [thing]; the first is in line 5");
    assert_has(thing_problems("[head]"), "a.cfg:5: a second [head]; the first is in line 1");
    assert_has(problems_of("[picture]\n", &SCHEMA), "a.cfg:1: no [head] section: The head.");
}

static void test_the_two_sides_do_not_mix(void **state) {
    (void)state;
    assert_has(thing_problems("tokens=1"),
               "a.cfg:5: tokens= in [thing] is for text experiments, and this is an image");
    assert_has(thing_problems("[word]"),
               "a.cfg:5: [word] belongs to text experiments, but [picture] in line 2 makes this an image");
    assert_has(problems_of("[head]\n", &SCHEMA), "nothing to dream of");
    assert_has(problems_of("[head]\n[word]\n[thing]\nname=a\n", &SCHEMA), "[thing] lacks tokens=");
    assert_string_equal(problems_of("[head]\n[word]\n[thing]\nname=a\ntokens=3\n", &SCHEMA), "");
}

static void test_a_key_of_both_sides_has_each_sides_own_range_and_default(void **state) {
    (void)state;
    assert_has(thing_problems("depth=50"), "depth=50: out of range; expected within 1..10");
    assert_string_equal(problems_of("[head]\n[word]\n[thing]\nname=a\ntokens=3\ndepth=50\n", &SCHEMA), "");
    Config config = config_of("[head]\n[word]\n[thing]\nname=a\ntokens=3\n");
    assert_int_equal(config_check(&config, &SCHEMA, NULL), 0);
    assert_string_equal(config_side(&config), "text");
    assert_int_equal(config_integer(config_section(&config, "thing"), "depth"), 2);
    config_free(&config);
}

static void test_every_problem_of_a_file_is_reported_at_once(void **state) {
    (void)state;
    const char *found = thing_problems("count=0\nrate=2\nnonsense\nflag=2\nkind=x\n[what]");
    for (int line = 5; line <= 10; line++) {
        char where[16];
        snprintf(where, sizeof where, "a.cfg:%d:", line);
        assert_has(found, where);
    }
}

static void test_typed_reads_give_values_or_defaults(void **state) {
    (void)state;
    Config config =
        config_of("[head]\n[picture]\n[thing]\nname=a\ncount=7\ncells=3,8-10\nfriends=a , a\n[thing]\nname=b\n");
    assert_int_equal(config_check(&config, &SCHEMA, NULL), 0);
    const ConfigSection *a = config_section(&config, "thing"), *b = config_next(&config, a, "thing");
    assert_int_equal(config_integer(a, "count"), 7);
    assert_int_equal(config_integer(b, "count"), 3);
    assert_true(config_real(a, "rate") == 0.5);
    assert_true(config_boolean(a, "flag"));
    assert_string_equal(config_text(b, "kind"), "sgd");
    assert_true(config_has(a, "cells"));
    assert_false(config_has(b, "cells"));
    assert_null(config_text(b, "title"));
    assert_int_equal(config_line(a, "count"), 5);
    assert_int_equal(config_line(b, "count"), 8);
    long values[3] = {0};
    assert_int_equal(config_integers(a, "cells", values, 3), 4);
    assert_int_equal(values[0], 3);
    assert_int_equal(values[2], 9);
    assert_int_equal(config_integers(b, "cells", values, 3), 0);
    char name[8];
    assert_true(config_name_at(a, "friends", 0, name, sizeof name));
    assert_string_equal(name, "a");
    assert_true(config_name_at(a, "friends", 1, name, sizeof name));
    assert_false(config_name_at(a, "friends", 2, name, sizeof name));
    assert_false(config_name_at(b, "friends", 0, name, sizeof name));
    config_free(&config);
}

static void test_joined_problems_say_how_many_did_not_fit(void **state) {
    (void)state;
    Config config = config_of("[head]\n");
    ConfigProblems problems = {0};
    Error error = {""};
    for (int i = 0; i < 100; i++) config_problem(&problems, &config, i + 1, "%060d", i);
    assert_int_equal(config_problems_join(&problems, &error), -1);
    assert_has(error.message, "a.cfg:1: 0000");
    assert_has(error.message, "\nand ");
    assert_has(error.message, " more");
    config_problems_free(&problems);
    config_free(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_right_file_has_no_problems),
        cmocka_unit_test(test_unknown_names_come_with_the_nearest),
        cmocka_unit_test(test_wrong_types_say_what_is_expected),
        cmocka_unit_test(test_values_out_of_range_say_the_range),
        cmocka_unit_test(test_lists_of_numbers),
        cmocka_unit_test(test_lists_of_names_refer_to_sections),
        cmocka_unit_test(test_names_are_plain_and_unique),
        cmocka_unit_test(test_missing_and_doubled_things),
        cmocka_unit_test(test_the_two_sides_do_not_mix),
        cmocka_unit_test(test_a_key_of_both_sides_has_each_sides_own_range_and_default),
        cmocka_unit_test(test_every_problem_of_a_file_is_reported_at_once),
        cmocka_unit_test(test_typed_reads_give_values_or_defaults),
        cmocka_unit_test(test_joined_problems_say_how_many_did_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
