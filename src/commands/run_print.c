#include "commands/run_print.h"

#include "base/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int is_png(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".png") == 0;
}

void run_print_results(const char *folder) {
    char figures[PATH_LIMIT];
    printf("report   %s/report.html\n", folder);
    if (path_join(figures, NULL, folder, "figures") != 0) return;
    struct dirent **entries;
    int count = scandir(figures, &entries, is_png, alphasort);
    for (int i = 0; i < count; i++) {
        printf("figure   %s/%s\n", figures, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
}
