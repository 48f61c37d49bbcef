#include "config/config.h"
#include "config/config_key.h"
#include "config/value.h"

#include <string.h>

/* Counts, and passes on to `problems` where somebody listens. */
#define PROBLEM(...) (check->count++, config_problem(check->problems, check->config, __VA_ARGS__))

static const char *section_list_nearest(const Schema *schema, const char *wrong) {
    const char *names[64];
    size_t count = 0;
    for (const SectionSchema *const *at = schema->sections; *at && count < 64; at++) names[count++] = (*at)->name;
    return name_nearest(wrong, names, count);
}

static const char *key_list_nearest(const SectionSchema *section, const char *side, const char *wrong) {
    const char *names[256];
    size_t count = 0;
    for (; section; section = section->also) {
        if (side && strcmp(section->side, "both") != 0 && strcmp(section->side, side) != 0) continue;
        for (const KeySchema *key = section->keys; key->name && count < 256; key++) names[count++] = key->name;
    }
    return name_nearest(wrong, names, count);
}

static void did_you_mean(char *text, size_t size, const char *before, const char *name, const char *after,
                         const char *otherwise) {
    if (name)
        snprintf(text, size, "; did you mean %s%s%s?", before, name, after);
    else
        snprintf(text, size, "; %s", otherwise);
}

/* Which side a file is on: that of its first section that belongs to one. A later section of the other side, or no
 * side at all where the schema has two, is a problem. */
static const char *check_side(ConfigCheck *check) {
    const ConfigSection *first = NULL;
    bool has_common = false;
    for (const SectionSchema *const *at = check->schema->sections; *at; at++)
        has_common = has_common || strcmp((*at)->side, "both") == 0;
    for (size_t i = 0; i < check->config->count; i++) {
        const ConfigSection *section = &check->config->sections[i];
        if (!section->schema || strcmp(section->schema->side, "both") == 0) continue;
        if (!first)
            first = section;
        else if (strcmp(section->schema->side, first->schema->side) != 0)
            PROBLEM(section->line, "[%s] belongs to %s experiments, but [%s] in line %d makes this %s experiment",
                    section->name, section->schema->side, first->name, first->line,
                    strcmp(first->schema->side, "image") == 0 ? "an image" : "a text");
    }
    if (!first && has_common)
        PROBLEM(1,
                "nothing to dream of: a [data] section makes an image experiment, a [language_model] or [corpus] "
                "section a text experiment");
    return first ? first->schema->side : NULL;
}

static void check_section_known(ConfigCheck *check, ConfigSection *section) {
    section->schema = schema_section(check->schema, section->name);
    if (!section->schema) {
        char hint[128];
        const char *nearest = section_list_nearest(check->schema, section->name);
        did_you_mean(hint, sizeof hint, "[", nearest, "]", "`latentdream help` lists the sections");
        PROBLEM(section->line, "unknown section [%.60s]%s", section->name, hint);
    } else if (!section->schema->repeats) {
        const ConfigSection *first = config_section(check->config, section->name);
        if (first != section)
            PROBLEM(section->line, "a second [%s]; the first is in line %d", section->name, first->line);
    }
}

static void check_key_known(ConfigCheck *check, const ConfigSection *section, const ConfigEntry *entry) {
    const SectionSchema *part;
    const KeySchema *key = schema_key(section->schema, section->side, entry->key, &part);
    char hint[256], lists[128];
    if (!key) {
        const char *nearest = key_list_nearest(section->schema, section->side, entry->key);
        snprintf(lists, sizeof lists, "`latentdream help %s` lists its keys", section->name);
        did_you_mean(hint, sizeof hint, "", nearest, "", lists);
        PROBLEM(entry->line, "[%s] knows no key '%.60s'%s", section->name, entry->key, hint);
    } else if (section->side && strcmp(part->side, "both") != 0 && strcmp(part->side, section->side) != 0) {
        PROBLEM(entry->line, "%s= in [%s] is for %s experiments, and this is %s experiment", entry->key,
                section->name, part->side, strcmp(section->side, "image") == 0 ? "an image" : "a text");
    } else {
        config_check_value(check, entry, key);
    }
}

