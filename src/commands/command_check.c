#include "commands/commands.h"

#include "base/memory.h"
#include "base/share.h"
#include "config/config.h"
#include "image/darknet_network.h"
#include "image/image_experiment.h"
#include "text/text_experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which schema a file is held against, from its first section. NULL: a Darknet network, whose keys are Darknet's. */
static const Schema *schema_for(const Config *config) {
    bool text_network = config_section(config, "embedding") || config_section(config, "transformer");
    bool network = config_section(config, "net") || config_section(config, "network");
    if (config_section(config, "experiment") || !(text_network || network)) return &SCHEMA_EXPERIMENT;
    return text_network ? &SCHEMA_TEXT_NETWORK : NULL;
}

/* What the file's own words cannot show: data, networks and layers that it names. Run on a file that is right so
 * far. */
static int check_files(Config *config, const Schema *schema, ConfigProblems *problems, Error *error) {
    if (schema == &SCHEMA_EXPERIMENT) {
        bool image = strcmp(config_side(config), "image") == 0;
        int found =
            image ? image_experiment_check(config, problems, error) : text_experiment_check(config, problems, error);
        return found < 0 ? -1 : 0;
    }
    if (schema) return 0;
    DarknetNetworkOptions options = {.cfg = config->path, .batch = 1, .threads = 1};
    DarknetNetwork *network = darknet_network_open(&options, error);
    darknet_network_close(network);
    return network ? 0 : -1;
}

typedef struct Place {
    long line;  // 0: of the whole file, or of what it names
    size_t order;
    const char *text;
} Place;

static int place_compare(const void *left, const void *right) {
    const Place *a = left, *b = right;
    if (a->line != b->line) return a->line < b->line ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* From the first line of the file to the last: each problem begins with "PATH:LINE:". */
static void print_problems(const ConfigProblems *problems, const char *path) {
    Place *places = memory_new(problems->count, sizeof *places, "problems", NULL);
    size_t length = strlen(path);
    for (size_t i = 0; i < problems->count; i++) {
        const char *text = problems->lines[i];
        bool placed = strncmp(text, path, length) == 0 && text[length] == ':';
        if (places) places[i] = (Place){placed ? strtol(text + length + 1, NULL, 10) : 0, i, text};
    }
    if (places) qsort(places, problems->count, sizeof *places, place_compare);
    for (size_t i = 0; i < problems->count; i++) printf("%s\n", places ? places[i].text : problems->lines[i]);
    memory_free(places);
}

typedef struct CheckOptions {
    Overrides overrides;
    bool with_files;
} CheckOptions;

/* Prints the problems of one file; how many. */
static size_t check_file(const char *name, const CheckOptions *options) {
    Config config = {.count = 0};
    ConfigProblems problems = {0};
    Error error;
    char path[PATH_LIMIT];
    int result = share_find(path, name, &error);
    if (result == 0) result = config_read_all(&config, path, &problems, &error);
    if (result == 0) {
        const Schema *schema = schema_for(&config);
        config_override_all(&config, schema, options->overrides.items, options->overrides.count, &problems);
        if (schema) config_check(&config, schema, &problems);
        if (problems.count == 0 && options->with_files) result = check_files(&config, schema, &problems, &error);
    }
    print_problems(&problems, config.path);
    if (result != 0) printf("%s\n", error.message);
    size_t count = problems.count + (result != 0);
    if (count == 0) printf("%s: ok\n", path);
    config_problems_free(&problems);
    config_free(&config);
    return count;
}

int command_check(int argc, char **argv, Error *error) {
    Arguments arguments;
    arguments_open(&arguments, command_find("check")->options, argc, argv);
    size_t problems = 0, bad = 0, files = 0;
    CheckOptions options = {.with_files = true};
    const char **paths = memory_new((size_t)argc, sizeof *paths, "arguments", error);
    if (!paths) return -1;
    int got;
    while ((got = arguments_next(&arguments, error)) > 0) {
        if (!arguments.option)
            paths[files++] = arguments.value;
        else if (strcmp(arguments.option, "--set") != 0)
            options.with_files = false;
        else if ((got = overrides_take(&options.overrides, &arguments, error)) < 0)
            break;
    }
    if (got == 0 && files == 0) got = error_set(error, "check: the name of a cfg file is expected");
    for (size_t i = 0; got == 0 && i < files; i++) {
        size_t found = check_file(paths[i], &options);
        problems += found;
        bad += found > 0;
    }
    memory_free(paths);
    if (got < 0) return COMMAND_USAGE;
    if (problems == 0) return 0;
    return error_set(error, "%zu error%s in %zu of %zu file%s", problems, problems == 1 ? "" : "s", bad, files,
                     files == 1 ? "" : "s");
}
