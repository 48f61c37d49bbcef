/* figures/.made: the files that the program drew in figures/, a name a line. */
#include "base/file.h"
#include "base/memory.h"
#include "report/figures.h"

#include <string.h>
#include <unistd.h>

static const char *const KINDS[] = {"tsv", "png", "pdf"};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS, LIST_LIMIT = 1 << 20 };

/* A figure's file and nothing else: what is read may be anything. */
static bool is_figure(const char *name) {
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name || name[0] == '.' || strchr(name, '/')) return false;
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(dot + 1, KINDS[i]) == 0) return true;
    return false;
}

/* The list of an earlier time; none where it is absent or cannot be read. */
static int list_read(NameList *names, const char *path, Error *error) {
    char *bytes;
    size_t size;
    if (!file_exists(path) || file_read(path, LIST_LIMIT, &bytes, &size, NULL) != 0) return 0;
    int failed = 0;
    for (char *line = bytes, *end; !failed && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = 0;
        if (is_figure(line)) failed = names_add(names, line, error);
    }
    memory_free(bytes);
    return failed;
}

/* What is there of every figure that was drawn, and of those that failed, whose older pictures stay. */
static int list_present(NameList *names, const FigureList *list, const char *folder, Error *error) {
    char name[256];
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < KIND_COUNT; k++) {
            const Figure *figure = &list->items[i];
            if (!figure->drawn && !figure->failed) continue;
            snprintf(name, sizeof name, "%s.%s", figure->name, KINDS[k]);
            if (folder_has(folder, "figures/%s", name) && names_add(names, name, error) != 0) return -1;
        }
    return 0;
}

static int list_write(const NameList *names, const char *path, Error *error) {
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    for (size_t i = 0; i < names->count; i++) fprintf(writer.stream, "%s\n", names->names[i]);
    return file_writer_close(&writer, error);
}

int figures_sweep(const FigureList *list, const char *folder, Error *error) {
    char path[PATH_LIMIT], stale[PATH_LIMIT];
    NameList before = {0}, now = {0};
    int failed = path_join(path, error, folder, "figures/.made");
    if (!failed) failed = list_read(&before, path, error);
    if (!failed) failed = list_present(&now, list, folder, error);
    for (size_t i = 0; !failed && i < before.count; i++)
        if (!names_have(&now, before.names[i]) && path_join(stale, NULL, folder, "figures/%s", before.names[i]) == 0)
            unlink(stale);
    if (!failed) failed = list_write(&now, path, error);
    names_free(&before);
    names_free(&now);
    return failed ? -1 : 0;
}
