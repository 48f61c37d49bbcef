#include "base/memory.h"
#include "config/config.h"

#include <string.h>

/* Makes room for one more element in an array that holds `count`; its capacity is 4, 8, 16, ... */
static int array_grow(void **array, size_t count, size_t size, Error *error) {
    if (count != 0 && (count < 4 || (count & (count - 1)) != 0)) return 0;
    void *grown = memory_grow(*array, count * size, count ? 2 * count : 4, size, "cfg", error);
    if (!grown) return -1;
    *array = grown;
    return 0;
}

static char *text_copy(const char *bytes, size_t length, Error *error) {
    char *copy = memory_new(length + 1, 1, "cfg", error);
    if (copy) memcpy(copy, bytes, length);
    return copy;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static void trim(const char **text, size_t *length) {
    while (*length && is_blank(**text)) ++*text, --*length;
    while (*length && is_blank((*text)[*length - 1])) --*length;
}

static int section_add(Config *config, const char *name, size_t length, int line, Error *error) {
    if (array_grow((void **)&config->sections, config->count, sizeof *config->sections, error) != 0) return -1;
    ConfigSection *section = &config->sections[config->count];
    *section = (ConfigSection){.line = line};
    section->name = text_copy(name, length, error);
    if (!section->name) return -1;
    config->count++;
    return 0;
}

static int entry_add(ConfigSection *section, const char *key, size_t key_length, const char *value,
                     size_t value_length, int line, Error *error) {
    if (array_grow((void **)&section->entries, section->count, sizeof *section->entries, error) != 0) return -1;
    ConfigEntry *entry = &section->entries[section->count];
    *entry = (ConfigEntry){.line = line};
    entry->key = text_copy(key, key_length, error);
    entry->value = entry->key ? text_copy(value, value_length, error) : NULL;
    if (!entry->value) {
        memory_free(entry->key);
        entry->key = NULL;
        return -1;
    }
    section->count++;
    return 0;
}

int config_set(ConfigSection *section, const char *key, const char *value, Error *error) {
    ConfigEntry *entry = NULL;
    for (size_t i = 0; i < section->count; i++)
        if (strcmp(section->entries[i].key, key) == 0) entry = &section->entries[i];
    if (entry) {
        char *copy = memory_text(value, error);
        if (!copy) return -1;
        memory_free(entry->value);
        entry->value = copy;
    } else {
        if (entry_add(section, key, strlen(key), value, strlen(value), 0, error) != 0) return -1;
        entry = &section->entries[section->count - 1];
    }
    entry->line = 0;
    entry->override = true;
    return 0;
}

static int parse_section_line(Config *config, const char *text, size_t length, int line, ConfigProblems *problems,
                              Error *error) {
    const char *close = memchr(text, ']', length);
    const char *name = text + 1;
    size_t name_length = close ? (size_t)(close - name) : 0;
    trim(&name, &name_length);
    const char *rest = close ? close + 1 : text;
    size_t rest_length = (size_t)(text + length - rest);
    trim(&rest, &rest_length);
    if (!close || name_length == 0)
        config_problem(problems, config, line, "'%.*s': a section is written [name]",
                       (int)(length < 60 ? length : 60), text);
    else if (rest_length && rest[0] != '#' && rest[0] != ';')
        config_problem(problems, config, line, "'%.*s' behind a section; a key stands on a line of its own",
                       (int)(rest_length < 60 ? rest_length : 60), rest);
    else if (config->count == CONFIG_SECTION_LIMIT)
        config_problem(problems, config, line, "more than the %d sections that a file may have",
                       CONFIG_SECTION_LIMIT);
    else
        return section_add(config, name, name_length, line, error);
    return 0;
}

static int parse_entry_line(Config *config, const char *text, size_t length, int line, ConfigProblems *problems,
                            Error *error) {
    const char *equals = memchr(text, '=', length);
    const char *key = text, *value = equals ? equals + 1 : text;
    size_t key_length = equals ? (size_t)(equals - text) : 0, value_length = (size_t)(text + length - value);
    trim(&key, &key_length);
    trim(&value, &value_length);
    ConfigSection *section = config->count ? &config->sections[config->count - 1] : NULL;
    if (!equals || key_length == 0)
        config_problem(problems, config, line, "'%.*s': expected key=value, [section], or a comment after # or ;",
                       (int)(length < 60 ? length : 60), text);
    else if (!section)
        config_problem(problems, config, line, "%.*s= stands before the first [section]",
                       (int)(key_length < 60 ? key_length : 60), key);
    else if (section->count == CONFIG_ENTRY_LIMIT)
        config_problem(problems, config, line, "[%.60s] has more than the %d keys that a section may have",
                       section->name, CONFIG_ENTRY_LIMIT);
    else
        return entry_add(section, key, key_length, value, value_length, line, error);
    return 0;
}

/* The first byte that a line of text cannot hold, or -1. */
static int control_byte(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 32 && c != '\t') || c == 127) return c;
    }
    return -1;
}

