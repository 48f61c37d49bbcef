/* Times of the text side, at distilgpt2's shape with random weights unless said:
 *
 *     bench_text [dreams] [scoring] [writing] [training] [first-step]     all of them without arguments
 */
#include "bench.h"

#include "base/file.h"
#include "base/memory.h"
#include "compute/random.h"
#include "compute/threads.h"
#include "engine/dream.h"
#include "text/gpt2_module.h"
#include "text/language_model.h"
#include "text/loss.h"
#include "text/sample_text.h"
#include "text/training.h"

#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

static const TextNetworkShape distilgpt2 = {.layers = 6,
                                            .width = 768,
                                            .heads = 12,
                                            .vocabulary = 50257,
                                            .context = 1024,
                                            .causal = true,
                                            .tied = true,
                                            .epsilon = 1e-5f};
static const TextNetworkShape small_model = {.layers = 6,
                                             .width = 256,
                                             .heads = 8,
                                             .vocabulary = 4096,
                                             .context = 256,
                                             .causal = true,
                                             .tied = true,
                                             .epsilon = 1e-5f};

static const char *const precision_names[] = {"f32", "bf16"};

static int open_random(TextNetwork *network, const TextNetworkShape *shape, Error *error) {
    if (text_network_open(network, shape, error) != 0) return -1;
    if (text_network_allocate(network, error) != 0) {
        text_network_close(network);
        return -1;
    }
    text_network_initialize(network, 1);
    return 0;
}

/* ---- one dream: neuron 2 of a layer's MLP, sigmoid, mean over tokens, Adam on all embeddings */
typedef struct TextDreams {
    Module *subject;
    float *starts;
    int neurons[64];
    int B;
    long steps;
} TextDreams;

static int dreams_open(TextDreams *dreams, TextNetwork *network, int layer, int B, int T, Precision precision,
                       Error *error) {
    *dreams = (TextDreams){.B = B};
    dreams->subject = gpt2_module_new(network, layer, TEXT_SITE_MLP_PRE, true, T, B, precision, error);
    size_t tokens = (size_t)B * (size_t)T;
    dreams->starts = dreams->subject
                         ? memory_new(tokens, (size_t)network->shape.width * sizeof(float), "embeddings", error)
                         : NULL;
    int *ids = dreams->starts ? memory_new(tokens, sizeof *ids, "tokens", error) : NULL;
    Random random = random_stream(1, "tokens");
    for (size_t i = 0; ids && i < tokens; i++)
        ids[i] = (int)random_below(&random, (uint32_t)network->shape.vocabulary);
    int failed = !ids || text_network_embed(network, ids, tokens, dreams->starts, error) != 0;
    memory_free(ids);
    int neurons[64];
    for (int b = 0; b < B; b++) neurons[b] = 2;
    return failed ? -1 : gpt2_module_set_neurons(dreams->subject, neurons, B, error);
}

static void dreams_close(TextDreams *dreams) {
    module_free(dreams->subject);
    memory_free(dreams->starts);
}

static int run_dreams(void *context, Error *error) {
    TextDreams *dreams = context;
    Dream dream = {
        .subject = dreams->subject,
        .target = {gpt2_module_layout(dreams->subject), REDUCE_MEAN, SQUASH_SIGMOID, dreams->neurons, NULL},
        .optimizer = {.kind = OPTIMIZER_ADAM,
                      .learning_rate = 0.1f,
                      .momentum = 0.9f,
                      .beta2 = 0.999f,
                      .epsilon = 1e-8f,
                      .minimum = -INFINITY,
                      .maximum = INFINITY},
        .restarts = dreams->B,
        .batch = dreams->B,
        .starts = dreams->starts,
        .steps = dreams->steps};
    Trajectory trajectory;
    int failed = dream_run(&dream, &trajectory, NULL, error);
    trajectory_close(&trajectory);
    return failed;
}

/* A step's time is that of a dream with `steps` steps less that of one without, which records the start alone. */
static int time_dream_step(TextNetwork *network, int layer, int B, Precision precision, Error *error) {
    TextDreams dreams;
    int T = 32, failed = dreams_open(&dreams, network, layer, B, T, precision, error);
    long steps = B == 1 ? 10 : 2;
    double with = -1, without = -1;
    if (!failed) {
        dreams.steps = steps;
        with = bench_median(run_dreams, &dreams, 3, error);
        dreams.steps = 0;
        if (with >= 0) without = bench_median(run_dreams, &dreams, 3, error);
    }
    dreams_close(&dreams);
    if (without < 0) return -1;
    char name[128];
    snprintf(name, sizeof name, "dream step, layer %d, B=%d, T=%d, %s", layer, B, T, precision_names[precision]);
    bench_print(name, 1e3 * (with - without) / (double)steps, "ms");
    return 0;
}

