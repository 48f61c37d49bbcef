#include "text/text_training.h"

#include "base/memory.h"
#include "base/share.h"
#include "base/tsv.h"
#include "text/held_out.h"
#include "text/language_model.h"
#include "text/train_language_model.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { HELD_OUT_LIMIT = 4096 };

/* What the stage is made from. */
typedef struct Stage {
    const Config *config;
    Run *run;
    ModelFolder shape_folder;  // config.json and the tokenizer
    TextNetworkShape shape;
    LanguageTraining training;
    char corpus_path[PATH_LIMIT];
    int held_out[HELD_OUT_LIMIT];
    size_t held_out_count;
    Corpus corpus;
    TextNetwork network;
    char model[PATH_LIMIT], key_path[PATH_LIMIT], table[PATH_LIMIT];
} Stage;

static void stage_close(Stage *stage) {
    text_network_close(&stage->network);
    corpus_close(&stage->corpus);
    model_folder_close(&stage->shape_folder);
    memory_free(stage);
}

static int read_held_out(Stage *stage, const ConfigSection *section, Error *error) {
    char path[PATH_LIMIT];
    if (share_find(path, config_text(section, "held_out"), error) != 0) return -1;
    if (corpus_read_held_out(path, stage->held_out, HELD_OUT_LIMIT, &stage->held_out_count, error) != 0) return -1;
    if (stage->held_out_count > 0 && stage->held_out_count <= HELD_OUT_LIMIT) return 0;
    return error_set(error, "%s: %zu books are held out; 1 to %d are possible", path, stage->held_out_count,
                     HELD_OUT_LIMIT);
}

static void find_corpus(Stage *stage, ConfigProblems *problems) {
    const ConfigSection *section = config_section(stage->config, "corpus");
    const Config *config = stage->config;
    Error error;
    if (!section) {
        config_problem(problems, config, config_section(config, "train")->line,
                       "[train] needs a [corpus] section that names the books");
        return;
    }
    const char *file = config_text(section, "file");
    bool found = share_find(stage->corpus_path, file, &error) == 0;
    if (!found)
        config_problem(problems, config, config_line(section, "file"),
                       "%.200s is not there; data/get-corpus.sh fetches the books", file);
    if (read_held_out(stage, section, &error) != 0)
        config_problem_file(problems, config, section, "held_out", &error);
    else if (found && corpus_check(stage->corpus_path, stage->held_out, stage->held_out_count, &error) != 0)
        config_problem_file(problems, config, section, "file", &error);
}

/* Whether the shape is known: the settings are held against it. */
static bool find_shape(Stage *stage, ConfigProblems *problems) {
    const Config *config = stage->config;
    const ConfigSection *section = config_section(config, "language_model");
    const char *folder = section ? config_text(section, "shape") : NULL;
    Error error;
    if (section && config_text(section, "weights"))
        config_problem(problems, config, config_line(section, "weights"),
                       "weights= and a [train] section: either the model is there, or it is trained");
    if (!folder) {
        config_problem(
            problems, config, section ? section->line : 1,
            "[train] needs shape= in [language_model]: a folder with config.json, vocab.json and merges.txt");
        return false;
    }
    if (model_folder_open_shape(&stage->shape_folder, folder, &error) != 0)
        language_model_missing(folder, &error);
    else if (language_model_shape(&stage->shape_folder.config, stage->shape_folder.path, &stage->shape, &error) == 0)
        return true;
    config_problem_file(problems, config, section, "shape", &error);
    return false;
}

static void check_type(const Config *config, ConfigProblems *problems) {
    const ConfigSection *section = config_section(config, "train");
    if (config_count(config, "train") > 1)
        config_problem(problems, config, config_next(config, section, "train")->line,
                       "a text experiment trains one model; this is its second [train]");
    if (strcmp(config_text(section, "type"), "language-model") != 0)
        config_problem(problems, config, config_line(section, "type"),
                       "type=%s: a text experiment trains type=language-model", config_text(section, "type"));
}

static int find_paths(Stage *stage, Error *error) {
    const char *folder = stage->run->folder, *name = stage->training.name;
    if (path_join(stage->model, error, folder, "models/%s", name) != 0) return -1;
    if (path_join(stage->key_path, error, folder, "work") != 0 || folder_make(stage->key_path, error) != 0) return -1;
    if (path_join(stage->key_path, error, folder, "work/%s.key", name) != 0) return -1;
    return path_join(stage->table, error, folder, "training.tsv");
}

static int stage_open(Stage **stage, const Config *config, Run *run, ConfigProblems *problems, Error *error) {
    size_t before = problems->count;
    Stage *made = *stage = memory_new(1, sizeof *made, "a training stage", error);
    if (!made) return -1;
    made->config = config;
    made->run = run;
    check_type(config, problems);
    if (find_shape(made, problems))
        language_training_settings(&made->training, config, config_section(config, "train"), &made->shape, run,
                                   problems);
    find_corpus(made, problems);
    if (problems->count == before) return 0;
    stage_close(made);
    return -1;
}

int text_training_check(const Config *config, ConfigProblems *problems, Error *error) {
    Stage *stage;
    Run run = {.seed = 1, .threads = 1};
    size_t before = problems->count;
    if (stage_open(&stage, config, &run, problems, error) != 0) return problems->count > before ? 0 : -1;
    stage_close(stage);
    return 0;
}

static void write_key(const Stage *stage, char text[32]) {
    snprintf(text, 32, "%016" PRIx64 "\n",
             language_training_key(&stage->training, &stage->shape, &stage->corpus, stage->run->threads, false));
}

