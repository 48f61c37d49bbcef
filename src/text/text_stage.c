#include "text/text_stage.h"

#include "base/memory.h"
#include "base/share.h"
#include "text/fingerprint.h"
#include "text/text_measures.h"

#include <math.h>
#include <string.h>

void text_stage_close(TextStage *stage) {
    embedding_table_close(&stage->table);
    sentences_free(&stage->starts);
    sentences_free(&stage->reference);
    memory_free(stage->start_losses);
    memory_free(stage->strongest);
    memset(stage, 0, sizeof *stage);
}

/* Shape, and the beginning and end of every tensor: what tells two models apart. */
static uint64_t print_model(uint64_t print, const TextNetwork *network) {
    enum { STRETCH = 1 << 16 };
    for (int i = 0; i < network->parameter_count; i++) {
        const TextParameter *parameter = &network->parameters[i];
        size_t bytes = parameter->count * number_size(parameter->type);
        size_t stretch = bytes < STRETCH ? bytes : STRETCH;
        print = fingerprint_add_text(print, parameter->name);
        print = fingerprint_add(print, parameter->data, stretch);
        print = fingerprint_add(print, (const char *)parameter->data + bytes - stretch, stretch);
    }
    return fingerprint_add(print, &network->shape.heads, sizeof network->shape.heads);
}

static uint64_t print_sentences(uint64_t print, const Sentences *sentences) {
    size_t count = (size_t)sentences->count;
    print = fingerprint_add(print, sentences->lengths, count * sizeof(int));
    return fingerprint_add(print, sentences->ids, count * (size_t)sentences->tokens * sizeof(int));
}

/* The sentences that file= or reference= of [sentences] names. */
static int read_named(const Config *config, const char *key, Tokenizer *tokenizer, int context, int most,
                      Sentences *sentences, Error *error) {
    char path[PATH_LIMIT];
    if (share_find(path, config_text(config_section(config, "sentences"), key), error) != 0) return -1;
    return sentences_read(sentences, path, tokenizer, context, most, error);
}

static const char *reference_key(const Config *config) {
    return config_text(config_section(config, "sentences"), "reference") ? "reference" : "file";
}

static int read_sentences(TextStage *stage, Error *error) {
    int most = 0;
    for (int i = 0; i < stage->plan->arm_count; i++)
        if (stage->plan->arms[i].restarts > most) most = stage->plan->arms[i].restarts;
    Tokenizer *tokenizer = stage->model->folder.tokenizer;
    int context = stage->model->network.shape.context;
    if (read_named(stage->config, "file", tokenizer, context, most, &stage->starts, error) != 0) return -1;
    return read_named(stage->config, reference_key(stage->config), tokenizer, context, 0, &stage->reference, error);
}

void text_stage_check(const Config *config, Tokenizer *tokenizer, int context, ConfigProblems *problems) {
    static const char *const KEYS[] = {"file", "reference"};
    const ConfigSection *section = config_section(config, "sentences");
    Sentences sentences;
    Error error;
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        if (!config_text(section, KEYS[i])) continue;
        if (read_named(config, KEYS[i], tokenizer, context, 0, &sentences, &error) == 0)
            sentences_free(&sentences);
        else
            config_problem_file(problems, config, section, KEYS[i], &error);
    }
}

/* The mean distance of the starting tokens to the nearest other token, the yardstick of a dream's distance. */
static int measure_spacing(TextStage *stage, Error *error) {
    const Sentences *starts = &stage->starts;
    size_t C = (size_t)stage->model->network.shape.width, T = (size_t)starts->tokens;
    float *x = memory_new(T * C + 2 * T, sizeof *x, "embeddings", error);
    int *ids = memory_new(2 * T, sizeof *ids, "nearest tokens", error);
    double sum = 0;
    size_t count = 0;
    int failed = x && ids ? 0 : -1;
    for (size_t i = 0; !failed && i < (size_t)starts->count; i++) {
        size_t length = (size_t)starts->lengths[i];
        float *squares = x + T * C;
        failed = text_network_embed(&stage->model->network, starts->ids + i * T, length, x, error);
        if (!failed) failed = embedding_table_nearest(&stage->table, x, length, 2, ids, squares, error);
        for (size_t t = 0; !failed && t < length; t++) sum += sqrt((double)squares[2 * t + 1]);
        count += length;
    }
    stage->token_spacing = (float)(sum / (double)count);
    memory_free(x);
    memory_free(ids);
    return failed;
}

/* Cases from `first` on that lie at one site of one layer and are reduced alike. */
static int cases_together(const TextPlan *plan, int first) {
    const TextCase *a = &plan->cases[first];
    int count = 1;
    while (first + count < plan->case_count && plan->cases[first + count].layer == a->layer &&
           plan->cases[first + count].site == a->site && plan->cases[first + count].reduce == a->reduce)
        count++;
    return count;
}

static int measure_reference(TextStage *stage, Error *error) {
    const TextPlan *plan = stage->plan;
    size_t cases = (size_t)plan->case_count;
    stage->strongest = memory_new(2 * cases, sizeof(float), "the strongest activations", error);
    int *neurons = memory_new(cases, sizeof *neurons, "neurons", error);
    int failed = stage->strongest && neurons ? 0 : -1;
    for (int i = 0; !failed && i < plan->case_count; i++) neurons[i] = plan->cases[i].neuron;
    for (int first = 0, count; !failed && first < plan->case_count; first += count) {
        const TextCase *at = &plan->cases[first];
        TextMeasures measures = {&stage->model->network, at->layer, at->site, stage->precision};
        count = cases_together(plan, first);
        failed = text_measures_strongest(&measures, &stage->reference, neurons + first, count, at->reduce,
                                         stage->strongest + first, stage->strongest + cases + first, error);
    }
    memory_free(neurons);
    return failed;
}

int text_stage_open(TextStage *stage, const Config *config, LanguageModel *model, const TextPlan *plan, Run *run,
                    Error *error) {
    *stage = (TextStage){.config = config, .model = model, .plan = plan, .run = run};
    const ConfigSection *section = config_section(config, "language_model");
    stage->precision = strcmp(config_text(section, "precision"), "bf16") == 0 ? PRECISION_BF16 : PRECISION_F32;
    int failed = read_sentences(stage, error);
    if (!failed) failed = embedding_table_open(&stage->table, &model->network, error);
    if (!failed) {
        stage->start_losses = memory_new((size_t)stage->starts.count, sizeof(float), "losses", error);
        failed = stage->start_losses ? 0 : -1;
    }
    TextMeasures measures = {.network = &model->network, .precision = stage->precision};
    if (!failed) failed = text_measures_losses(&measures, &stage->starts, stage->start_losses, error);
    if (!failed) failed = measure_spacing(stage, error);
    if (!failed) failed = measure_reference(stage, error);
    if (failed) return text_stage_close(stage), -1;
    double numbers[] = {stage->precision, run->threads};
    stage->fingerprint = fingerprint_add(FINGERPRINT_START, numbers, sizeof numbers);
    stage->fingerprint = print_model(stage->fingerprint, &model->network);
    stage->fingerprint = print_sentences(stage->fingerprint, &stage->starts);
    return 0;
}
