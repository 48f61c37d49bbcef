/* Times of the image side:
 *
 *     bench_image [epoch] [stock] [dreams]     all of them without arguments
 */
#define _GNU_SOURCE  // nftw

#include "bench.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/run.h"
#include "compute/random.h"
#include "compute/threads.h"
#include "engine/dream.h"
#include "image/darknet_library.h"
#include "image/darknet_module.h"
#include "image/train.h"

#include <ftw.h>
#include <math.h>
#include <unistd.h>

enum { DIGITS = 60000, EPOCHS = 3, RESTARTS = 640, STEPS = 200, BATCH = 128 };

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where) {
    (void)status, (void)type, (void)where;
    return remove(path);
}

/* 60,000 digits: those of the repository again and again, which costs the same as others. */
static uint32_t *repeated_indices(size_t available, Error *error) {
    uint32_t *indices = memory_new(DIGITS, sizeof *indices, "indices", error);
    for (size_t i = 0; indices && i < DIGITS; i++) indices[i] = (uint32_t)(i % available);
    return indices;
}

static int time_epoch(const Digits *digits, int threads, bool stock, Error *error) {
    char folder[] = "/tmp/bench-image-XXXXXX";
    if (!mkdtemp(folder)) return error_set(error, "%s: cannot make the folder", folder);
    Run run = {.seed = 1, .threads = threads};
    snprintf(run.folder, sizeof run.folder, "%s", folder);
    DarknetNetworkOptions options = {
        .cfg = "tests/bench/autoencoder.cfg", .batch = BATCH, .threads = threads, .seed = 1, .name = "autoencoder"};
    darknet_use_stock(stock);
    DarknetNetwork *network = darknet_network_open(&options, error);
    uint32_t *indices = network ? repeated_indices(digits->count, error) : NULL;
    TrainSettings settings = train_settings_default(TRAIN_AUTOENCODER);
    settings.epochs = stock ? 1 : EPOCHS;
    settings.batch = BATCH;
    settings.learning_rate = 1e-3f;
    settings.shift = 0;
    settings.latent_noise = 0;
    settings.checkpoint_seconds = 0;
    TrainResult result;
    double started = bench_seconds();
    int failed = !indices || network_train(network, digits, indices, DIGITS, NULL, 0, "autoencoder", &settings, &run,
                                           &result, error) != 0;
    if (!failed)
        bench_print(stock ? "autoencoder epoch (stock libdarknet)" : "autoencoder epoch",
                    (bench_seconds() - started) / settings.epochs, "s");
    memory_free(indices);
    darknet_network_close(network);
    darknet_use_stock(false);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return failed ? -1 : 0;
}

typedef struct LatentDreams {
    Module *decoder, *subject;
    float *starts;
    int neurons[RESTARTS];
} LatentDreams;

static int run_dreams(void *context, Error *error) {
    LatentDreams *dreams = context;
    Dream dream = {.decoder = dreams->decoder,
                   .subject = dreams->subject,
                   .target = {{10, 1, 1, 1}, REDUCE_MEAN, SQUASH_NONE, dreams->neurons, NULL},
                   .optimizer = {.kind = OPTIMIZER_ADAM,
                                 .learning_rate = 0.05f,
                                 .momentum = 0.9f,
                                 .beta2 = 0.999f,
                                 .epsilon = 1e-8f,
                                 .minimum = -INFINITY,
                                 .maximum = INFINITY},
                   .restarts = RESTARTS,
                   .batch = BATCH,
                   .starts = dreams->starts,
                   .steps = STEPS};
    Trajectory trajectory;
    int failed = dream_run(&dream, &trajectory, NULL, error);
    trajectory_close(&trajectory);
    return failed;
}

/* The last layer before [softmax]: the ten logits. */
static int logit_layer(const DarknetNetwork *network) {
    int layer = darknet_network_output_layer(network);
    return strcmp(darknet_network_layer(network, layer).kind, "softmax") == 0 ? layer - 1 : layer;
}

static int time_dreams(int threads, Error *error) {
    DarknetNetworkOptions options = {
        .cfg = "tests/bench/autoencoder.cfg", .batch = BATCH, .threads = threads, .seed = 1, .name = "autoencoder"};
    DarknetNetwork *autoencoder = darknet_network_open(&options, error);
    options.cfg = "cfg/mnist_classifier.cfg";
    options.name = "classifier";
    DarknetNetwork *classifier = autoencoder ? darknet_network_open(&options, error) : NULL;
    LatentDreams dreams = {.starts = memory_new(RESTARTS, 32 * sizeof(float), "starts", error)};
    double seconds = -1;
    if (classifier && dreams.starts) {
        int first = darknet_network_latent_layer(autoencoder) + 1;
        dreams.decoder =
            darknet_module(autoencoder, &(DarknetModuleOptions){.first = first, .last = -1, .batch = BATCH}, error);
        dreams.subject = darknet_module(
            classifier,
            &(DarknetModuleOptions){.last = logit_layer(classifier), .site = DARKNET_BEFORE, .batch = BATCH}, error);
    }
    if (dreams.decoder && dreams.subject) {
        Random random = random_stream(1, "starts");
        random_fill_normal(&random, dreams.starts, RESTARTS * 32, 1);
        for (int i = 0; i < RESTARTS; i++) dreams.neurons[i] = i % 10;
        double started = bench_seconds();
        if (run_dreams(&dreams, error) == 0) seconds = bench_seconds() - started;
    }
    if (seconds >= 0) bench_print("640 latent dreams of 200 steps", seconds, "s");
    module_free(dreams.decoder);
    module_free(dreams.subject);
    memory_free(dreams.starts);
    darknet_network_close(classifier);
    darknet_network_close(autoencoder);
    return seconds >= 0 ? 0 : -1;
}

int main(int argc, char **argv) {
    Error error;
    const char *wish = getenv("THREADS");
    int threads = wish ? atoi(wish) : threads_available();
    threads_set(threads);
    Digits digits;
    int failed =
        digits_open(&digits, "data/mnist/images-idx3-ubyte.gz", "data/mnist/labels-idx1-ubyte.gz", 10, &error);
    if (failed) return fprintf(stderr, "bench_image: %s\n", error.message), 1;
    if (!failed && bench_wanted(argc, argv, "epoch")) failed = time_epoch(&digits, threads, false, &error);
    if (!failed && bench_wanted(argc, argv, "stock")) failed = time_epoch(&digits, threads, true, &error);
    if (!failed && bench_wanted(argc, argv, "dreams")) failed = time_dreams(threads, &error);
    if (!failed) bench_print("memory of the image benchmarks", bench_peak_memory() / 1e6, "MB");
    digits_close(&digits);
    if (failed) fprintf(stderr, "bench_image: %s\n", error.message);
    return failed ? 1 : 0;
}
