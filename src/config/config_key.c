#include "config/config_key.h"

#include "base/memory.h"
#include "config/schema_words.h"
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

/* One problem of an entry: "FILE:LINE: KEY=VALUE: " and the text. */
#define PROBLEM(format, ...)                                                                                        \
    (check->count++, config_problem(check->problems, check->config, entry->line, "%s=%.60s%s: " format, entry->key, \
                                    entry->value, strlen(entry->value) > 60 ? "..." : "", ##__VA_ARGS__))

static void check_number(ConfigCheck *check, const ConfigEntry *entry, const KeySchema *key) {
    long integer = 0;
    double value = 0;
    char range[96];
    schema_range(range, sizeof range, key);
    if (key->type == KEY_INTEGER) {
        if (value_integer(entry->value, &integer) != 0) {
            PROBLEM("a whole number is expected%s%s", *range ? ", " : "", range);
            return;
        }
        value = (double)integer;
    } else if (value_real(entry->value, &value) != 0) {
        PROBLEM("a number is expected%s%s", *range ? ", " : "", range);
        return;
    }
    if (value < key->minimum || value > key->maximum) PROBLEM("out of range; expected %s", range);
}

typedef struct Piece {
    long first, last;
} Piece;

static int piece_compare(const void *left, const void *right) {
    const Piece *a = left, *b = right;
    return a->first != b->first ? (a->first > b->first) - (a->first < b->first)
                                : (a->last > b->last) - (a->last < b->last);
}

/* A number that stands twice would be done twice into the same files. */
static void check_repeated(ConfigCheck *check, const ConfigEntry *entry, size_t pieces) {
    Piece *list = memory_new(pieces, sizeof *list, "list", NULL);
    if (!list) return;
    const char *cursor = entry->value;
    for (size_t i = 0; i < pieces; i++) value_range_next(&cursor, &list[i].first, &list[i].last);
    qsort(list, pieces, sizeof *list, piece_compare);
    for (size_t i = 1; i < pieces; i++) {
        if (list[i].first > list[i - 1].last) continue;
        PROBLEM("%ld stands there twice", list[i].first);
        break;
    }
    memory_free(list);
}

static void check_integers(ConfigCheck *check, const ConfigEntry *entry, const KeySchema *key) {
    const char *cursor = entry->value;
    long first, last;
    size_t pieces = 0;
    double total = 0;
    char range[96];
    schema_range(range, sizeof range, key);
    int got;
    while ((got = value_range_next(&cursor, &first, &last)) > 0) {
        pieces++;
        total += (double)last - (double)first + 1;
        if ((double)first >= key->minimum && (double)last <= key->maximum) continue;
        PROBLEM("%ld is out of range; expected %s", (double)first < key->minimum ? first : last, range);
        return;
    }
    if (got < 0 || pieces == 0)
        PROBLEM("whole numbers are expected, such as 3 or 0-9 or 0-9,12%s%s", *range ? ", each " : "", range);
    else if (total > CONFIG_LIST_LIMIT)
        PROBLEM("%.0f numbers; at most %d are possible", total, CONFIG_LIST_LIMIT);
    else
        check_repeated(check, entry, pieces);
}

static void check_choice(ConfigCheck *check, const ConfigEntry *entry, const KeySchema *key) {
    char words[512], list[600];
    const char *names[32];
    size_t count = schema_choices(words, sizeof words, names, 32, key);
    for (size_t i = 0; i < count; i++)
        if (strcmp(entry->value, names[i]) == 0) return;
    const char *nearest = name_nearest(entry->value, names, count);
    schema_choice_list(list, sizeof list, key);
    if (nearest)
        PROBLEM("did you mean %s? Expected %s", nearest, list);
    else
        PROBLEM("expected %s", list);
}

/* A name becomes part of file names and of --set NAME.key. */
static bool name_is_plain(const char *name, size_t length) {
    if (length == 0 || length > 64 || name[0] == '.') return false;
    for (size_t i = 0; i < length; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", name[i])) return false;
    return true;
}

/* The name= of each section called key->refers; true when `name` is one of them. */
static bool name_is_known(const Config *config, const char *section_name, const char *name, const char **names,
                          size_t *count) {
    *count = 0;
    for (size_t i = 0; i < config->count; i++) {
        const ConfigSection *section = &config->sections[i];
        if (strcmp(section->name, section_name) != 0) continue;
        for (size_t j = 0; j < section->count; j++) {
            if (strcmp(section->entries[j].key, "name") != 0) continue;
            if (strcmp(section->entries[j].value, name) == 0) return true;
            if (*count < CONFIG_SECTION_LIMIT) names[(*count)++] = section->entries[j].value;
            break;
        }
    }
    return false;
}

static void check_reference(ConfigCheck *check, const ConfigEntry *entry, const KeySchema *key, const char *name) {
    const char *names[CONFIG_SECTION_LIMIT];
    size_t count;
    if (!key->refers || name_is_known(check->config, key->refers, name, names, &count)) return;
    const char *nearest = name_nearest(name, names, count);
    if (nearest)
        PROBLEM("no [%s] has name=%s; did you mean %s?", key->refers, name, nearest);
    else
        PROBLEM("no [%s] has name=%s", key->refers, name);
}

static void check_names(ConfigCheck *check, const ConfigEntry *entry, const KeySchema *key) {
    const char *name;
    size_t length, i = 0;
    for (; i < CONFIG_SECTION_LIMIT && value_name_at(entry->value, i, &name, &length); i++) {
        char copy[128];
        if (length == 0 || length >= sizeof copy) {
            PROBLEM("%s; names are divided by commas", length ? "a name of more than 127 bytes" : "an empty name");
            return;
        }
        snprintf(copy, sizeof copy, "%.*s", (int)length, name);
        check_reference(check, entry, key, copy);
    }
    if (i == 0) PROBLEM("names divided by commas are expected");
    if (i == CONFIG_SECTION_LIMIT) PROBLEM("more than %d names", CONFIG_SECTION_LIMIT - 1);
}

void config_check_value(ConfigCheck *check, const ConfigEntry *entry, const KeySchema *key) {
    bool flag;
    switch (key->type) {
        case KEY_INTEGER:
        case KEY_REAL:
            check_number(check, entry, key);
            break;
        case KEY_BOOLEAN:
            if (value_boolean(entry->value, &flag) != 0) PROBLEM("0 or 1 is expected");
            break;
        case KEY_TEXT:
            if (key->required && !*entry->value) PROBLEM("a text is expected");
            break;
        case KEY_PATH:
            if (!*entry->value) PROBLEM("the path of a file or folder is expected");
            if (strlen(entry->value) >= PATH_LIMIT) PROBLEM("longer than the %d bytes of a path", PATH_LIMIT - 1);
            break;
        case KEY_CHOICE:
            check_choice(check, entry, key);
            break;
        case KEY_INTEGERS:
            check_integers(check, entry, key);
            break;
        case KEY_NAMES:
            check_names(check, entry, key);
            break;
        case KEY_NAME:
            if (!name_is_plain(entry->value, strlen(entry->value)))
                PROBLEM("a name of at most 64 letters, digits, '-', '_' and '.' is expected, not beginning with '.'");
            else
                check_reference(check, entry, key, entry->value);
            break;
    }
}
