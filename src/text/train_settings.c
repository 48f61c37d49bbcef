/* From a [train] section to LanguageTraining. */
#include "text/train_language_model.h"

#include "text/fingerprint.h"

#include <math.h>
#include <string.h>

static void check_fit(const LanguageTraining *training, const Config *config, const ConfigSection *section,
                      const TextNetworkShape *shape, ConfigProblems *problems) {
    if (training->tokens > shape->context)
        config_problem(problems, config, config_line(section, "tokens"),
                       "tokens=%d is longer than the model's context of %d", training->tokens, shape->context);
    if (training->warm_up > training->steps)
        config_problem(problems, config, config_line(section, "warm_up"),
                       "warm_up=%ld is longer than the whole stage of %ld steps", training->warm_up, training->steps);
    else if (training->cool_down > training->steps - training->warm_up)
        config_problem(problems, config, config_line(section, "cool_down"),
                       "cool_down=%ld and warm_up=%ld are longer than the whole stage of %ld steps",
                       training->cool_down, training->warm_up, training->steps);
}

void language_training_settings(LanguageTraining *training, const Config *config, const ConfigSection *section,
                                const TextNetworkShape *shape, const Run *run, ConfigProblems *problems) {
    memset(training, 0, sizeof *training);
    const char *name = config_text(section, "name");
    snprintf(training->name, sizeof training->name, "%s", name ? name : "language-model");
    training->steps = config_integer(section, "steps");
    training->warm_up = config_integer(section, "warm_up");
    training->cool_down = config_integer(section, "cool_down");
    training->batch = (int)config_integer(section, "batch");
    training->tokens = (int)config_integer(section, "tokens");
    training->muon = strcmp(config_text(section, "optimizer"), "muon") == 0;
    training->adamw = (AdamWSettings){.learning_rate = (float)config_real(section, "learning_rate"),
                                      .beta1 = (float)config_real(section, "beta1"),
                                      .beta2 = (float)config_real(section, "beta2"),
                                      .epsilon = 1e-8f,
                                      .weight_decay = (float)config_real(section, "weight_decay")};
    training->matrix_learning_rate = (float)config_real(section, "matrix_learning_rate");
    training->matrix_momentum = (float)config_real(section, "matrix_momentum");
    schedule_from_name(config_text(section, "schedule"), &training->schedule);
    training->clip = (float)config_real(section, "clip");
    training->precision = strcmp(config_text(section, "precision"), "bf16") == 0 ? PRECISION_BF16 : PRECISION_F32;
    training->evaluate_every = config_integer(section, "evaluate_every");
    training->evaluate_windows = (int)config_integer(section, "evaluate_windows");
    training->sample_every = config_integer(section, "sample_every");
    training->checkpoint_seconds = config_real(section, "checkpoint_seconds");
    training->seed = config_has(section, "seed") ? (uint64_t)config_integer(section, "seed") : run->seed;
    training->store = strcmp(config_text(section, "store"), "f32") == 0 ? NUMBER_F32 : NUMBER_BF16;
    check_fit(training, config, section, shape, problems);
}

double language_training_rate(const LanguageTraining *training, long step) {
    double share = (double)step / (double)training->steps;
    double fall = 1;
    if (training->schedule == SCHEDULE_LINEAR) fall = 1 - share;
    if (training->schedule == SCHEDULE_COSINE) fall = 0.5 * (1 + cos(3.14159265358979323846 * share));
    long left = training->steps - step;
    if (left < training->cool_down) fall *= (double)left / (double)training->cool_down;
    return step < training->warm_up ? fall * (double)(step + 1) / (double)training->warm_up : fall;
}

bool language_training_is_open(const LanguageTraining *training, long step) {
    return training->schedule == SCHEDULE_CONSTANT && step <= training->steps - training->cool_down;
}

uint64_t language_training_key(const LanguageTraining *training, const TextNetworkShape *shape, const Corpus *corpus,
                               int threads, bool path) {
    const AdamWSettings *adamw = &training->adamw;
    bool prolongable = path && training->schedule == SCHEDULE_CONSTANT;
    double numbers[] = {prolongable ? 0 : (double)training->steps,
                        prolongable ? 0 : (double)training->cool_down,
                        (double)training->warm_up,
                        training->batch,
                        training->tokens,
                        training->muon,
                        adamw->learning_rate,
                        adamw->beta1,
                        adamw->beta2,
                        adamw->weight_decay,
                        training->matrix_learning_rate,
                        training->matrix_momentum,
                        training->schedule,
                        training->clip,
                        training->precision,
                        (double)training->evaluate_every,
                        training->evaluate_windows,
                        training->store,
                        threads,
                        shape->layers,
                        shape->width,
                        shape->heads,
                        shape->vocabulary,
                        shape->context,
                        shape->causal,
                        shape->tied,
                        shape->epsilon};
    uint64_t key = fingerprint_add(FINGERPRINT_START, numbers, sizeof numbers);
    key = fingerprint_add(key, &training->seed, sizeof training->seed);
    key = fingerprint_add(key, corpus->training.ids, corpus->training.tokens * sizeof *corpus->training.ids);
    return fingerprint_add(key, corpus->held_out.ids, corpus->held_out.tokens * sizeof *corpus->held_out.ids);
}
