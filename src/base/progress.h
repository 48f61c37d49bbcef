/* progress.h: how far a long stage is, for people.
 *
 * On a terminal one line is redrawn; elsewhere a plain line appears every ten seconds. main makes the one
 * Progress and hands it down; NULL is silent. */
#ifndef LATENT_DREAM_BASE_PROGRESS_H
#define LATENT_DREAM_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

typedef struct Progress {
    FILE *stream;
    bool terminal;
    char label[96];
    long total;
    long first;      // `done` of the first update: a resumed stage does not count it into its rate
    double started;  // seconds, clock_seconds
    double last_drawn;
    bool begun;
} Progress;

void progress_open(Progress *progress, FILE *stream);

/* A stage of `total` steps begins. */
void progress_start(Progress *progress, long total, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* `done` steps of the stage are done; the formatted text ("loss 0.0123") stands behind the bar. Cheap: draws at
 * most ten times a second. */
void progress_update(Progress *progress, long done, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The stage is over: leaves one line with its time and the formatted text. */
void progress_finish(Progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line between stages. */
void progress_say(Progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Monotonic seconds. */
double clock_seconds(void);

#endif