static void check_entries(ConfigCheck *check, const ConfigSection *section) {
    for (size_t i = 0; i < section->count; i++) {
        const ConfigEntry *entry = &section->entries[i];
        size_t first = 0;
        while (strcmp(section->entries[first].key, entry->key) != 0) first++;
        if (first < i)
            PROBLEM(entry->line, "%s= a second time in [%s]; the first is in line %d", entry->key, section->name,
                    section->entries[first].line);
        else
            check_key_known(check, section, entry);
    }
}

static void check_required_keys(ConfigCheck *check, const ConfigSection *section) {
    for (const SectionSchema *part = section->schema; part; part = part->also) {
        if (section->side && strcmp(part->side, "both") != 0 && strcmp(part->side, section->side) != 0) continue;
        for (const KeySchema *key = part->keys; key->name; key++) {
            if (!key->required) continue;
            bool found = false;
            for (size_t i = 0; i < section->count; i++) found = found || !strcmp(section->entries[i].key, key->name);
            if (!found) PROBLEM(section->line, "[%s] lacks %s=: %s", section->name, key->name, key->help);
        }
    }
}

static void check_required_sections(ConfigCheck *check, const char *side) {
    for (const SectionSchema *const *at = check->schema->sections; *at; at++) {
        bool here = strcmp((*at)->side, "both") == 0 || (side && strcmp((*at)->side, side) == 0);
        if (here && (*at)->required && !config_section(check->config, (*at)->name))
            PROBLEM(1, "no [%s] section: %s", (*at)->name, (*at)->help);
    }
}

static const char *own_name(const ConfigSection *section) {
    for (size_t i = 0; i < section->count; i++)
        if (strcmp(section->entries[i].key, "name") == 0) return section->entries[i].value;
    return NULL;
}

static void check_own_name(ConfigCheck *check, const ConfigSection *section) {
    const char *name = own_name(section);
    if (!name) return;
    const ConfigSection *other = NULL;
    while ((other = config_next(check->config, other, section->name)) != section) {
        const char *theirs = own_name(other);
        if (!theirs || strcmp(theirs, name) != 0) continue;
        PROBLEM(config_line(section, "name"), "a second [%s] with name=%.60s; the first is in line %d", section->name,
                name, other->line);
        return;
    }
}

size_t config_check(Config *config, const Schema *schema, ConfigProblems *problems) {
    ConfigCheck state = {.config = config, .schema = schema, .problems = problems}, *check = &state;
    for (size_t i = 0; i < config->count; i++) check_section_known(check, &config->sections[i]);
    const char *side = check_side(check);
    check_required_sections(check, side);
    for (size_t i = 0; i < config->count; i++) config->sections[i].side = side;
    for (size_t i = 0; i < config->count; i++) {
        const ConfigSection *section = &config->sections[i];
        if (!section->schema) continue;
        check_entries(check, section);
        check_required_keys(check, section);
        if (section->schema->repeats) check_own_name(check, section);
    }
    return check->count;
}

int config_open(Config *config, const char *path, const Schema *schema, const char *const *overrides,
                size_t override_count, Error *error) {
    if (config_read(config, path, error) != 0) return -1;
    ConfigProblems problems = {0};
    size_t found = config_override_all(config, schema, overrides, override_count, &problems);
    found += config_check(config, schema, &problems);
    if (found > 0 && problems.count > 0) config_problems_join(&problems, error);
    if (found > 0 && problems.count == 0) error_set(error, "%s: has errors, and memory is out", path);
    config_problems_free(&problems);
    if (found > 0) config_free(config);
    return found > 0 ? -1 : 0;
}
