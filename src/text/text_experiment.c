#include "text/text_experiment.h"

#include "text/language_model.h"
#include "text/text_arm.h"
#include "text/text_results.h"
#include "text/text_stage.h"
#include "text/text_training.h"

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
    ConfigProblems problems = {0};
    int failed = text_plan_open(&plan, config, &model.network.shape, model.folder.tokenizer, &problems, error);
    if (problems.count > 0) config_problems_join(&problems, error);
    config_problems_free(&problems);
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

/* What arms ask of the model. */
static int check_arms(const Config *config, const TextNetworkShape *shape, Tokenizer *tokenizer,
                      ConfigProblems *problems, Error *error) {
    TextPlan plan;
    size_t before = problems->count;
    if (text_plan_open(&plan, config, shape, tokenizer, problems, error) == 0)
        text_plan_close(&plan);
    else if (problems->count == before)
        return -1;
    text_stage_check(config, tokenizer, shape->context, problems);
    return 0;
}

/* Opens the model as the run will. */
static int check_model(const Config *config, ConfigProblems *problems, Error *error) {
    const ConfigSection *section = config_section(config, "language_model");
    const char *folder = config_text(section, "weights");
    LanguageModel model;
    if (language_model_open(&model, folder, error) != 0) {
        language_model_missing(folder, error);
        config_problem_file(problems, config, section, "weights", error);
        return 0;
    }
    int failed = check_arms(config, &model.network.shape, model.folder.tokenizer, problems, error);
    language_model_close(&model);
    return failed;
}

/* Arms that wait for a training are held against the shape that it will have; a shape that cannot be read is told by
 * text_training_check. */
static int check_arms_of_training(const Config *config, ConfigProblems *problems, Error *error) {
    const char *folder = config_text(config_section(config, "language_model"), "shape");
    ModelFolder model;
    TextNetworkShape shape;
    if (!folder || model_folder_open_shape(&model, folder, NULL) != 0) return 0;
    int failed = language_model_shape(&model.config, model.path, &shape, NULL) == 0
                     ? check_arms(config, &shape, model.tokenizer, problems, error)
                     : 0;
    model_folder_close(&model);
    return failed;
}

static void check_sections(const Config *config, ConfigProblems *problems) {
    const ConfigSection *model = config_section(config, "language_model"), *dreams = config_section(config, "dream");
    const ConfigSection *train = config_section(config, "train");
    if (!dreams && !train)
        config_problem(problems, config, 1,
                       "nothing to do: a [dream] section makes an arm, a [train] section a training");
    if (!model) config_problem(problems, config, 1, "a [language_model] section says which model");
    if (dreams && !config_section(config, "sentences"))
        config_problem(problems, config, dreams->line, "dreams start from sentences: add a [sentences] section");
    if (dreams && !config_section(config, "target"))
        config_problem(problems, config, dreams->line, "dreams need a neuron: add a [target] section");
    if (model && !train && !config_text(model, "weights"))
        config_problem(problems, config, model->line, "weights= says which model; or a [train] section trains one");
}

int text_experiment_check(const Config *config, ConfigProblems *problems, Error *error) {
    size_t before = problems->count;
    check_sections(config, problems);
    if (problems->count > before) return (int)(problems->count - before);
    int failed;
    if (!config_section(config, "train")) {
        failed = check_model(config, problems, error);
    } else {
        failed = text_training_check(config, problems, error);
        if (!failed && config_count(config, "dream") > 0) failed = check_arms_of_training(config, problems, error);
    }
    return failed ? -1 : (int)(problems->count - before);
}

int text_experiment_run(const Config *config, Run *run, Error *error) {
    ConfigProblems problems = {0};
    int found = text_experiment_check(config, &problems, error);
    if (found > 0) config_problems_join(&problems, error);
    config_problems_free(&problems);
    if (found != 0) return -1;
    char folder[PATH_LIMIT];
    const char *weights = config_text(config_section(config, "language_model"), "weights");
    if (weights) return dream(config, run, weights, error);
    if (text_training_run(config, run, folder, error) != 0) return -1;
    return config_count(config, "dream") > 0 ? dream(config, run, folder, error) : 0;
}
