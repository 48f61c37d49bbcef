#include "commands/commands.h"
#include "commands/version.h"

#include <stdio.h>

int command_version(int argc, char **argv, Error *error) {
    Arguments arguments;
    arguments_open(&arguments, NULL, argc, argv);
    int got = arguments_next(&arguments, error);
    if (got > 0) error_set(error, "version: '%.60s' is not expected", arguments.value);
    if (got != 0) return COMMAND_USAGE;
    Library libraries[8];
    size_t count = library_versions(libraries, 8);
    printf("latentdream %s\n", LATENT_DREAM_VERSION);
    for (size_t i = 0; i < count; i++) printf("  %-8s %s\n", libraries[i].name, libraries[i].version);
    return 0;
}
