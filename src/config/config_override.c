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

/* Without a schema every section knows every key. */
static bool knows_key(const Schema *schema, const ConfigSection *section, const char *key) {
    const SectionSchema *known = schema ? schema_section(schema, section->name) : NULL;
    return !schema || (known && schema_key(known, NULL, key, NULL));
}

/* What an assignment names, and the sections that answer to it. */
typedef struct Place {
    const Schema *schema;
    char name[256];
    const char *key;
    size_t found;                 // sections called so, by their own name or by name=
    const ConfigSection *knower;  // the first of those that knows the key
    const ConfigSection *other;   // one of another kind that knows it too
} Place;

/* Looks among the sections [NAME], or among those with name=NAME. */
static void look(Place *place, const Config *config, bool by_section) {
    for (size_t i = 0; i < config->count; i++) {
        const ConfigSection *section = &config->sections[i];
        if (by_section ? strcmp(section->name, place->name) != 0 : !is_named(section, place->name)) continue;
        place->found++;
        if (!knows_key(place->schema, section, place->key)) continue;
        if (!place->knower) place->knower = section;
        if (strcmp(section->name, place->knower->name) != 0) place->other = section;
    }
}

static int set_where(const Place *place, Config *config, bool by_section, const char *value, Error *error) {
    for (size_t i = 0; i < config->count; i++) {
        ConfigSection *section = &config->sections[i];
        bool called = by_section ? strcmp(section->name, place->name) == 0 : is_named(section, place->name);
        if (called && knows_key(place->schema, section, place->key) &&
            config_set(section, place->key, value, error) != 0)
            return -1;
    }
    return 0;
}

static int unknown_place(const Place *place, const Config *config, Error *error) {
    const char *names[2 * CONFIG_SECTION_LIMIT];
    const char *nearest = name_nearest(place->name, names, list_names(config, names, 2 * CONFIG_SECTION_LIMIT));
    return error_set(error, "no section or arm '%s'%s%s%s", place->name, nearest ? "; did you mean '" : "",
                     nearest ? nearest : "", nearest ? "'?" : "");
}

/* "[a]", or "[a] and [b]": the kinds of section that are called so, by their own name or by name=. */
static size_t list_kinds(const Place *place, const Config *config, char *text, size_t size,
                         const SectionSchema **kinds, size_t limit) {
    size_t count = 0, used = 0;
    text[0] = 0;
    for (size_t i = 0; i < config->count && count < limit; i++) {
        const ConfigSection *section = &config->sections[i];
        if (strcmp(section->name, place->name) != 0 && !is_named(section, place->name)) continue;
        const SectionSchema *kind = schema_section(place->schema, section->name);
        bool listed = !kind;
        for (size_t k = 0; k < count; k++) listed = listed || kinds[k] == kind;
        if (listed) continue;
        if (used < size)
            used += (size_t)snprintf(text + used, size - used, "%s[%s]", count ? " and " : "", kind->name);
        kinds[count++] = kind;
    }
    return count;
}

static int unknown_key(const Place *place, const Config *config, Error *error) {
    enum { KINDS = 8 };
    const SectionSchema *kinds[KINDS];
    const char *names[512];
    char text[256];
    size_t count = list_kinds(place, config, text, sizeof text, kinds, KINDS), listed = 0;
    if (count == 0) return error_set(error, "'%s' is no section of this kind of file", place->name);
    for (size_t k = 0; k < count; k++)
        for (const SectionSchema *part = kinds[k]; part; part = part->also)
            for (const KeySchema *key = part->keys; key->name && listed < 512; key++) names[listed++] = key->name;
    const char *nearest = name_nearest(place->key, names, listed);
    if (nearest)
        return error_set(error, "%s %s no key '%.60s'; did you mean %s?", text, count > 1 ? "know" : "knows",
                         place->key, nearest);
    return error_set(error, "%s %s no key '%.60s'; `latentdream help %s` lists its keys", text,
                     count > 1 ? "know" : "knows", place->key, kinds[count - 1]->name);
}

static bool is_plain(const char *text) {
    for (; *text; text++)
        if (((unsigned char)*text < 32 && *text != '\t') || *text == 127) return false;
    return true;
}

static int set_assignment(Config *config, Place *place, const char *assignment, Error *error) {
    const char *equals = strchr(assignment, '=');
    size_t length = equals ? (size_t)(equals - assignment) : 0;
    snprintf(place->name, sizeof place->name, "%.*s", (int)(length < sizeof place->name ? length : 0), assignment);
    char *dot = strrchr(place->name, '.');
    if (!dot || dot == place->name || !dot[1]) return error_set(error, "expected section.key=value or arm.key=value");
    if (!is_plain(assignment)) return error_set(error, "the value holds a control character");
    *dot = 0;
    place->key = dot + 1;
    bool by_section = true;
    look(place, config, true);
    if (!place->knower) look(place, config, by_section = false);
    if (place->found == 0) return unknown_place(place, config, error);
    if (!place->knower) return unknown_key(place, config, error);
    if (place->other)
        return error_set(error, "both [%s] and [%s] are called '%s' and know %s; write %s.%s= or %s.%s=",
                         place->knower->name, place->other->name, place->name, place->key, place->knower->name,
                         place->key, place->other->name, place->key);
    return set_where(place, config, by_section, equals + 1 + strspn(equals + 1, " \t"), error);
}

int config_override(Config *config, const Schema *schema, const char *assignment, Error *error) {
    Place place = {.schema = schema};
    if (set_assignment(config, &place, assignment, error) == 0) return 0;
    char shown[84];
    size_t length = 0;
    for (; length < sizeof shown - 4 && assignment[length]; length++)
        shown[length] =
            (unsigned char)assignment[length] < 32 || assignment[length] == 127 ? ' ' : assignment[length];
    snprintf(shown + length, 4, "%s", assignment[length] ? "..." : "");
    return error_prefix(error, "%.1000s: --set %s", config->path, shown);
}

size_t config_override_all(Config *config, const Schema *schema, const char *const *assignments, size_t count,
                           ConfigProblems *problems) {
    Error error;
    size_t refused = 0;
    for (size_t i = 0; i < count; i++) {
        if (config_override(config, schema, assignments[i], &error) == 0) continue;
        config_problem_line(problems, error.message);
        refused++;
    }
    return refused;
}
