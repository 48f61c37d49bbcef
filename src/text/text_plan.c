#include "text/text_plan.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { LIST_LIMIT = 65536 };

void text_plan_close(TextPlan *plan) {
    for (int i = 0; i < plan->arm_count; i++) memory_free(plan->arms[i].cases);
    memory_free(plan->arms);
    memory_free(plan->cases);
    memset(plan, 0, sizeof *plan);
}

Squash text_plan_squash(const TextArm *arm, const TextCase *a_case) {
    return arm->squash_given ? arm->squash : a_case->squash;
}

/* ---- targets */

/* Everything of a [target] but its layer and neuron. */
static void read_target(const Config *config, const ConfigSection *section, const Tokenizer *tokenizer,
                        TextCase *made, ConfigProblems *problems) {
    *made = (TextCase){.section = section, .count_tokens = {-1, -1}};
    text_site_from_name(config_text(section, "site"), &made->site);
    reduce_from_name(config_text(section, "reduce"), &made->reduce);
    squash_from_name(config_text(section, "squash"), &made->squash);
    const char *word = config_text(section, "count_token");
    if (!word) return;
    char spaced[256] = " ";
    size_t size = strlen(word);
    if (size + 2 <= sizeof spaced) memcpy(spaced + 1, word, size + 1);
    made->count_tokens[0] = tokenizer_find(tokenizer, word, size);
    made->count_tokens[1] = tokenizer_find(tokenizer, spaced, strlen(spaced));
    if (made->count_tokens[0] >= 0 || made->count_tokens[1] >= 0) return;
    config_problem(problems, config, config_line(section, "count_token"),
                   "count_token=%.80s: no single token of the model is this word", word);
}

/* The first layer, and the first neuron, that the model lacks. */
static void check_lists(const Config *config, const TextCase *made, const TextNetworkShape *shape, const long *layers,
                        size_t layer_count, const long *neurons, size_t neuron_count, ConfigProblems *problems) {
    int width = text_site_width(shape, made->site);
    for (size_t i = 0; i < layer_count; i++) {
        if (layers[i] < shape->layers) continue;
        config_problem(problems, config, config_line(made->section, "layer"),
                       "layer=%ld: the model has layers 0 to %d", layers[i], shape->layers - 1);
        break;
    }
    for (size_t i = 0; i < neuron_count; i++) {
        if (neurons[i] < width) continue;
        config_problem(problems, config, config_line(made->section, "neuron"),
                       "neuron=%ld: site %s of the model has neurons 0 to %d", neurons[i], text_site_name(made->site),
                       width - 1);
        break;
    }
}

static void name_case(TextCase *made, bool one_of_many) {
    const char *name = config_text(made->section, "name");
    if (name && !one_of_many)
        snprintf(made->name, sizeof made->name, "%.150s", name);
    else
        snprintf(made->name, sizeof made->name, "%.100s%slayer%d-neuron%d", name ? name : "", name ? "-" : "",
                 made->layer, made->neuron);
}

static int add_cases(TextPlan *plan, const Config *config, const ConfigSection *section,
                     const TextNetworkShape *shape, const Tokenizer *tokenizer, long *lists, ConfigProblems *problems,
                     Error *error) {
    long *layers = lists, *neurons = lists + LIST_LIMIT;
    size_t layer_count = config_integers(section, "layer", layers, LIST_LIMIT);
    size_t neuron_count = config_integers(section, "neuron", neurons, LIST_LIMIT);
    if (layer_count > LIST_LIMIT || neuron_count > LIST_LIMIT || layer_count * neuron_count > LIST_LIMIT) {
        config_problem(problems, config, section->line,
                       "%zu layers times %zu neurons are too many for one target; the most is %d", layer_count,
                       neuron_count, LIST_LIMIT);
        return 0;
    }
    TextCase made;
    read_target(config, section, tokenizer, &made, problems);
    check_lists(config, &made, shape, layers, layer_count, neurons, neuron_count, problems);
    size_t old = (size_t)plan->case_count, count = layer_count * neuron_count;
    TextCase *cases = memory_grow(plan->cases, old * sizeof *cases, old + count, sizeof *cases, "targets", error);
    if (!cases) return -1;
    plan->cases = cases;
    for (size_t i = 0; i < count; i++) {
        made.layer = (int)layers[i / neuron_count];
        made.neuron = (int)neurons[i % neuron_count];
        name_case(&made, count > 1);
        plan->cases[plan->case_count++] = made;
    }
    return 0;
}

static int read_targets(TextPlan *plan, const Config *config, const TextNetworkShape *shape,
                        const Tokenizer *tokenizer, ConfigProblems *problems, Error *error) {
    long *lists = memory_new(2 * LIST_LIMIT, sizeof *lists, "lists of neurons", error);
    int failed = lists ? 0 : -1;
    for (const ConfigSection *at = NULL; !failed && (at = config_next(config, at, "target"));)
        failed = add_cases(plan, config, at, shape, tokenizer, lists, problems, error);
    memory_free(lists);
    return failed;
}

