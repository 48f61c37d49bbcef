#include "config/schema.h"
#include "config/schema_words.h"

#include <string.h>

/* A cell of a table: '|' would end it. */
static void print_cell(FILE *stream, const char *text) {
    for (; *text; text++) {
        if (*text == '|' || *text == '<') fputc('\\', stream);
        fputc(*text, stream);
    }
}

static void print_row(FILE *stream, const SectionSchema *section, const SectionSchema *part, const KeySchema *key) {
    char type[640];
    schema_type(type, sizeof type, key);
    fprintf(stream, "| `%s` | ", key->name);
    print_cell(stream, type);
    fputs(" | ", stream);
    if (key->required)
        fputs("required", stream);
    else if (key->fallback)
        fprintf(stream, "`%s`", key->fallback);
    fputs(" | ", stream);
    if (strcmp(part->side, section->side) != 0) fprintf(stream, "*%s experiments.* ", part->side);
    print_cell(stream, key->help);
    fputs(" |\n", stream);
}

static void print_section(FILE *stream, const SectionSchema *section) {
    fprintf(stream, "\n### `[%s]`\n\n%s\n", section->name, section->help);
    if (strcmp(section->side, "both") != 0 || section->required || section->repeats)
        fprintf(stream, "\n%s%s%s.\n",
                strcmp(section->side, "image") == 0  ? "For image experiments"
                : strcmp(section->side, "text") == 0 ? "For text"
                                                     : "For every experiment",
                section->required ? ", required" : "", section->repeats ? ", may repeat" : "");
    fputs("\n| key | value | default | |\n|---|---|---|---|\n", stream);
    for (const SectionSchema *part = section; part; part = part->also)
        for (const KeySchema *key = part->keys; key->name; key++) print_row(stream, section, part, key);
}

void schema_print_markdown(FILE *stream, const Schema *const *schemas, size_t count) {
    fputs(
        "# The cfg format\n\n"
        "<!-- Written by `latentdream help --markdown` from the tables in src/config; `make check` compares. -->\n\n"
        "Darknet's: `[section]` lines, then `key=value` lines; lines that begin with `#` or `;` are comments. "
        "Sections\n"
        "repeat, and their order counts. Whatever stands behind the `=` is the value: a comment needs a line of its\n"
        "own. `latentdream check FILE` reports every error of a file at once, `latentdream help KEY` prints a piece "
        "of\n"
        "this page, and `--set WHERE.key=value` of `run` and `check` overrides a value in the sections `[WHERE]`, "
        "or,\n"
        "where none of those knows the key, in the section with `name=WHERE` that does.\n\n"
        "Image networks are plain Darknet cfg files, which stock Darknet reads as well; their sections and keys are\n"
        "Darknet's own.\n",
        stream);
    for (size_t i = 0; i < count; i++) {
        fprintf(stream, "\n## %s cfg files\n",
                strcmp(schemas[i]->name, "experiment") == 0 ? "Experiment" : "Text network");
        for (const SectionSchema *const *at = schemas[i]->sections; *at; at++) print_section(stream, *at);
    }
}
