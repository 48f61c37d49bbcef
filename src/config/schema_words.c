#include "config/schema_words.h"

#include <math.h>
#include <string.h>

/* Whole numbers in full, others as short as they are exact enough to read. */
static void print_bound(char *text, size_t size, double value) {
    if (value == floor(value) && fabs(value) < 1e16)
        snprintf(text, size, "%.0f", value);
    else
        snprintf(text, size, "%.10g", value);
}

void schema_range(char *text, size_t size, const KeySchema *key) {
    char minimum[40], maximum[40];
    print_bound(minimum, sizeof minimum, key->minimum);
    print_bound(maximum, sizeof maximum, key->maximum);
    bool low = !isinf(key->minimum), high = !isinf(key->maximum);
    text[0] = 0;
    if (key->type != KEY_INTEGER && key->type != KEY_REAL && key->type != KEY_INTEGERS) return;
    if (low && high)
        snprintf(text, size, "within %s..%s", minimum, maximum);
    else if (low)
        snprintf(text, size, "at least %s", minimum);
    else if (high)
        snprintf(text, size, "at most %s", maximum);
}

size_t schema_choices(char *words, size_t size, const char **names, size_t limit, const KeySchema *key) {
    snprintf(words, size, "%s", key->choices);
    size_t count = 0;
    for (char *state, *word = strtok_r(words, "|", &state); word && count < limit; word = strtok_r(NULL, "|", &state))
        names[count++] = word;
    return count;
}

void schema_choice_list(char *text, size_t size, const KeySchema *key) {
    char words[512];
    const char *names[32];
    size_t count = schema_choices(words, sizeof words, names, 32, key), used = 0;
    text[0] = 0;
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 i == 0           ? ""
                                 : i + 1 == count ? " or "
                                                  : ", ",
                                 names[i]);
}

void schema_type(char *text, size_t size, const KeySchema *key) {
    static const char *const TYPES[] = {
        [KEY_INTEGER] = "whole number",
        [KEY_REAL] = "number",
        [KEY_BOOLEAN] = "0 or 1",
        [KEY_TEXT] = "text",
        [KEY_PATH] = "path",
        [KEY_INTEGERS] = "whole numbers such as 0-9,12",
        [KEY_NAMES] = "names divided by commas",
        [KEY_NAME] = "name",
    };
    char range[96];
    schema_range(range, sizeof range, key);
    if (key->type == KEY_CHOICE)
        schema_choice_list(text, size, key);
    else if (key->refers)
        snprintf(text, size, "name%s= of a [%s]", key->type == KEY_NAMES ? "s, divided by commas: each the name" : "",
                 key->refers);
    else
        snprintf(text, size, "%s%s%s", TYPES[key->type], *range ? " " : "", range);
    size_t used = strlen(text);
    if (key->unit && used < size) snprintf(text + used, size - used, ", in %s", key->unit);
}
