#include "config/config.h"

#include <string.h>

/* What --set may name: the file's sections, and the name= of each. */
static size_t list_names(const Config *config, const char **names, size_t limit) {
    size_t count = 0;
    for (size_t i = 0; i < config->count && count + 2 <= limit; i++) {
        names[count++] = config->sections[i].name;
        const ConfigSection *section = &config->sections[i];
        for (size_t j = 0; j < section->count; j++)
            if (strcmp(section->entries[j].key, "name") == 0 && count < limit)
                names[count++] = section->entries[j].value;
    }
    return count;
}

static bool is_named(const ConfigSection *section, const char *name) {
    for (size_t j = 0; j < section->count; j++)
        if (strcmp(section->entries[j].key, "name") == 0 && strcmp(section->entries[j].value, name) == 0) return true;
    return false;
}

/* Sets key=value in the sections that are called `name`, or that have name=NAME. Returns how many, or -1. */
static int set_where(Config *config, const char *name, bool by_section, const char *key, const char *value,
                     Error *error) {
    int changed = 0;
    for (size_t i = 0; i < config->count; i++) {
        ConfigSection *section = &config->sections[i];
        if (by_section ? strcmp(section->name, name) != 0 : !is_named(section, name)) continue;
        if (config_set(section, key, value, error) != 0) return -1;
        changed++;
    }
    return changed;
}

static bool is_plain(const char *text) {
    for (; *text; text++)
        if (((unsigned char)*text < 32 && *text != '\t') || *text == 127) return false;
    return true;
}

int config_override(Config *config, const char *assignment, Error *error) {
    const char *equals = strchr(assignment, '=');
    size_t length = equals ? (size_t)(equals - assignment) : 0;
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : 0), assignment);
    char *dot = strrchr(name, '.');
    if (!dot || dot == name || !dot[1])
        return error_set(error, "--set %.80s: expected section.key=value or arm.key=value", assignment);
    if (!is_plain(assignment))
        return error_set(error, "--set %.*s: the value holds a control character", (int)length, assignment);
    *dot = 0;
    const char *key = dot + 1;
    const char *value = equals + 1 + strspn(equals + 1, " \t");
    int changed = set_where(config, name, true, key, value, error);
    if (changed == 0) changed = set_where(config, name, false, key, value, error);
    if (changed < 0) return -1;
    if (changed > 0) return 0;
    const char *names[2 * CONFIG_SECTION_LIMIT];
    const char *nearest = name_nearest(name, names, list_names(config, names, 2 * CONFIG_SECTION_LIMIT));
    return error_set(error, "--set %.80s: %s has no section or arm '%s'%s%s%s", assignment, config->path, name,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}
