/* The cfg reader on any bytes: read, override, check, every typed read, write, and read again to the same text. */
#include "base/memory.h"
#include "config/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_every_key(const Config *config) {
    for (size_t i = 0; i < config->count; i++) {
        const ConfigSection *section = &config->sections[i];
        for (const SectionSchema *part = section->schema; part; part = part->also) {
            for (const KeySchema *key = part->keys; key->name; key++) {
                long values[4];
                char name[32];
                config_integer(section, key->name);
                config_real(section, key->name);
                config_boolean(section, key->name);
                config_integers(section, key->name, values, 4);
                config_name_at(section, key->name, 1, name, sizeof name);
                config_line(section, key->name);
            }
        }
    }
}

static void check_written_reads_back(const Config *config) {
    char *text, *again_text;
    size_t size, again_size;
    Config again;
    Error error = {""};
    if (config_render(config, &text, &size, &error) != 0) return;
    if (size <= CONFIG_SIZE_LIMIT) {
        if (config_parse(&again, text, size, "again.cfg", &error) != 0) abort();
        if (config_render(&again, &again_text, &again_size, &error) != 0) abort();
        if (size != again_size || memcmp(text, again_text, size) != 0) abort();
        memory_free(again_text);
        config_free(&again);
    }
    memory_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const Schema *const SCHEMAS[] = {&SCHEMA_EXPERIMENT, &SCHEMA_TEXT_NETWORK};
    for (size_t i = 0; i < 2; i++) {
        Config config;
        ConfigProblems problems = {0};
        Error error = {""};
        if (config_parse_all(&config, (const char *)data, size, "fuzz.cfg", &problems, &error) != 0) return 0;
        config_override(&config, SCHEMAS[i], "dream.steps=7", &error);
        config_check(&config, SCHEMAS[i], &problems);
        config_problems_join(&problems, &error);
        read_every_key(&config);
        check_written_reads_back(&config);
        config_problems_free(&problems);
        config_free(&config);
    }
    return 0;
}
