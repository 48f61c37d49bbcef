#include "base/share.h"

#include "base/file.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program. */
static int program_folder(char *folder) {
    char program[PATH_LIMIT];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return -1;
    program[length] = 0;
    snprintf(folder, PATH_LIMIT, "%s", dirname(program));
    return 0;
}

static int found_under(char *path, const char *folder, const char *name) {
    return path_join(path, NULL, folder, "%s", name) == 0 && file_exists(path);
}

int share_find(char *path, const char *name, Error *error) {
    if (strlen(name) >= PATH_LIMIT) return error_set(error, "%.60s...: path too long", name);
    if (name[0] == '/' || file_exists(name)) {
        strcpy(path, name);
        if (file_exists(name)) return 0;
        return error_set(error, "%s: no such file", name);
    }
    const char *environment = getenv("LATENTDREAM_SHARE");
    if (environment && found_under(path, environment, name)) return 0;
    char folder[PATH_LIMIT], base[PATH_LIMIT];
    if (program_folder(folder) == 0) {
        static const char *const BESIDE[] = {"..", "../share/latentdream"};
        for (size_t i = 0; i < sizeof BESIDE / sizeof *BESIDE; i++)
            if (path_join(base, NULL, folder, "%s", BESIDE[i]) == 0 && found_under(path, base, name)) return 0;
    }
    return error_set(
        error, "%s: no such file, neither here nor beside the program; LATENTDREAM_SHARE can name its folder", name);
}