static int time_dream_steps(Error *error) {
    TextNetwork network;
    if (open_random(&network, &distilgpt2, error) != 0) return -1;
    int failed = 0;
    for (int p = 0; !failed && p < 2; p++) {
        failed = time_dream_step(&network, 5, 1, (Precision)p, error) != 0 ||
                 time_dream_step(&network, 5, 32, (Precision)p, error) != 0 ||
                 time_dream_step(&network, 1, 32, (Precision)p, error) != 0;
        text_network_changed(&network);
    }
    text_network_close(&network);
    return failed ? -1 : 0;
}

/* ---- sentences scored with their loss */
typedef struct Scoring {
    TextPass *pass;
    TextHead *head;
    float *embeddings;
    int ids[64 * 12];
    float losses[64];
} Scoring;

static int score(void *context, Error *error) {
    Scoring *scoring = context;
    return text_language_loss(scoring->pass, scoring->head, scoring->embeddings, 64, 12, NULL, scoring->ids,
                              scoring->losses, NULL, NULL, error);
}

static int time_scoring(Error *error) {
    TextNetwork network;
    if (open_random(&network, &distilgpt2, error) != 0) return -1;
    static Scoring scoring;
    TextPassSettings settings = {.batch = 64,
                                 .positions = 12,
                                 .layer = distilgpt2.layers - 1,
                                 .site = TEXT_SITE_RESID_POST,
                                 .precision = PRECISION_F32};
    Random random = random_stream(1, "tokens");
    for (int i = 0; i < 64 * 12; i++) scoring.ids[i] = (int)random_below(&random, (uint32_t)distilgpt2.vocabulary);
    scoring.pass = text_pass_new(&network, &settings, error);
    scoring.head = scoring.pass ? text_head_new(&network, PRECISION_F32, error) : NULL;
    scoring.embeddings =
        scoring.head ? memory_new(64 * 12, (size_t)distilgpt2.width * sizeof(float), "embeddings", error) : NULL;
    double seconds = -1;
    if (scoring.embeddings && text_network_embed(&network, scoring.ids, 64 * 12, scoring.embeddings, error) == 0)
        seconds = bench_median(score, &scoring, 3, error);
    if (seconds > 0) bench_print("sentences scored, 64 x 12 tokens, f32", 64 / seconds, "1/s");
    memory_free(scoring.embeddings);
    text_head_free(scoring.head);
    text_pass_free(scoring.pass);
    text_network_close(&network);
    return seconds > 0 ? 0 : -1;
}

/* ---- the likeliest tokens, one after another, behind a prompt */
enum { PROMPT_TOKENS = 32, WRITTEN_TOKENS = 64 };

static int write_text(void *context, Error *error) {
    Random random = random_stream(1, "tokens"), unused = random;
    const SampleSettings settings = {.count = WRITTEN_TOKENS};
    TokenList tokens = {0};
    int failed = 0;
    for (int i = 0; !failed && i < PROMPT_TOKENS; i++)
        failed = token_list_append(&tokens, (int)random_below(&random, (uint32_t)distilgpt2.vocabulary), error);
    if (!failed) failed = text_sample(context, &settings, -1, &unused, &tokens, error);
    token_list_free(&tokens);
    return failed;
}

static int time_writing(Error *error) {
    TextNetwork network;
    if (open_random(&network, &distilgpt2, error) != 0) return -1;
    double seconds = bench_median(write_text, &network, 3, error);
    if (seconds > 0) bench_print("text written, 64 tokens after 32, f32", WRITTEN_TOKENS / seconds, "tokens/s");
    text_network_close(&network);
    return seconds > 0 ? 0 : -1;
}

/* ---- training of the small model */
typedef struct Training {
    TextTrainer *trainer;
    int ids[16 * 257];
    long step;
} Training;

