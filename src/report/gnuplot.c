#define _GNU_SOURCE

#include "report/gnuplot.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/share.h"
#include "text/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const size_t PDF_LIMIT = 64u << 20;

/* Starts gnuplot with stdin and stdout at /dev/null and stderr in a pipe, whose reading end is returned. */
static int gnuplot_start(char *const *argv, pid_t *child, Error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return error_set(error, "gnuplot: cannot make a pipe: %s", strerror(errno));
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (!failed) {
        failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) ||
                 posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) ||
                 posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
        if (!failed) failed = posix_spawnp(child, "gnuplot", &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (!failed) return ends[0];
    close(ends[0]);
    if (failed == ENOENT || failed == EACCES)
        return error_set(error,
                         "gnuplot: not found, so no figures are drawn; install it: apt-get install gnuplot-nox");
    return error_set(error, "gnuplot: cannot start: %s", strerror(failed));
}

/* What the child says on stderr, as one line; the rest of a long complaint is read and dropped. */
static void complaint_read(int descriptor, char *complaint, size_t size) {
    char buffer[1024];
    size_t used = 0;
    for (;;) {
        ssize_t got = read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        for (ssize_t i = 0; i < got && used + 1 < size; i++) {
            char byte = (unsigned char)buffer[i] < 32 ? ' ' : buffer[i];
            if (byte != ' ' || (used > 0 && complaint[used - 1] != ' ')) complaint[used++] = byte;
        }
    }
    while (used > 0 && complaint[used - 1] == ' ') used--;
    complaint[used] = 0;
}

static int gnuplot_run(char *const *argv, const char *script, Error *error) {
    pid_t child;
    int descriptor = gnuplot_start(argv, &child, error);
    if (descriptor < 0) return -1;
    char complaint[600];
    complaint_read(descriptor, complaint, sizeof complaint);
    close(descriptor);
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return error_set(error, "%s: lost sight of gnuplot: %s", script, strerror(errno));
    if (WIFSIGNALED(status)) return error_set(error, "%s: gnuplot died of signal %d", script, WTERMSIG(status));
    if (WEXITSTATUS(status) == 127)
        return error_set(error,
                         "gnuplot: not found, so no figures are drawn; install it: apt-get install gnuplot-nox");
    if (WEXITSTATUS(status) != 0)
        return error_set(error, "%s: gnuplot failed: %s", script, *complaint ? complaint : "no reason given");
    return 0;
}

/* Overwrites the 14 digits of a PDF's dates in place, so that its length and its cross-references stay as they are.
 */
static int pdf_date_clear(const char *path, Error *error) {
    static const char mark[] = "Date (D:";
    char *bytes;
    size_t size;
    if (file_read(path, PDF_LIMIT, &bytes, &size, error) != 0) return -1;
    for (char *at = bytes; (at = memmem(at, size - (size_t)(at - bytes), mark, strlen(mark))) != NULL;) {
        at += strlen(mark);
        if ((size_t)(at - bytes) + 14 > size || strspn(at, "0123456789") < 14) continue;
        memcpy(at, "19700101000000", 14);
    }
    int result = file_write(path, bytes, size, error);
    memory_free(bytes);
    return result;
}

/* gnuplot starts a program for a file name that begins with '<' or '|', and looks up one that begins with '~'. */
static int path_plain(char *plain, const char *path, Error *error) {
    const char *prefix = *path && strchr("<|~+-", *path) ? "./" : "";
    if (snprintf(plain, PATH_LIMIT, "%s%s", prefix, path) < PATH_LIMIT) return 0;
    return error_set(error, "%.60s...: path too long", path);
}

static int figure_draw(const char *kind, const char *terminal, const char *out, const char *const *arguments,
                       Error *error) {
    char script[PATH_LIMIT], beside[PATH_LIMIT], table[PATH_LIMIT], drawing[PATH_LIMIT], name[256];
    snprintf(name, sizeof name, "plots/%s.gp", kind);
    if (share_find(script, name, error) != 0) return -1;
    if (snprintf(beside, sizeof beside, "%s.part", out) >= PATH_LIMIT)
        return error_set(error, "%.60s...: path too long", out);
    if (path_plain(drawing, beside, error) != 0 || path_plain(table, arguments[0], error) != 0) return -1;
    const char *argv[6 + GNUPLOT_ARGUMENTS + 1] = {"gnuplot", "-d", "-c", script, terminal, drawing, table};
    for (size_t i = 1; i < GNUPLOT_ARGUMENTS && arguments[i]; i++) argv[6 + i] = arguments[i];
    int failed = gnuplot_run((char *const *)argv, name, error);
    if (!failed && !file_exists(beside)) failed = error_set(error, "%s: gnuplot drew nothing", name);
    if (!failed && strcmp(terminal, "pdf") == 0) failed = pdf_date_clear(beside, error);
    if (!failed && rename(beside, out) != 0) failed = error_set(error, "%s: cannot write: %s", out, strerror(errno));
    if (failed) unlink(beside);
    return failed ? -1 : 0;
}

int gnuplot_draw(const char *kind, const char *folder, const char *name, const char *const *arguments, Error *error) {
    static const char *const TERMINALS[] = {"png", "pdf"};
    for (size_t i = 0; i < 2; i++) {
        char out[PATH_LIMIT];
        if (path_join(out, error, folder, "%s.%s", name, TERMINALS[i]) != 0) return -1;
        if (figure_draw(kind, TERMINALS[i], out, arguments, error) != 0) return -1;
    }
    return 0;
}

void gnuplot_label(char *label, size_t size, const char *text) {
    size_t used = 0, left = strlen(text);
    while (left > 0 && used + 8 < size) {
        unsigned char byte = (unsigned char)*text;
        size_t length = utf8_character_size(text, left);
        if (length == 0 || byte < 32 || byte == 127) {
            used += (size_t)snprintf(label + used, size - used, "\\x%02x", byte);
            length = 1;
        } else if (byte == '"') {
            used += (size_t)snprintf(label + used, size - used, "”");
        } else {
            memcpy(label + used, text, length);
            used += length;
        }
        text += length;
        left -= length;
    }
    label[used] = 0;
}
