/* config.h: the cfg format, as Darknet writes it.
 *
 *     # a comment; also ; a comment
 *     [section]
 *     key=value
 *
 * Sections repeat, and their order counts. A reader keeps every line number. Reading takes three steps:
 *
 *     Config config;
 *     config_read(&config, path, error)            // syntax
 *     config_override(&config, schema, "latent.steps=50", error)  // --set
 *     config_check(&config, schema, &problems)     // names, types, ranges: every error of the file at once
 *     int steps = config_integer(section, "steps") // cannot fail after the check: value or default
 *
 * The schema (schema.h) is a table of sections and keys. `latentdream help` and cfg/README.md are written from
 * the same table. */
#ifndef LATENT_DREAM_CONFIG_CONFIG_H
#define LATENT_DREAM_CONFIG_CONFIG_H

#include "base/error.h"
#include "base/file.h"
#include "config/schema.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ConfigEntry {
    char *key;
    char *value;
    int line;       // 1-based; 0 for an override from the command line
    bool override;  // by --set
} ConfigEntry;

typedef struct ConfigSection {
    char *name;  // without brackets
    int line;
    ConfigEntry *entries;
    size_t count;
    const SectionSchema *schema;  // set by config_check
    const char *side;             // set by config_check: "image" or "text", from the file's sections; NULL: neither
} ConfigSection;

enum {
    CONFIG_SIZE_LIMIT = 1 << 20,  // bytes of a file
    CONFIG_SECTION_LIMIT = 1024,
    CONFIG_ENTRY_LIMIT = 256,     // keys of one section
    CONFIG_LIST_LIMIT = 1 << 20,  // integers that one KEY_INTEGERS value may name
};

typedef struct Config {
    char path[PATH_LIMIT];
    ConfigSection *sections;
    size_t count;
} Config;

/* A list of problems; each is one line "FILE:LINE: what, and what to do". */
typedef struct ConfigProblems {
    char **lines;
    size_t count;
} ConfigProblems;

/* Reads a file (at most 1 MiB). Syntax errors come back as `error`, with the line. Nothing is to be freed after a
 * failure; config_free is harmless then. */
int config_read(Config *config, const char *path, Error *error);
/* The same from memory; `path` only names it in messages. Bytes need no terminating zero. */
int config_parse(Config *config, const char *bytes, size_t size, const char *path, Error *error);
/* The same, but a line with a syntax error becomes a problem and is left out; -1 only when memory is out or the file
 * cannot be read at all. */
int config_read_all(Config *config, const char *path, ConfigProblems *problems, Error *error);
int config_parse_all(Config *config, const char *bytes, size_t size, const char *path, ConfigProblems *problems,
                     Error *error);
void config_free(Config *config);

/* "NAME.key=value": sets the key in every section [NAME]; or, where no such section knows the key, in the section
 * with name=NAME that knows it. An error, as one line "FILE: --set ...", where nothing is called so (with the nearest
 * name), where what is called so does not know the key (with the nearest key), and where sections of two kinds have
 * that name and know the key. `schema` says which keys a section knows; NULL: any. */
int config_override(Config *config, const Schema *schema, const char *assignment, Error *error);
/* Several of them; how many were refused, each of which is appended to `problems`. */
size_t config_override_all(Config *config, const Schema *schema, const char *const *assignments, size_t count,
                           ConfigProblems *problems);

/* Holds the file against the schema. Returns the number of problems found and appends each to `problems`
 * (freed with config_problems_free; NULL to only count). */
size_t config_check(Config *config, const Schema *schema, ConfigProblems *problems);
void config_problems_free(ConfigProblems *problems);
/* As many problems as fit into one message, a line each; returns -1. */
int config_problems_join(const ConfigProblems *problems, Error *error);
/* "image" or "text", from the sections that a checked file has; NULL: neither. */
const char *config_side(const Config *config);
/* Appends a problem whose line is complete. */
void config_problem_line(ConfigProblems *problems, const char *line);
/* Appends one formatted problem; for checks that need more than one key. Line 0: a value from the command line. */
void config_problem(ConfigProblems *problems, const Config *config, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What another file's reader said of the file that `key` names, with the key's line. */
void config_problem_file(ConfigProblems *problems, const Config *config, const ConfigSection *section,
                         const char *key, const Error *error);

/* Adds an entry of line 0, for a value that the command line or a program sets; replaces one of the same key. */
int config_set(ConfigSection *section, const char *key, const char *value, Error *error);

/* config_read + overrides + config_check, with all their problems joined into one Error, a line each. */
int config_open(Config *config, const char *path, const Schema *schema, const char *const *overrides,
                size_t override_count, Error *error);

/* Writes the file again as it is now in memory, overrides applied (comments are not kept). */
int config_write(const Config *config, const char *path, Error *error);
/* The same into memory, freed with memory_free. */
int config_render(const Config *config, char **text, size_t *size, Error *error);

/* ---- typed reads, after config_check: the value, or the schema's default. They assert that the schema knows
 * the key. */
const ConfigSection *config_section(const Config *config, const char *name);        // the first, or NULL
const ConfigSection *config_next(const Config *config, const ConfigSection *after,  // the next of that name;
                                 const char *name);                                 // after == NULL: the first
size_t config_count(const Config *config, const char *name);

bool config_has(const ConfigSection *section, const char *key);          // written in the file, or a default exists
int config_line(const ConfigSection *section, const char *key);          // for messages; the section's line if absent
const char *config_text(const ConfigSection *section, const char *key);  // NULL when absent and no default
long config_integer(const ConfigSection *section, const char *key);
double config_real(const ConfigSection *section, const char *key);
bool config_boolean(const ConfigSection *section, const char *key);
/* Integers of a list such as "0-9,12": writes at most `limit`, returns how many there are. */
size_t config_integers(const ConfigSection *section, const char *key, long *values, size_t limit);
/* The i-th name of a comma-separated list, trimmed, into name[size]; false past the end. */
bool config_name_at(const ConfigSection *section, const char *key, size_t i, char *name, size_t size);

#endif