static int train_step(void *context, Error *error) {
    Training *training = context;
    AdamWSettings adamw = {
        .learning_rate = 1e-3f, .beta1 = 0.9f, .beta2 = 0.95f, .epsilon = 1e-8f, .weight_decay = 0.1f};
    double loss;
    if (text_trainer_gradients(training->trainer, training->ids, training->ids + 1, 16, 256, false, &loss, error) !=
        0)
        return -1;
    text_trainer_update(training->trainer, &adamw, 1.0f, ++training->step);
    return 0;
}

static int time_training(Precision precision, Error *error) {
    TextNetwork network;
    if (open_random(&network, &small_model, error) != 0) return -1;
    static Training training;
    Random random = random_stream(1, "tokens");
    for (int i = 0; i < 16 * 257; i++) training.ids[i] = (int)random_below(&random, (uint32_t)small_model.vocabulary);
    training.trainer = text_trainer_new(&network, 16, 256, precision, error);
    double seconds = training.trainer ? bench_median(train_step, &training, 3, error) : -1;
    char name[128];
    snprintf(name, sizeof name, "training, small model, B=16, T=256, %s", precision_names[precision]);
    if (seconds > 0) bench_print(name, 16 * 256 / seconds, "tokens/s");
    text_trainer_free(training.trainer);
    text_network_close(&network);
    return seconds > 0 ? 0 : -1;
}

/* ---- from nothing to the first dream step, in a process of its own */
static double bytes_of_layers_in_use(const TextNetwork *network, int layer) {
    double floats = 0;
    int last = text_parameter_of_layer(layer, TEXT_FC_BIAS);
    for (int i = text_parameter_of_layer(0, TEXT_LN_1_WEIGHT); i <= last; i++)
        floats += (double)network->parameters[i].count;
    return floats * sizeof(float);
}

static int first_step(const char *folder, Error *error) {
    double started = bench_seconds();
    LanguageModel model;
    if (language_model_open(&model, folder, error) != 0) return -1;
    TextDreams dreams;
    int failed = dreams_open(&dreams, &model.network, 5, 1, 32, PRECISION_F32, error);
    dreams.steps = 1;
    if (!failed) failed = run_dreams(&dreams, error);
    if (!failed) {
        bench_print("model opened and first dream step done", bench_seconds() - started, "s");
        bench_print("memory over the weights of the layers in use",
                    bench_peak_memory() / bytes_of_layers_in_use(&model.network, 5), "x");
    }
    dreams_close(&dreams);
    language_model_close(&model);
    return failed;
}

static int run_first_step(const char *folder, Error *error) {
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "bench_text", "--first-step-of", folder, (char *)NULL);
        _exit(127);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(error, "first step: the process that measures it failed");
    return 0;
}

static int time_first_step(Error *error) {
    char folder[] = "/tmp/bench-text-XXXXXX", path[PATH_LIMIT];
    if (!mkdtemp(folder)) return error_set(error, "%s: cannot make the folder", folder);
    TextNetwork network;
    int failed = open_random(&network, &distilgpt2, error);
    if (!failed) {
        failed = language_model_write(&network, folder, "data/gpt2-tokenizer", NUMBER_F32, error);
        text_network_close(&network);
    }
    if (!failed) failed = run_first_step(folder, error);
    static const char *const files[] = {"config.json", "model.safetensors", "vocab.json", "merges.txt"};
    for (int i = 0; i < 4; i++)
        if (path_join(path, NULL, folder, "%s", files[i]) == 0) unlink(path);
    rmdir(folder);
    return failed;
}

int main(int argc, char **argv) {
    Error error;
    const char *wish = getenv("THREADS");
    threads_set(wish ? atoi(wish) : threads_available());
    int failed = 0;
    if (argc == 3 && strcmp(argv[1], "--first-step-of") == 0) {
        failed = first_step(argv[2], &error);
    } else {
        if (bench_wanted(argc, argv, "first-step")) failed = time_first_step(&error);
        if (!failed && bench_wanted(argc, argv, "dreams")) failed = time_dream_steps(&error);
        if (!failed && bench_wanted(argc, argv, "scoring")) failed = time_scoring(&error);
        if (!failed && bench_wanted(argc, argv, "writing")) failed = time_writing(&error);
        if (!failed && bench_wanted(argc, argv, "training"))
            failed = time_training(PRECISION_F32, &error) != 0 || time_training(PRECISION_BF16, &error) != 0;
    }
    if (failed) fprintf(stderr, "bench_text: %s\n", error.message);
    return failed ? 1 : 0;
}
