#include "config/schema.h"
#include "config/schema_words.h"

#include <string.h>

/* Words in lines of at most `width` characters, each after `indent` blanks. */
static void print_wrapped(FILE *stream, const char *text, int indent, int width) {
    int column = 0;
    while (*text) {
        int word = (int)strcspn(text, " ");
        if (column && column + 1 + word > width) {
            fputc('\n', stream);
            column = 0;
        }
        if (column == 0)
            column = fprintf(stream, "%*s", indent, "");
        else
            column += fprintf(stream, " ");
        column += fprintf(stream, "%.*s", word, text);
        text += word + (text[word] == ' ');
    }
    fputc('\n', stream);
}

static const char *side_words(const char *side) {
    if (strcmp(side, "image") == 0) return "image experiments";
    return strcmp(side, "text") == 0 ? "text experiments" : "every experiment";
}

static void print_key(FILE *stream, const SectionSchema *section, const SectionSchema *part, const KeySchema *key) {
    char type[640];
    schema_type(type, sizeof type, key);
    bool one_side = strcmp(part->side, section->side) != 0;
    fprintf(stream, "  %s=%s\n", key->name, key->fallback ? key->fallback : "");
    fprintf(stream, "      %s%s%s%s\n", type,
            key->required   ? "; required"
            : key->fallback ? "; default as shown"
                            : "; may be absent",
            one_side ? "; for " : "", one_side ? side_words(part->side) : "");
    print_wrapped(stream, key->help, 6, 98);
}

static void print_section(FILE *stream, const SectionSchema *section) {
    fprintf(stream, "[%s]  %s%s%s\n", section->name, side_words(section->side), section->required ? ", required" : "",
            section->repeats ? ", may repeat" : "");
    print_wrapped(stream, section->help, 2, 98);
    fputc('\n', stream);
    for (const SectionSchema *part = section; part; part = part->also)
        for (const KeySchema *key = part->keys; key->name; key++) print_key(stream, section, part, key);
}

/* The key `topic` in each section that has it. */
static void print_keys_named(FILE *stream, const Schema *schema, const char *topic, bool found) {
    for (const SectionSchema *const *at = schema->sections; *at; at++) {
        bool headed = false;
        for (const SectionSchema *part = *at; part; part = part->also) {
            for (const KeySchema *key = part->keys; key->name; key++) {
                if (strcmp(key->name, topic) != 0) continue;
                if (!headed) fprintf(stream, "%s[%s]\n", found ? "\n" : "", (*at)->name);
                headed = found = true;
                print_key(stream, *at, part, key);
            }
        }
    }
}

/* "[dream]" as well as "dream". */
static void topic_name(char *name, size_t size, const char *topic) {
    size_t length = strlen(topic);
    bool bracketed = length > 2 && topic[0] == '[' && topic[length - 1] == ']';
    snprintf(name, size, "%.*s", bracketed ? (int)length - 2 : (int)length, topic + bracketed);
}

bool schema_knows(const Schema *schema, const char *topic, const char **nearest) {
    const char *names[512] = {NULL};
    size_t count = 0;
    char wanted[64];
    topic_name(wanted, sizeof wanted, topic);
    if (nearest) *nearest = NULL;
    for (const SectionSchema *const *at = schema->sections; *at; at++) {
        if (count < 512) names[count++] = (*at)->name;
        for (const SectionSchema *part = *at; part; part = part->also)
            for (const KeySchema *key = part->keys; key->name && count < 512; key++) names[count++] = key->name;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], wanted) == 0) return true;
    if (nearest) *nearest = name_nearest(wanted, names, count);
    return false;
}

int schema_print(FILE *stream, const Schema *schema, const char *topic, const char **nearest) {
    if (!topic) {
        if (nearest) *nearest = NULL;
        for (const SectionSchema *const *at = schema->sections; *at; at++) {
            if (at != schema->sections) fputc('\n', stream);
            print_section(stream, *at);
        }
        return 0;
    }
    if (!schema_knows(schema, topic, nearest)) return -1;
    char name[64];
    topic_name(name, sizeof name, topic);
    const SectionSchema *section = schema_section(schema, name);
    if (section) print_section(stream, section);
    print_keys_named(stream, schema, name, section != NULL);
    return 0;
}
