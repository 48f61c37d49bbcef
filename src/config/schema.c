#include "config/schema.h"

#include <string.h>
#include <strings.h>

const SectionSchema *schema_section(const Schema *schema, const char *name) {
    for (const SectionSchema *const *at = schema->sections; *at; at++)
        if (strcmp((*at)->name, name) == 0) return *at;
    return NULL;
}

static const KeySchema *part_key(const SectionSchema *part, const char *name) {
    for (const KeySchema *key = part->keys; key->name; key++)
        if (strcmp(key->name, name) == 0) return key;
    return NULL;
}

const KeySchema *schema_key(const SectionSchema *section, const char *side, const char *name,
                            const SectionSchema **part) {
    const KeySchema *found = NULL;
    for (; section; section = section->also) {
        const KeySchema *key = part_key(section, name);
        if (!key) continue;
        bool ours = !side || strcmp(section->side, "both") == 0 || strcmp(section->side, side) == 0;
        if (found && !ours) continue;
        found = key;
        if (part) *part = section;
        if (ours) break;
    }
    return found;
}

static size_t smallest(size_t a, size_t b, size_t c) {
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein's distance without regard to case, for names of at most 47 letters; longer ones are far from all. */
static size_t edit_distance(const char *a, const char *b) {
    enum { LONGEST = 48 };
    size_t row[LONGEST], a_length = strlen(a), b_length = strlen(b);
    if (a_length >= LONGEST || b_length >= LONGEST) return LONGEST;
    for (size_t j = 0; j <= b_length; j++) row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t differs = strncasecmp(&a[i - 1], &b[j - 1], 1) != 0;
            size_t kept = row[j];
            row[j] = smallest(row[j] + 1, row[j - 1] + 1, diagonal + differs);
            diagonal = kept;
        }
    }
    return row[b_length];
}

const char *name_nearest(const char *wrong, const char *const *names, size_t count) {
    const char *nearest = NULL;
    size_t length = strlen(wrong), best = length < 3 ? 2 : length / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(wrong, names[i]);
        if (distance >= best || distance >= strlen(names[i])) continue;
        best = distance;
        nearest = names[i];
    }
    return nearest;
}
