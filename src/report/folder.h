/* folder.h: which files a run's folder has. */
#ifndef LATENT_DREAM_REPORT_FOLDER_H
#define LATENT_DREAM_REPORT_FOLDER_H

#include "base/error.h"
#include "base/tsv.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

/* Names in order, each once. */
typedef struct NameList {
    char **names;
    size_t count, capacity;
} NameList;

int names_add(NameList *list, const char *name, Error *error);
bool names_have(const NameList *list, const char *name);
void names_free(NameList *list);

/* The files FOLDER/SUB/PREFIX*SUFFIX in alphabetical order, without prefix and suffix; none where the folder does
 * not exist. */
int folder_list(NameList *list, const char *folder, const char *sub, const char *prefix, const char *suffix,
                Error *error);

/* The arms of a run: those of the experiment's [dream] sections that left files, then others that left files (a
 * sweep's), in the order of summary.tsv. */
int folder_arms(NameList *arms, const Config *config, const char *folder, Error *error);

bool folder_has(const char *folder, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* tsv_table_read of FOLDER/NAME; an absent file is a table without columns and no error. */
int folder_table(TsvTable *table, const char *folder, const char *name, Error *error);

#endif
