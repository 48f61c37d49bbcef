/* schema.h: which sections and keys a cfg file may have, as tables.
 *
 * One table serves four readers: config_check, the typed reads' defaults, `latentdream help`, and cfg/README.md. */
#ifndef LATENT_DREAM_CONFIG_SCHEMA_H
#define LATENT_DREAM_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum KeyType {
    KEY_INTEGER,
    KEY_REAL,
    KEY_BOOLEAN,  // 0 or 1
    KEY_TEXT,
    KEY_PATH,      // a file or folder, relative to where the program is started
    KEY_CHOICE,    // one of `choices`, "a|b|c"
    KEY_INTEGERS,  // "3", "0-9", "0-9,12": a list with ranges, each within minimum..maximum
    KEY_NAMES,     // comma-separated names
    KEY_NAME,      // one name: letters, digits, '-', '_' and '.', not first; it can be a file's name
} KeyType;

typedef struct KeySchema {
    const char *name;
    KeyType type;
    const char *fallback;  // the default as it would be written; NULL: none. "" is an empty text
    bool required;
    double minimum, maximum;  // inclusive; for KEY_INTEGER, KEY_REAL, KEY_INTEGERS
    const char *choices;      // KEY_CHOICE
    const char *unit;         // "pixels", "steps", ...; NULL: none
    const char *help;         // one or two sentences
    const char *refers;       // KEY_NAME, KEY_NAMES: each must be the name= of a section called so; NULL: free
} KeySchema;

/* A section's keys may be told in parts: those of every experiment, then those of one side, so that the image and
 * the text side each keep a table of their own. `also` leads to the next part, whose name is the same; required,
 * repeats and help count in the first part alone. A key of one side is refused in an experiment of the other. */
typedef struct SectionSchema {
    const char *name;
    const char *side;  // "both", "image", "text"
    bool required;     // at least one
    bool repeats;      // more than one allowed
    const char *help;
    const KeySchema *keys;  // ends with a row whose name is NULL
    const struct SectionSchema *also;
} SectionSchema;

typedef struct Schema {
    const char *name;                      // "experiment", "text network"
    const SectionSchema *const *sections;  // ends with NULL
} Schema;

extern const Schema SCHEMA_EXPERIMENT;    // experiments/NAME.cfg
extern const Schema SCHEMA_TEXT_NETWORK;  // cfg/distilgpt2.cfg and its like

/* The schema's section of that name, or NULL. */
const SectionSchema *schema_section(const Schema *schema, const char *name);
/* The key of a section, searched in all its parts; a part of `side` ("image", "text") goes before one of the other
 * side. *part, unless NULL, is the part that holds it. NULL when there is none. */
const KeySchema *schema_key(const SectionSchema *section, const char *side, const char *name,
                            const SectionSchema **part);

/* The reference: all sections (topic NULL), one section, or one key wherever it occurs. Returns -1 when the topic
 * is unknown; *nearest is then the nearest known name. */
int schema_print(FILE *stream, const Schema *schema, const char *topic, const char **nearest);
/* Whether the topic, a section (with or without brackets) or a key, is known; otherwise *nearest is set. */
bool schema_knows(const Schema *schema, const char *topic, const char **nearest);
/* cfg/README.md. */
void schema_print_markdown(FILE *stream, const Schema *const *schemas, size_t count);

/* The known name nearest to `wrong` by edit distance, or NULL when none is near. */
const char *name_nearest(const char *wrong, const char *const *names, size_t count);

#endif
