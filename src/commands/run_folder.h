/* run_folder.h: the folder that an experiment's results go to.
 *
 * It is new, or empty, or holds the same experiment (experiment.cfg has the same content, overrides applied). What
 * else it may hold is somebody's work: refused, unless `force`. */
#ifndef LATENT_DREAM_COMMANDS_RUN_FOLDER_H
#define LATENT_DREAM_COMMANDS_RUN_FOLDER_H

#include "config/config.h"

#include <stdbool.h>

typedef struct RunFolder {
    char path[PATH_LIMIT];
    int lock;
    bool same;  // it held this experiment before
} RunFolder;

/* Makes, checks and locks the folder, and writes experiment.cfg. 0, or -1 with nothing in it changed. */
int run_folder_open(RunFolder *folder, const char *path, const Config *config, bool force, Error *error);
void run_folder_close(RunFolder *folder);

#endif
