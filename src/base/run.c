#include "base/run.h"

#include <stdarg.h>

void run_stage_begin(Run *run, const char *format, ...) {
    if (run->stage_count < RUN_STAGES) {
        RunStage *stage = &run->stages[run->stage_count];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(stage->name, sizeof stage->name, format, arguments);
        va_end(arguments);
    }
    run->stage_started = clock_seconds();
}

void run_stage_end(Run *run, bool reused) {
    if (run->stage_count == RUN_STAGES) return;
    RunStage *stage = &run->stages[run->stage_count++];
    stage->seconds = clock_seconds() - run->stage_started;
    stage->reused = reused;
}

int run_check_interrupt(const Run *run, Error *error) {
    if (!run->interrupted || !*run->interrupted) return 0;
    return error_set(error, "stopped; the same command with --resume goes on from here");
}
