/* measures.h: what a column of summary.tsv, targets.tsv, sweep.tsv, training.tsv or a sentence's JSON is called for
 * people. */
#ifndef LATENT_DREAM_REPORT_MEASURES_H
#define LATENT_DREAM_REPORT_MEASURES_H

#include <stddef.h>

typedef struct Measure {
    const char *column;       // as in the table
    const char *title;        // a few words
    const char *unit;         // NULL: a plain number
    const char *explanation;  // one sentence
    int better;               // 1: more is better, -1: less is, 0: neither
} Measure;

/* The measure of that column, or NULL. */
const Measure *measure_find(const char *column);

/* Its title, or the column's name with spaces for underscores, into title[size]; with the unit in parentheses where
 * `unit` is nonzero. Returns title. */
const char *measure_title(char *title, size_t size, const char *column, int unit);

#endif
