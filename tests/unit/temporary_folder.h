/* temporary_folder.h: a folder of the test's own, made before its first test and removed after its last:
 *
 *     return cmocka_run_group_tests(tests, make_folder, remove_folder);
 */
#ifndef LATENT_DREAM_TESTS_TEMPORARY_FOLDER_H
#define LATENT_DREAM_TESTS_TEMPORARY_FOLDER_H

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/latentdream-test-XXXXXX";

static inline int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
    (void)state;
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* FOLDER/name; the last four stay valid. */
static inline const char *in_folder(const char *name) {
    static char paths[4][PATH_LIMIT];
    static int turn;
    turn = (turn + 1) % 4;
    path_join(paths[turn], NULL, folder, "%s", name);
    return paths[turn];
}

#endif