/* ---- arms */

static bool arm_has_target(const ConfigSection *arm, const ConfigSection *target) {
    if (!config_has(arm, "targets")) return true;
    const char *wanted = config_text(target, "name");
    char name[CASE_NAME];
    for (size_t i = 0; wanted && config_name_at(arm, "targets", i, name, sizeof name); i++)
        if (strcmp(name, wanted) == 0) return true;
    return false;
}

static int read_arm_cases(const TextPlan *plan, TextArm *arm, Error *error) {
    arm->cases = memory_new((size_t)plan->case_count, sizeof *arm->cases, "an arm's targets", error);
    if (!arm->cases) return -1;
    for (int i = 0; i < plan->case_count; i++)
        if (arm_has_target(arm->section, plan->cases[i].section)) arm->cases[arm->case_count++] = i;
    return 0;
}

static void check_arm(const Config *config, const TextArm *arm, ConfigProblems *problems) {
    const ConfigSection *section = arm->section;
    const char *parameterization = config_text(section, "parameterization");
    if (strcmp(parameterization, "input") != 0)
        config_problem(problems, config, config_line(section, "parameterization"),
                       "parameterization=%s: a text arm moves embeddings; write parameterization=input",
                       parameterization);
    if (config_real(section, "latent_prior") > 0)
        config_problem(problems, config, config_line(section, "latent_prior"),
                       "latent_prior: a text arm has no latent; remove the line");
    if (config_integer(section, "snapshot_every") > 0)
        config_problem(problems, config, config_line(section, "snapshot_every"),
                       "snapshot_every: a text arm takes hard_every instead");
    if (arm->case_count == 0)
        config_problem(problems, config, section->line, "the arm has no target: add a [target] section");
}

static void read_optimizer(const ConfigSection *section, OptimizerSettings *optimizer) {
    *optimizer = (OptimizerSettings){.learning_rate = (float)config_real(section, "learning_rate"),
                                     .momentum = (float)config_real(section, "momentum"),
                                     .beta2 = (float)config_real(section, "beta2"),
                                     .epsilon = (float)config_real(section, "epsilon"),
                                     .steps = config_integer(section, "steps"),
                                     .minimum = (float)config_real(section, "minimum"),
                                     .maximum = (float)config_real(section, "maximum"),
                                     .radius = (float)config_real(section, "radius"),
                                     .normalize_gradient = config_boolean(section, "normalize_gradient")};
    optimizer_kind_from_name(config_text(section, "optimizer"), &optimizer->kind);
    schedule_from_name(config_text(section, "schedule"), &optimizer->schedule);
}

static int read_arm(const TextPlan *plan, const Config *config, const ConfigSection *section, TextArm *arm,
                    ConfigProblems *problems, Error *error) {
    arm->name = config_text(section, "name");
    arm->section = section;
    arm->restarts = (int)config_integer(section, "restarts");
    arm->batch = (int)config_integer(section, "batch");
    arm->steps = config_integer(section, "steps");
    arm->patience = config_integer(section, "patience");
    arm->hard_every = config_integer(section, "hard_every");
    arm->tolerance = (float)config_real(section, "tolerance");
    arm->l2 = (float)config_real(section, "l2");
    arm->fluency = (float)config_real(section, "fluency");
    arm->fluency_temperature = (float)config_real(section, "fluency_temperature");
    arm->fluency_candidates = (int)config_integer(section, "fluency_candidates");
    arm->squash_given = config_has(section, "squash");
    if (arm->squash_given) squash_from_name(config_text(section, "squash"), &arm->squash);
    decode_rule_from_name(config_text(section, "decode"), &arm->decode);
    read_optimizer(section, &arm->optimizer);
    if (read_arm_cases(plan, arm, error) != 0) return -1;
    check_arm(config, arm, problems);
    return 0;
}

static int read_arms(TextPlan *plan, const Config *config, ConfigProblems *problems, Error *error) {
    size_t count = config_count(config, "dream");
    plan->arms = memory_new(count, sizeof *plan->arms, "arms", error);
    if (!plan->arms) return -1;
    for (const ConfigSection *at = NULL; (at = config_next(config, at, "dream"));)
        if (read_arm(plan, config, at, &plan->arms[plan->arm_count++], problems, error) != 0) return -1;
    return 0;
}

int text_plan_open(TextPlan *plan, const Config *config, const TextNetworkShape *shape, const Tokenizer *tokenizer,
                   ConfigProblems *problems, Error *error) {
    size_t before = problems->count;
    memset(plan, 0, sizeof *plan);
    if (read_targets(plan, config, shape, tokenizer, problems, error) == 0 &&
        read_arms(plan, config, problems, error) == 0 && problems->count == before)
        return 0;
    text_plan_close(plan);
    return -1;
}