static int parse_line(Config *config, const char *text, size_t length, int line, ConfigProblems *problems,
                      Error *error) {
    if (length && text[length - 1] == '\r') length--;
    int control = control_byte(text, length);
    if (control >= 0) {
        config_problem(problems, config, line, "byte 0x%02x; a cfg file is plain text", (unsigned)control);
        return 0;
    }
    trim(&text, &length);
    if (length == 0 || text[0] == '#' || text[0] == ';') return 0;
    if (text[0] == '[') return parse_section_line(config, text, length, line, problems, error);
    return parse_entry_line(config, text, length, line, problems, error);
}

int config_parse_all(Config *config, const char *bytes, size_t size, const char *path, ConfigProblems *problems,
                     Error *error) {
    memset(config, 0, sizeof *config);
    snprintf(config->path, sizeof config->path, "%s", path);
    if (size > CONFIG_SIZE_LIMIT)
        return error_set(error, "%s: %zu bytes; a cfg file has at most %d", path, size, CONFIG_SIZE_LIMIT);
    const char *at = bytes, *end = bytes + size;
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) at += 3;
    for (int line = 1; at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        if (parse_line(config, at, (size_t)(stop - at), line, problems, error) != 0) {
            config_free(config);
            return -1;
        }
        at = newline ? newline + 1 : end;
    }
    return 0;
}

int config_parse(Config *config, const char *bytes, size_t size, const char *path, Error *error) {
    ConfigProblems problems = {0};
    int result = config_parse_all(config, bytes, size, path, &problems, error);
    if (result == 0 && problems.count) {
        result = config_problems_join(&problems, error);
        config_free(config);
    }
    config_problems_free(&problems);
    return result;
}

/* Reads the file and hands its bytes to one of the two functions above. */
static int read_with(Config *config, const char *path, ConfigProblems *problems, Error *error) {
    memset(config, 0, sizeof *config);
    char *bytes;
    size_t size;
    if (file_read(path, CONFIG_SIZE_LIMIT, &bytes, &size, error) != 0) return -1;
    int result = problems ? config_parse_all(config, bytes, size, path, problems, error)
                          : config_parse(config, bytes, size, path, error);
    memory_free(bytes);
    return result;
}

int config_read(Config *config, const char *path, Error *error) { return read_with(config, path, NULL, error); }

int config_read_all(Config *config, const char *path, ConfigProblems *problems, Error *error) {
    return read_with(config, path, problems, error);
}

void config_free(Config *config) {
    for (size_t i = 0; i < config->count; i++) {
        ConfigSection *section = &config->sections[i];
        for (size_t j = 0; j < section->count; j++) {
            memory_free(section->entries[j].key);
            memory_free(section->entries[j].value);
        }
        memory_free(section->entries);
        memory_free(section->name);
    }
    memory_free(config->sections);
    config->sections = NULL;
    config->count = 0;
}
