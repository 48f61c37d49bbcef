#include "config/value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int value_integer(const char *text, long *value) {
    const char *digits = text + (*text == '-' || *text == '+');
    if (!isdigit((unsigned char)*digits)) return -1;
    char *end;
    errno = 0;
    *value = strtol(text, &end, 10);
    return *end || errno ? -1 : 0;
}

int value_real(const char *text, double *value) {
    if (!*text || isspace((unsigned char)*text) || strpbrk(text, "xXpP")) return -1;
    char *end;
    *value = strtod(text, &end);
    return *end || isnan(*value) ? -1 : 0;
}

int value_boolean(const char *text, bool *value) {
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0) return -1;
    *value = text[0] == '1';
    return 0;
}

static const char *skip_blanks(const char *text) { return text + strspn(text, " \t"); }

/* Decimal digits at *cursor, which moves behind them and any blanks. */
static int read_number(const char **cursor, long *value) {
    const char *text = skip_blanks(*cursor);
    if (!isdigit((unsigned char)*text)) return -1;
    char *end;
    errno = 0;
    *value = strtol(text, &end, 10);
    *cursor = skip_blanks(end);
    return errno ? -1 : 0;
}

int value_range_next(const char **cursor, long *first, long *last) {
    if (!**cursor) return 0;
    if (read_number(cursor, first) != 0) return -1;
    *last = *first;
    if (**cursor == '-') {
        ++*cursor;
        if (read_number(cursor, last) != 0 || *last < *first) return -1;
    }
    if (!**cursor) return 1;
    if (**cursor != ',' || !*skip_blanks(*cursor + 1)) return -1;
    ++*cursor;
    return 1;
}

bool value_name_at(const char *text, size_t i, const char **name, size_t *length) {
    if (!*skip_blanks(text)) return false;
    while (i--) {
        text = strchr(text, ',');
        if (!text) return false;
        text++;
    }
    *name = skip_blanks(text);
    *length = strcspn(*name, ",");
    while (*length && ((*name)[*length - 1] == ' ' || (*name)[*length - 1] == '\t')) --*length;
    return true;
}
