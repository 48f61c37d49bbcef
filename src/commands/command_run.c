#include "base/progress.h"
#include "base/run.h"
#include "base/share.h"
#include "commands/commands.h"
#include "commands/run_folder.h"
#include "commands/run_print.h"
#include "commands/run_record.h"
#include "compute/threads.h"
#include "config/config.h"
#include "image/image_experiment.h"
#include "report/report.h"
#include "text/text_experiment.h"

#include <string.h>

typedef struct RunOptions {
    const char *file, *out;
    Overrides overrides;
    long threads;  // 0: the cfg's
    bool resume, force, quiet;
} RunOptions;

static int take_option(RunOptions *options, const Arguments *arguments, Error *error) {
    const char *option = arguments->option;
    if (!option) {
        if (options->file) return error_set(error, "run: one cfg file at a time, not also '%.80s'", arguments->value);
        options->file = arguments->value;
    } else if (strcmp(option, "--out") == 0) {
        options->out = arguments->value;
        if (!*options->out) return error_set(error, "run: --out needs the name of a folder");
    } else if (strcmp(option, "--set") == 0) {
        return overrides_take(&options->overrides, arguments, error);
    } else if (strcmp(option, "--threads") == 0) {
        return arguments_integer(arguments, 1, 1024, &options->threads, error);
    } else {
        options->resume = options->resume || strcmp(option, "--resume") == 0;
        options->force = options->force || strcmp(option, "--force") == 0;
        options->quiet = options->quiet || strcmp(option, "--quiet") == 0;
    }
    return 0;
}

static int read_options(RunOptions *options, int argc, char **argv, Error *error) {
    Arguments arguments;
    arguments_open(&arguments, command_find("run")->options, argc, argv);
    int got;
    while ((got = arguments_next(&arguments, error)) > 0)
        if (take_option(options, &arguments, error) != 0) return -1;
    if (got == 0 && !options->file) return error_set(error, "run: the name of a cfg file is expected");
    return got;
}

static void start_run(Run *run, const RunOptions *options, const Config *config, Progress *progress) {
    const ConfigSection *experiment = config_section(config, "experiment");
    run->seed = (uint64_t)config_integer(experiment, "seed");
    run->threads = (int)(options->threads ? options->threads : config_integer(experiment, "threads"));
    if (run->threads == 0) run->threads = threads_available();
    threads_set(run->threads);
    run->resume = options->resume;
    run->progress = options->quiet ? NULL : progress;
    run->interrupted = &interrupt_flag;
    interrupt_catch();
}

static int run_in_folder(const Config *config, Run *run, int argc, char **argv, Error *error) {
    double began = clock_seconds();
    bool image = strcmp(config_side(config), "image") == 0;
    int result = image ? image_experiment_run(config, run, error) : text_experiment_run(config, run, error);
    if (result != 0) return -1;
    if (run_record_write(config, run, clock_seconds() - began, argc, argv, error) != 0) return -1;
    if (report_write(config, run->folder, run, error) != 0) return -1;
    run_print_results(run->folder);
    return 0;
}

static int run_config(const Config *config, const RunOptions *options, int argc, char **argv, Error *error) {
    char path[PATH_LIMIT];
    RunFolder folder;
    Progress progress;
    Run run = {.stage_count = 0};
    const char *name = config_text(config_section(config, "experiment"), "name");
    if (!options->out && path_join(path, error, "results", "%s", name) != 0) return -1;
    if (run_folder_open(&folder, options->out ? options->out : path, config, options->force, error) != 0) return -1;
    memcpy(run.folder, folder.path, sizeof run.folder);
    progress_open(&progress, stderr);
    start_run(&run, options, config, &progress);
    int result = run_in_folder(config, &run, argc, argv, error);
    run_folder_close(&folder);
    return result;
}

int command_run(int argc, char **argv, Error *error) {
    RunOptions options = {.file = NULL};
    if (read_options(&options, argc, argv, error) != 0) return COMMAND_USAGE;
    char path[PATH_LIMIT];
    Config config;
    if (share_find(path, options.file, error) != 0) return -1;
    if (config_open(&config, path, &SCHEMA_EXPERIMENT, options.overrides.items, options.overrides.count, error) != 0)
        return -1;
    int result = run_config(&config, &options, argc, argv, error);
    config_free(&config);
    return result;
}
