#include "text/text_experiment.h"

#include "text/language_model.h"
#include "text/text_arm.h"
#include "text/text_results.h"
#include "text/text_stage.h"
#include "text/text_training.h"

#include <string.h>

static int run_arm(const TextStage *stage, const TextArm *arm, TextTables *tables, Error *error) {
    TextArmResult result;
    char path[PATH_LIMIT];
    run_stage_begin(stage->run, "dream %s", arm->name);
    int failed = text_arm_run(stage, arm, &result, error);
    if (!failed) failed = text_results_write_sentences(stage, arm, &result, error);
    if (!failed) failed = path_join(path, error, stage->run->folder, "curves") || folder_make(path, error);
    if (!failed) failed = path_join(path, error, stage->run->folder, "curves/%s.tsv", arm->name);
    if (!failed) failed = trajectory_write_curves(&result.curves, result.hard, path, error);
    if (!failed) text_tables_add(tables, stage, arm, &result);
    if (!failed) run_stage_end(stage->run, result.reused);
    text_arm_close(&result);
    return failed ? -1 : 0;
}

static int run_arms(const TextStage *stage, Error *error) {
    TextTables tables;
    if (text_tables_open(&tables, stage->run->folder, error) != 0) return -1;
    for (int i = 0; i < stage->plan->arm_count; i++)
        if (run_arm(stage, &stage->plan->arms[i], &tables, error) != 0) return text_tables_discard(&tables), -1;
    return text_tables_close(&tables, error);
}

static int dream(const Config *config, Run *run, const char *folder, Error *error) {
    LanguageModel model;
    TextPlan plan;
    TextStage stage;
    run_stage_begin(run, "open the model");
    if (language_model_open(&model, folder, error) != 0) return -1;
    run_stage_end(run, false);
    run_stage_begin(run, "measure the sentences");
    int failed = text_plan_open(&plan, config, &model.network.shape, model.folder.tokenizer, error);
    if (!failed) {
        failed = text_stage_open(&stage, config, &model, &plan, run, error);
        if (!failed) {
            run_stage_end(run, false);
            failed = run_arms(&stage, error);
            text_stage_close(&stage);
        }
        text_plan_close(&plan);
    }
    language_model_close(&model);
    return failed;
}

/* Arms that wait for a training are held against the shape that it will have. */
static int check_arms(const Config *config, const char *folder, Error *error) {
    ModelFolder model;
    TextNetworkShape shape;
    TextPlan plan;
    if (model_folder_open_shape(&model, folder, error) != 0) return -1;
    int failed = language_model_shape(&model.config, model.path, &shape, error);
    if (!failed) failed = text_plan_open(&plan, config, &shape, model.tokenizer, error);
    if (!failed) text_plan_close(&plan);
    if (!failed) failed = text_stage_check(config, model.tokenizer, shape.context, error);
    model_folder_close(&model);
    return failed;
}

static int check_sections(const Config *config, Error *error) {
    const ConfigSection *model = config_section(config, "language_model"), *dreams = config_section(config, "dream");
    const ConfigSection *train = config_section(config, "train");
    if (!dreams && !train)
        return error_set(error, "%s: nothing to do: a [dream] section makes an arm, a [train] section a training",
                         config->path);
    if (!model) return error_set(error, "%s: a [language_model] section says which model", config->path);
    if (dreams && !config_section(config, "sentences"))
        return error_set(error, "%s:%d: dreams start from sentences: add a [sentences] section", config->path,
                         dreams->line);
    if (dreams && !config_section(config, "target"))
        return error_set(error, "%s:%d: dreams need a neuron: add a [target] section", config->path, dreams->line);
    if (!train && !config_text(model, "weights"))
        return error_set(error, "%s:%d: weights= says which model; or a [train] section trains one", config->path,
                         model->line);
    return 0;
}

/* The scripts that fetch a model stand beside where it is expected. */
static int explain_missing(const char *folder, Error *error) {
    const char *name = strrchr(folder, '/');
    char script[PATH_LIMIT];
    snprintf(script, sizeof script, "data/models/get-%.200s.sh", name ? name + 1 : folder);
    if (!file_exists(script) && strcmp(folder, "data/models/distilgpt2") != 0) return -1;
    char path[PATH_LIMIT];
    if (path_join(path, NULL, folder, "config.json") != 0 || file_exists(path)) return -1;
    return error_set(error, "%s: the model is not there; %s fetches it", folder, script);
}

int text_experiment_run(const Config *config, Run *run, Error *error) {
    if (check_sections(config, error) != 0) return -1;
    const ConfigSection *model = config_section(config, "language_model");
    char folder[PATH_LIMIT];
    bool dreams = config_count(config, "dream") > 0;
    if (!config_section(config, "train")) {
        const char *weights = config_text(model, "weights");
        snprintf(folder, sizeof folder, "%s", weights);
        ModelFolder there;
        if (model_folder_open_shape(&there, folder, error) != 0) return explain_missing(folder, error);
        model_folder_close(&there);
        return dream(config, run, folder, error);
    }
    if (dreams && text_training_check(config, run, error) == 0 &&
        check_arms(config, config_text(model, "shape"), error) != 0)
        return -1;
    if (text_training_run(config, run, folder, error) != 0) return -1;
    return dreams ? dream(config, run, folder, error) : 0;
}
