#include "report/folder.h"

#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool names_have(const NameList *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0) return true;
    return false;
}

int names_add(NameList *list, const char *name, Error *error) {
    if (names_have(list, name)) return 0;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        char **grown =
            memory_grow(list->names, list->capacity * sizeof *grown, capacity, sizeof *grown, "list of files", error);
        if (!grown) return -1;
        list->names = grown;
        list->capacity = capacity;
    }
    list->names[list->count] = memory_text(name, error);
    if (!list->names[list->count]) return -1;
    list->count++;
    return 0;
}

void names_free(NameList *list) {
    for (size_t i = 0; i < list->count; i++) memory_free(list->names[i]);
    memory_free(list->names);
    *list = (NameList){0};
}

/* "name" of PREFIXnameSUFFIX into name[PATH_LIMIT]; false for another file. */
static bool name_between(char *name, const char *file, const char *prefix, const char *suffix) {
    size_t length = strlen(file), before = strlen(prefix), after = strlen(suffix);
    if (length <= before + after || length >= PATH_LIMIT) return false;
    if (file[0] == '.' || strncmp(file, prefix, before) != 0) return false;
    if (strcmp(file + length - after, suffix) != 0) return false;
    memcpy(name, file + before, length - before - after);
    name[length - before - after] = 0;
    return true;
}

int folder_list(NameList *list, const char *folder, const char *sub, const char *prefix, const char *suffix,
                Error *error) {
    char path[PATH_LIMIT], name[PATH_LIMIT];
    if (path_join(path, error, folder, "%s", sub) != 0) return -1;
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    int failed = 0;
    for (int i = 0; i < count; i++) {
        if (!failed && name_between(name, entries[i]->d_name, prefix, suffix)) failed = names_add(list, name, error);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    return failed;
}

bool folder_has(const char *folder, const char *format, ...) {
    char name[PATH_LIMIT], path[PATH_LIMIT];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= PATH_LIMIT) return false;
    return path_join(path, NULL, folder, "%s", name) == 0 && file_exists(path);
}

int folder_table(TsvTable *table, const char *folder, const char *name, Error *error) {
    char path[PATH_LIMIT];
    *table = (TsvTable){0};
    if (path_join(path, error, folder, "%s", name) != 0) return -1;
    return file_exists(path) ? tsv_table_read(table, path, error) : 0;
}

static bool arm_left_files(const char *folder, const char *arm) {
    return folder_has(folder, "curves/%s.tsv", arm) || folder_has(folder, "images/%s-dream.png", arm) ||
           folder_has(folder, "sentences/%s.jsonl", arm);
}

static int arms_of_summary(NameList *arms, const char *folder, Error *error) {
    TsvTable table;
    if (folder_table(&table, folder, "summary.tsv", NULL) != 0) return 0;
    int column = tsv_table_column(&table, "arm"), failed = 0;
    for (size_t row = 0; column >= 0 && row < table.rows && !failed; row++) {
        const char *arm = tsv_table_text(&table, row, (size_t)column);
        if (!strchr(arm, '/')) failed = names_add(arms, arm, error);
    }
    tsv_table_free(&table);
    return failed;
}

int folder_arms(NameList *arms, const Config *config, const char *folder, Error *error) {
    const ConfigSection *dream = NULL;
    while (config && (dream = config_next(config, dream, "dream")) != NULL) {
        const char *name = config_text(dream, "name");
        if (name && !strchr(name, '/') && arm_left_files(folder, name) && names_add(arms, name, error) != 0)
            return -1;
    }
    if (arms_of_summary(arms, folder, error) != 0) return -1;
    if (folder_list(arms, folder, "images", "", "-dream.png", error) != 0) return -1;
    if (folder_list(arms, folder, "sentences", "", ".jsonl", error) != 0) return -1;
    NameList curves = {0};
    int failed = folder_list(&curves, folder, "curves", "", ".tsv", error);
    for (size_t i = 0; i < curves.count && !failed; i++)
        if (strncmp(curves.names[i], "train-", 6) != 0) failed = names_add(arms, curves.names[i], error);
    names_free(&curves);
    return failed;
}
