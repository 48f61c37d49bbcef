/* config_case.h: a cfg text, read and checked, for tests. */
#ifndef LATENT_DREAM_TESTS_CONFIG_CASE_H
#define LATENT_DREAM_TESTS_CONFIG_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "config/config.h"

static inline Config config_of(const char *text) {
    Config config;
    Error error = {""};
    if (config_parse(&config, text, strlen(text), "a.cfg", &error) != 0) fail_msg("%s", error.message);
    return config;
}

/* The problems of a text against a schema, joined. */
static inline const char *problems_of(const char *text, const Schema *schema) {
    static char joined[8192];
    Config config;
    ConfigProblems problems = {0};
    Error error = {""};
    joined[0] = 0;
    if (config_parse_all(&config, text, strlen(text), "a.cfg", &problems, &error) != 0) fail_msg("%s", error.message);
    size_t count = config_check(&config, schema, &problems);
    assert_true(problems.count >= count);
    for (size_t i = 0; i < problems.count; i++) {
        strncat(joined, problems.lines[i], sizeof joined - strlen(joined) - 2);
        strcat(joined, "\n");
    }
    config_problems_free(&problems);
    config_free(&config);
    return joined;
}

static inline void assert_has(const char *text, const char *piece) {
    if (!strstr(text, piece)) fail_msg("'%s' is not in:\n%s", piece, text);
}

static inline void assert_has_not(const char *text, const char *piece) {
    if (strstr(text, piece)) fail_msg("'%s' is in:\n%s", piece, text);
}

#endif
