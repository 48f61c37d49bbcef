#include "base/progress.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_open(Progress *progress, FILE *stream) {
    memset(progress, 0, sizeof *progress);
    progress->stream = stream;
    progress->terminal = isatty(fileno(stream)) != 0;
}

void progress_start(Progress *progress, long total, const char *format, ...) {
    if (!progress) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(progress->label, sizeof progress->label, format, arguments);
    va_end(arguments);
    progress->total = total;
    progress->begun = false;
    progress->started = progress->last_drawn = clock_seconds();
}

static void write_duration(char *text, size_t size, double seconds) {
    if (seconds < 100)
        snprintf(text, size, "%.0f s", seconds);
    else if (seconds < 5400)
        snprintf(text, size, "%.0f min", seconds / 60);
    else
        snprintf(text, size, "%.1f h", seconds / 3600);
}

void progress_update(Progress *progress, long done, const char *format, ...) {
    if (!progress) return;
    double now = clock_seconds();
    if (!progress->begun) {
        progress->begun = true;
        progress->first = done;
        progress->started = now;
    }
    if (now - progress->last_drawn < (progress->terminal ? 0.1 : 10.0)) return;
    progress->last_drawn = now;
    char behind[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(behind, sizeof behind, format, arguments);
    va_end(arguments);
    char left[32] = "?";
    long advanced = done - progress->first;
    if (advanced > 0)
        write_duration(left, sizeof left,
                       (now - progress->started) / (double)advanced * (double)(progress->total - done));
    double share = progress->total > 0 ? (double)done / (double)progress->total : 0;
    fprintf(progress->stream, "%s%s: %.0f%%, %ld of %ld, %s left, %s%s", progress->terminal ? "\r\033[K" : "",
            progress->label, 100 * share, done, progress->total, left, behind, progress->terminal ? "" : "\n");
    fflush(progress->stream);
}

void progress_finish(Progress *progress, const char *format, ...) {
    if (!progress) return;
    char behind[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(behind, sizeof behind, format, arguments);
    va_end(arguments);
    fprintf(progress->stream, "%s%s: %.1f s%s%s\n", progress->terminal ? "\r\033[K" : "", progress->label,
            clock_seconds() - progress->started, behind[0] ? ", " : "", behind);
    fflush(progress->stream);
}

void progress_say(Progress *progress, const char *format, ...) {
    if (!progress) return;
    va_list arguments;
    va_start(arguments, format);
    if (progress->terminal) fputs("\r\033[K", progress->stream);
    vfprintf(progress->stream, format, arguments);
    fputc('\n', progress->stream);
    va_end(arguments);
    fflush(progress->stream);
}
