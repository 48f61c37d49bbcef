#include "commands/run_folder.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum Holds { HOLDS_NOTHING, HOLDS_SAME, HOLDS_ANOTHER, HOLDS_FILES } Holds;

/* Anything but what a run that stopped at its very beginning may have left? */
static bool has_foreign_files(const char *path) {
    DIR *stream = opendir(path);
    if (!stream) return false;
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(stream));)
        found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                strcmp(entry->d_name, ".lock") != 0 && strcmp(entry->d_name, "experiment.cfg.part") != 0;
    closedir(stream);
    return found;
}

static int compare_config(const char *name, const Config *config, Holds *holds, Error *error) {
    char *old = NULL, *new = NULL;
    size_t old_size, new_size;
    *holds = HOLDS_ANOTHER;
    if (file_read(name, CONFIG_SIZE_LIMIT * 2, &old, &old_size, error) != 0) return -1;
    int result = config_render(config, &new, &new_size, error);
    if (result == 0 && old_size == new_size && memcmp(old, new, old_size) == 0) *holds = HOLDS_SAME;
    memory_free(old);
    memory_free(new);
    return result;
}

static int folder_holds(const char *path, const Config *config, Holds *holds, Error *error) {
    char name[PATH_LIMIT];
    *holds = HOLDS_NOTHING;
    if (path_join(name, error, path, "experiment.cfg") != 0) return -1;
    if (file_exists(name)) return compare_config(name, config, holds, error);
    if (has_foreign_files(path)) *holds = HOLDS_FILES;
    return 0;
}

static int refuse(const char *path, Holds holds, Error *error) {
    if (holds == HOLDS_ANOTHER)
        return error_set(error,
                         "%s: holds the results of another experiment (its experiment.cfg differs); choose another "
                         "--out, or --force to write over it",
                         path);
    return error_set(
        error, "%s: holds files, but no experiment.cfg; choose another --out, or --force to write into it", path);
}

/* The report of the other experiment must not be taken for this one's while this one runs. */
static void remove_report(const char *path) {
    static const char *const NAMES[] = {"report.html", "run.json", "summary.tsv", "targets.tsv", "sweep.tsv"};
    char name[PATH_LIMIT];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (path_join(name, NULL, path, "%s", NAMES[i]) == 0) unlink(name);
}

static int claim(RunFolder *folder, const Config *config, bool force, Error *error) {
    Holds holds;
    char name[PATH_LIMIT];
    if (folder_holds(folder->path, config, &holds, error) != 0) return -1;
    if (holds >= HOLDS_ANOTHER && !force) return refuse(folder->path, holds, error);
    folder->same = holds == HOLDS_SAME;
    if (path_join(name, error, folder->path, "experiment.cfg") != 0) return -1;
    if (folder->same) return 0;
    if (config_write(config, name, error) != 0) return -1;
    if (holds == HOLDS_ANOTHER) remove_report(folder->path);
    return 0;
}

int run_folder_open(RunFolder *folder, const char *path, const Config *config, bool force, Error *error) {
    Holds holds;
    folder->lock = -1;
    if (snprintf(folder->path, sizeof folder->path, "%s", path) >= PATH_LIMIT)
        return error_set(error, "%.60s...: path too long", path);
    // Looked at before the lock file is made, so that a refused folder stays as it was, and again under the lock.
    if (folder_holds(path, config, &holds, error) != 0) return -1;
    if (holds >= HOLDS_ANOTHER && !force) return refuse(path, holds, error);
    if (folder_make(path, error) != 0) return -1;
    folder->lock = folder_lock(path, error);
    if (folder->lock < 0) return -1;
    if (claim(folder, config, force, error) == 0) return 0;
    run_folder_close(folder);
    return -1;
}

void run_folder_close(RunFolder *folder) {
    folder_unlock(folder->lock);
    folder->lock = -1;
}
