/* value.h: the text behind `key=` as a number, a flag or a list. Each returns 0, or -1 when the text is not one. */
#ifndef LATENT_DREAM_CONFIG_VALUE_H
#define LATENT_DREAM_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

/* Decimal digits with a sign, and nothing else. */
int value_integer(const char *text, long *value);
/* A decimal number as strtod reads it; "inf" and "-inf" too, but neither NaN nor hexadecimal. */
int value_real(const char *text, double *value);
/* "0" or "1". */
int value_boolean(const char *text, bool *value);

/* The next piece of "0-9,12" as first..last, from *cursor, which then stands behind it. 1: one was read; 0: the text
 * is over; -1: it is no list (or not in the form FIRST-LAST with FIRST <= LAST). */
int value_range_next(const char **cursor, long *first, long *last);

/* The i-th of the names that commas divide, trimmed, as a piece of `text`. False past the end. An empty text has no
 * names; "a,,b" has an empty one. */
bool value_name_at(const char *text, size_t i, const char **name, size_t *length);

#endif
