/* bench.h: what the benchmark programs share: the median of a few timings, and one line of output a figure,
 *
 *     NAME <tab> VALUE <tab> UNIT
 *
 * which tests/bench/run.sh collects. A figure of a peer has the same name with the peer in parentheses behind it.
 *
 * On a machine that is busy with other work, THREADS=1 BENCH_CLOCK=cpu times the processor's work for this process
 * alone, here and in bench_peers.py. */
#ifndef LATENT_DREAM_TESTS_BENCH_H
#define LATENT_DREAM_TESTS_BENCH_H

#include "base/error.h"
#include "base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BENCH_TIMINGS = 32 };

static inline void bench_print(const char *name, double value, const char *unit) {
    printf("%s\t%.4g\t%s\n", name, value, unit);
    fflush(stdout);
}

static inline double bench_seconds(void) {
    const char *wish = getenv("BENCH_CLOCK");
    if (!wish || strcmp(wish, "cpu") != 0) return clock_seconds();
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

static inline int bench_compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Median seconds of `work`, `times` times (at most BENCH_TIMINGS) after one that does not count; negative when it
 * fails. */
static inline double bench_median(int (*work)(void *context, Error *error), void *context, int times, Error *error) {
    double seconds[BENCH_TIMINGS];
    for (int i = -1; i < times; i++) {
        double started = bench_seconds();
        if (work(context, error) != 0) return -1;
        if (i >= 0) seconds[i] = bench_seconds() - started;
    }
    qsort(seconds, (size_t)times, sizeof seconds[0], bench_compare);
    return seconds[times / 2];
}

/* The most memory this process has held, in bytes: VmHWM, which, unlike getrusage's maximum, forgets what the process
 * was before exec. */
static inline double bench_peak_memory(void) {
    FILE *stream = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;
    while (stream && fgets(line, sizeof line, stream))
        if (strncmp(line, "VmHWM:", 6) == 0) kilobytes = strtod(line + 6, NULL);
    if (stream) fclose(stream);
    return kilobytes * 1024;
}

/* Whether a part was asked for: all of them without arguments, else those named in argv. */
static inline int bench_wanted(int argc, char **argv, const char *part) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], part) == 0) return 1;
    return argc < 2;
}

#endif
