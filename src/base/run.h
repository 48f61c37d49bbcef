/* run.h: what an experiment is told about the run it is in.
 *
 * An experiment's stages ask run_stage_begin / run_stage_end to time themselves, poll `interrupted` at safe points,
 * and keep what --resume needs under FOLDER/work. */
#ifndef LATENT_DREAM_BASE_RUN_H
#define LATENT_DREAM_BASE_RUN_H

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum { RUN_STAGES = 64 };

typedef struct RunStage {
    char name[96];
    double seconds;
    bool reused;  // taken from an earlier run's files
} RunStage;

typedef struct Run {
    char folder[PATH_LIMIT];  // where results go; exists and is locked
    uint64_t seed;
    int threads;                               // at least 1
    bool resume;                               // finished stages and checkpoints under work/ may be used again
    Progress *progress;                        // NULL: silent
    const volatile sig_atomic_t *interrupted;  // NULL: never
    RunStage stages[RUN_STAGES];
    int stage_count;
    double stage_started;
} Run;

void run_stage_begin(Run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void run_stage_end(Run *run, bool reused);

/* Nonzero once Ctrl-C was pressed: sets `error` to what to do next ("stopped; --resume goes on"). */
int run_check_interrupt(const Run *run, Error *error);

#endif
