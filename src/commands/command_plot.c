#include "base/progress.h"
#include "base/run.h"
#include "commands/commands.h"
#include "commands/run_print.h"
#include "compute/threads.h"
#include "config/config.h"
#include "report/report.h"

#include <string.h>

static int plot_folder(const char *folder, const Config *config, bool quiet, Error *error) {
    Progress progress;
    Run run = {.threads = threads_available(), .interrupted = &interrupt_flag};
    if (snprintf(run.folder, sizeof run.folder, "%s", folder) >= PATH_LIMIT)
        return error_set(error, "%.60s...: path too long", folder);
    progress_open(&progress, stderr);
    run.progress = quiet ? NULL : &progress;
    run.seed = (uint64_t)config_integer(config_section(config, "experiment"), "seed");
    int lock = folder_lock(folder, error);
    if (lock < 0) return -1;
    interrupt_catch();
    int result = report_write(config, folder, &run, error);
    folder_unlock(lock);
    if (result == 0) run_print_results(folder);
    return result;
}

int command_plot(int argc, char **argv, Error *error) {
    Arguments arguments;
    arguments_open(&arguments, command_find("plot")->options, argc, argv);
    const char *folder = NULL;
    bool quiet = false;
    int got;
    while ((got = arguments_next(&arguments, error)) > 0) {
        if (arguments.option) {
            quiet = true;
        } else if (folder) {
            error_set(error, "plot: one folder at a time, not also '%.80s'", arguments.value);
            return COMMAND_USAGE;
        } else {
            folder = arguments.value;
        }
    }
    if (got == 0 && !folder) error_set(error, "plot: the folder of a finished run is expected");
    if (got < 0 || !folder) return COMMAND_USAGE;
    char path[PATH_LIMIT];
    Config config;
    if (path_join(path, error, folder, "experiment.cfg") != 0) return -1;
    if (!file_exists(path))
        return error_set(error, "%s: no experiment.cfg there; is it the folder of a run?", folder);
    if (config_open(&config, path, &SCHEMA_EXPERIMENT, NULL, 0, error) != 0) return -1;
    int result = plot_folder(folder, &config, quiet, error);
    config_free(&config);
    return result;
}
