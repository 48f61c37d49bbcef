#include "config_case.h"

#include "config/config_key.h"

#include <stdlib.h>

static const Schema *const SCHEMAS[] = {&SCHEMA_EXPERIMENT, &SCHEMA_TEXT_NETWORK};

enum { SCHEMA_COUNT = 2 };

/* Calls `visit` for every key of every section. */
static void each_key(void (*visit)(const SectionSchema *section, const SectionSchema *part, const KeySchema *key)) {
    for (size_t i = 0; i < SCHEMA_COUNT; i++)
        for (const SectionSchema *const *at = SCHEMAS[i]->sections; *at; at++)
            for (const SectionSchema *part = *at; part; part = part->also)
                for (const KeySchema *key = part->keys; key->name; key++) visit(*at, part, key);
}

static void check_default(const SectionSchema *section, const SectionSchema *part, const KeySchema *key) {
    (void)part;
    if (!key->fallback) return;
    Config config = {.count = 0};
    ConfigProblems problems = {0};
    ConfigCheck check = {.config = &config, .problems = &problems};
    ConfigEntry entry = {.key = (char *)key->name, .value = (char *)key->fallback, .line = 1};
    if (key->type == KEY_TEXT || key->type == KEY_PATH || key->refers) return;
    config_check_value(&check, &entry, key);
    if (problems.count) fail_msg("[%s] %s", section->name, problems.lines[0]);
    config_problems_free(&problems);
}

static void test_every_default_passes_its_own_check(void **state) {
    (void)state;
    each_key(check_default);
}

static void check_row(const SectionSchema *section, const SectionSchema *part, const KeySchema *key) {
    bool number = key->type == KEY_INTEGER || key->type == KEY_REAL || key->type == KEY_INTEGERS;
    if (!key->help || !*key->help) fail_msg("[%s] %s has no help", section->name, key->name);
    if (key->required && key->fallback) fail_msg("[%s] %s is required and has a default", section->name, key->name);
    if (number && key->minimum >= key->maximum) fail_msg("[%s] %s has no range", section->name, key->name);
    if ((key->type == KEY_CHOICE) != (key->choices != NULL)) fail_msg("[%s] %s: choices", section->name, key->name);
    if (strcmp(part->name, section->name) != 0) fail_msg("[%s] goes on as [%s]", section->name, part->name);
    for (const KeySchema *other = part->keys; other < key; other++)
        if (strcmp(other->name, key->name) == 0) fail_msg("[%s] has %s twice", section->name, key->name);
    if (strcmp(part->side, "both") == 0) return;
    for (const KeySchema *other = section->keys; section != part && other->name; other++)
        if (strcmp(other->name, key->name) == 0) fail_msg("[%s] has %s twice", section->name, key->name);
}

static void test_every_row_is_whole(void **state) {
    (void)state;
    each_key(check_row);
}

static char *printed(int (*print)(FILE *stream, const char *topic), const char *topic, int *result) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    *result = print(stream, topic);
    fclose(stream);
    return text;
}

static int print_experiment(FILE *stream, const char *topic) {
    return schema_print(stream, &SCHEMA_EXPERIMENT, topic, NULL);
}

static int print_markdown(FILE *stream, const char *topic) {
    (void)topic;
    schema_print_markdown(stream, SCHEMAS, SCHEMA_COUNT);
    return 0;
}

static char *all_printed, *all_markdown;

static void check_is_printed(const SectionSchema *section, const SectionSchema *part, const KeySchema *key) {
    (void)part;
    char line[128];
    if (schema_section(&SCHEMA_EXPERIMENT, section->name)) {
        snprintf(line, sizeof line, "  %s=", key->name);
        assert_has(all_printed, line);
    }
    snprintf(line, sizeof line, "| `%s` |", key->name);
    assert_has(all_markdown, line);
    snprintf(line, sizeof line, "### `[%s]`", section->name);
    assert_has(all_markdown, line);
}

static void test_the_reference_names_every_section_and_key(void **state) {
    (void)state;
    int result;
    all_printed = printed(print_experiment, NULL, &result);
    assert_int_equal(result, 0);
    all_markdown = printed(print_markdown, NULL, &result);
    each_key(check_is_printed);
    free(all_printed);
    free(all_markdown);
}

static void test_a_topic_is_a_section_or_a_key(void **state) {
    (void)state;
    int result;
    char *text = printed(print_experiment, "[dream]", &result);
    assert_int_equal(result, 0);
    assert_has(text, "[dream]  every experiment, may repeat");
    assert_has(text, "  optimizer=adam\n      sgd, momentum or adam; default as shown");
    free(text);
    text = printed(print_experiment, "learning_rate", &result);
    assert_int_equal(result, 0);
    assert_has(text, "[train]\n  learning_rate=");
    assert_has(text, "[dream]\n  learning_rate=");
    assert_has_not(text, "steps=");
    free(text);
    text = printed(print_experiment, "optimiser", &result);
    assert_int_equal(result, -1);
    free(text);
    const char *nearest;
    assert_false(schema_knows(&SCHEMA_EXPERIMENT, "optimiser", &nearest));
    assert_string_equal(nearest, "optimizer");
}

static void test_the_nearest_name_is_near(void **state) {
    (void)state;
    const char *names[] = {"adam", "momentum", "sgd"};
    assert_string_equal(name_nearest("Adam", names, 3), "adam");
    assert_string_equal(name_nearest("momentun", names, 3), "momentum");
    assert_string_equal(name_nearest("sdg", names, 3), "sgd");
    assert_null(name_nearest("lbfgs", names, 3));
    assert_null(name_nearest("", names, 3));
    assert_null(name_nearest("adam", names, 0));
}

static void test_cfg_readme_equals_the_tables(void **state) {
    (void)state;
    int result;
    char *markdown = printed(print_markdown, NULL, &result), *stored;
    size_t size;
    Error error = {""};
    if (file_read("cfg/README.md", 1 << 20, &stored, &size, &error) != 0) fail_msg("%s", error.message);
    if (strcmp(markdown, stored) != 0)
        fail_msg("cfg/README.md differs from the tables; `make cfg/README.md` writes it");
    memory_free(stored);
    free(markdown);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_default_passes_its_own_check),
        cmocka_unit_test(test_every_row_is_whole),
        cmocka_unit_test(test_the_reference_names_every_section_and_key),
        cmocka_unit_test(test_a_topic_is_a_section_or_a_key),
        cmocka_unit_test(test_the_nearest_name_is_near),
        cmocka_unit_test(test_cfg_readme_equals_the_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