static bool is_there(const Stage *stage, const char *key) {
    char *found, path[PATH_LIMIT];
    size_t size;
    if (!file_exists(stage->table) || path_join(path, NULL, stage->model, "model.safetensors") != 0) return false;
    if (!file_exists(path) || !file_exists(stage->key_path) ||
        file_read(stage->key_path, 64, &found, &size, NULL) != 0)
        return false;
    bool same = strcmp(found, key) == 0;
    memory_free(found);
    return same;
}

/* The stored weights take the place of those trained, so that what is measured is what is there. */
static int take_stored(Stage *stage, Error *error) {
    LanguageModel stored;
    if (language_model_open(&stored, stage->model, error) != 0) return -1;
    for (int i = 0; i < stage->network.parameter_count; i++)
        text_network_values(&stored.network, i, stage->network.storage + stage->network.parameters[i].offset);
    text_network_changed(&stage->network);
    language_model_close(&stored);
    return 0;
}

static int measure(Stage *stage, HeldOut *held_out, Error *error) {
    const LanguageTraining *training = &stage->training;
    if (take_stored(stage, error) != 0) return -1;
    TextTrainer *trainer =
        text_trainer_new(&stage->network, training->batch, training->tokens, training->precision, error);
    if (!trainer) return -1;
    int end = tokenizer_end_of_text(stage->shape_folder.tokenizer);
    int failed = held_out_measure(trainer, &stage->corpus.held_out, end, training->batch, training->tokens,
                                  stage->run->progress, held_out, error);
    text_trainer_free(trainer);
    return failed;
}

static int write_table(const Stage *stage, const LanguageTrainingResult *result, const HeldOut *held_out,
                       Error *error) {
    static const char *const COLUMNS[] = {"model",
                                          "parameters",
                                          "weights",
                                          "training_books",
                                          "training_tokens",
                                          "training_steps",
                                          "tokens_seen",
                                          "epochs",
                                          "training_nats_per_token",
                                          "held_out_books",
                                          "held_out_tokens",
                                          "held_out_characters",
                                          "held_out_nats_per_token",
                                          "held_out_nats_per_character",
                                          "held_out_perplexity",
                                          NULL};
    const Corpus *corpus = &stage->corpus;
    TsvWriter writer;
    char weights[TRAINING_NAME + 32];
    snprintf(weights, sizeof weights, "models/%s/model.safetensors", stage->training.name);
    if (tsv_writer_open(&writer, stage->table, COLUMNS, error) != 0) return -1;
    double nats = held_out_nats_per_token(held_out);
    tsv_writer_text(&writer, stage->training.name);
    tsv_writer_integer(&writer, (long)stage->network.total);
    tsv_writer_text(&writer, weights);
    tsv_writer_integer(&writer, corpus->training.books);
    tsv_writer_integer(&writer, (long)corpus->training.tokens);
    tsv_writer_integer(&writer, result->steps);
    tsv_writer_integer(&writer, (long)result->tokens);
    tsv_writer_number(&writer, result->epochs);
    tsv_writer_number(&writer, result->loss);
    tsv_writer_integer(&writer, corpus->held_out.books);
    tsv_writer_integer(&writer, (long)held_out->tokens);
    tsv_writer_integer(&writer, (long)held_out->characters);
    tsv_writer_number(&writer, nats);
    tsv_writer_number(&writer, held_out_nats_per_character(held_out));
    tsv_writer_number(&writer, exp(nats));
    tsv_writer_row(&writer);
    return tsv_writer_close(&writer, error);
}

static int train(Stage *stage, const char *key, Error *error) {
    LanguageTrainingResult result;
    HeldOut held_out;
    if (text_network_open(&stage->network, &stage->shape, error) != 0 ||
        text_network_allocate(&stage->network, error) != 0 ||
        language_model_train(&stage->network, &stage->corpus, stage->shape_folder.tokenizer, &stage->training,
                             stage->run, &result, error) != 0 ||
        language_model_write(&stage->network, stage->model, stage->shape_folder.path, stage->training.store, error) !=
            0 ||
        measure(stage, &held_out, error) != 0 || write_table(stage, &result, &held_out, error) != 0)
        return -1;
    progress_say(stage->run->progress, "%s: %.4f nats a character, %.4f a token on %d held-out books",
                 stage->training.name, held_out_nats_per_character(&held_out), held_out_nats_per_token(&held_out),
                 stage->corpus.held_out.books);
    return file_write(stage->key_path, key, strlen(key), error);
}

int text_training_run(const Config *config, Run *run, char *folder, Error *error) {
    Stage *stage;
    char key[32];
    ConfigProblems problems = {0};
    int failed = stage_open(&stage, config, run, &problems, error);
    if (problems.count > 0) config_problems_join(&problems, error);
    config_problems_free(&problems);
    if (failed) return -1;
    run_stage_begin(run, "train %s", stage->training.name);
    failed = find_paths(stage, error);
    if (!failed)
        failed = corpus_open(&stage->corpus, stage->corpus_path, stage->shape_folder.tokenizer, stage->held_out,
                             stage->held_out_count, run->progress, error);
    if (!failed) {
        write_key(stage, key);
        bool reused = is_there(stage, key);
        if (!reused) failed = train(stage, key, error);
        memcpy(folder, stage->model, PATH_LIMIT);
        if (!failed) run_stage_end(run, reused);
    }
    stage_close(stage);
    return failed;
}
