#include "config/config.h"
#include "config/value.h"

#include <assert.h>
#include <string.h>

const ConfigSection *config_next(const Config *config, const ConfigSection *after, const char *name) {
    for (size_t i = after ? (size_t)(after - config->sections) + 1 : 0; i < config->count; i++)
        if (strcmp(config->sections[i].name, name) == 0) return &config->sections[i];
    return NULL;
}

const ConfigSection *config_section(const Config *config, const char *name) {
    return config_next(config, NULL, name);
}

size_t config_count(const Config *config, const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < config->count; i++) count += strcmp(config->sections[i].name, name) == 0;
    return count;
}

const char *config_side(const Config *config) { return config->count ? config->sections[0].side : NULL; }

static const ConfigEntry *find_entry(const ConfigSection *section, const char *key) {
    for (size_t i = 0; i < section->count; i++)
        if (strcmp(section->entries[i].key, key) == 0) return &section->entries[i];
    return NULL;
}

bool config_has(const ConfigSection *section, const char *key) { return config_text(section, key) != NULL; }

int config_line(const ConfigSection *section, const char *key) {
    const ConfigEntry *entry = find_entry(section, key);
    return entry ? entry->line : section->line;
}

/* A file read without a schema (a Darknet network's cfg) has no defaults. */
const char *config_text(const ConfigSection *section, const char *key) {
    const ConfigEntry *entry = find_entry(section, key);
    const KeySchema *schema = section->schema ? schema_key(section->schema, section->side, key, NULL) : NULL;
    assert(!section->schema || schema);
    if (entry) return entry->value;
    return schema ? schema->fallback : NULL;
}

long config_integer(const ConfigSection *section, const char *key) {
    const char *text = config_text(section, key);
    long value = 0;
    return text && value_integer(text, &value) == 0 ? value : 0;
}

double config_real(const ConfigSection *section, const char *key) {
    const char *text = config_text(section, key);
    double value = 0;
    return text && value_real(text, &value) == 0 ? value : 0;
}

bool config_boolean(const ConfigSection *section, const char *key) {
    const char *text = config_text(section, key);
    bool value = false;
    return text && value_boolean(text, &value) == 0 && value;
}

size_t config_integers(const ConfigSection *section, const char *key, long *values, size_t limit) {
    const char *cursor = config_text(section, key);
    size_t count = 0;
    long first, last;
    while (cursor && value_range_next(&cursor, &first, &last) > 0)
        for (long value = first; value <= last && count < CONFIG_LIST_LIMIT; value++, count++)
            if (count < limit) values[count] = value;
    return count;
}

bool config_name_at(const ConfigSection *section, const char *key, size_t i, char *name, size_t size) {
    const char *text = config_text(section, key), *found;
    size_t length;
    if (!text || !value_name_at(text, i, &found, &length)) return false;
    snprintf(name, size, "%.*s", (int)length, found);
    return true;
}
