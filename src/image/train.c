#include "image/train.h"

#include "base/memory.h"
#include "base/progress.h"
#include "image/darknet_library.h"
#include "image/train_internal.h"

#include <math.h>
#include <string.h>

enum { HELD_OUT_FOR_CURVE = 2000, MOST_REPLICAS = 256 };

TrainSettings train_settings_default(TrainKind kind) {
    return (TrainSettings){.kind = kind,
                           .epochs = kind == TRAIN_CLASSIFIER ? 12 : 30,
                           .batch = kind == TRAIN_CLASSIFIER ? 64 : 128,
                           .learning_rate = 0.002f,
                           .beta1 = 0.9f,
                           .beta2 = 0.999f,
                           .epsilon = 1e-8f,
                           .shift = kind == TRAIN_CLASSIFIER ? 2 : 0,
                           .checkpoint_seconds = 10,
                           .seed = 1};
}

/* The layer that measures the loss: [softmax] for a classifier, [cost] for an autoencoder. */
static int find_loss_layer(const Trainer *trainer, Error *error) {
    const DarknetPlan *plan = &trainer->network->plan;
    bool classifier = trainer->settings.kind == TRAIN_CLASSIFIER;
    LayerKind wanted = classifier ? LAYER_SOFTMAX : LAYER_COST;
    for (int i = 0; i < plan->count; i++)
        if (plan->layers[i].kind == wanted) return i;
    return error_set(error, "%s: %s is trained by a [%s] at its end; there is none", trainer->network->cfg,
                     classifier ? "a classifier" : "an autoencoder", layer_kind_name(wanted));
}

static int check(Trainer *trainer, Error *error) {
    const DarknetNetwork *network = trainer->network;
    const Digits *digits = trainer->digits;
    bool classifier = trainer->settings.kind == TRAIN_CLASSIFIER;
    size_t outputs = classifier ? (size_t)digits->classes : digits->pixels;
    if (darknet_network_inputs(network) != digits->pixels)
        return error_set(error, "%s takes %zu inputs; these digits have %d x %d pixels", network->cfg,
                         darknet_network_inputs(network), digits->height, digits->width);
    if (darknet_network_outputs(network) != outputs)
        return error_set(error, "%s has %zu outputs; for these digits %s needs %zu", network->cfg,
                         darknet_network_outputs(network), classifier ? "a classifier" : "an autoencoder", outputs);
    if (trainer->count == 0) return error_set(error, "%s: there are no digits to train on", network->name);
    trainer->loss_layer = find_loss_layer(trainer, error);
    if (trainer->loss_layer < 0) return -1;
    trainer->noise_layer = -1;
    if (!classifier && trainer->settings.latent_noise > 0)
        trainer->noise_layer = darknet_network_latent_layer(network);
    return 0;
}

/* A replica a thread, with its share of the batch. Batch normalization looks at the whole batch, and stock loops are
 * measured as they are: one replica. */
static int replicas(const Trainer *trainer) {
    const DarknetPlan *plan = &trainer->network->plan;
    for (int i = 0; i < plan->count; i++)
        if (plan->layers[i].batch_normalize) return 1;
    if (darknet_is_stock()) return 1;
    int threads = trainer->run->threads < trainer->batch ? trainer->run->threads : trainer->batch;
    return threads < MOST_REPLICAS ? threads : MOST_REPLICAS;
}

static int make_buffers(Trainer *trainer, Error *error) {
    size_t parameters = trainer->network->plan.parameters, batch = (size_t)trainer->batch;
    size_t pixels = trainer->digits->pixels;
    bool classifier = trainer->settings.kind == TRAIN_CLASSIFIER;
    trainer->threads = replicas(trainer);
    DarknetViewOptions options = {.first = 0,
                                  .last = trainer->network->plan.count - 1,
                                  .batch = trainer->batch,
                                  .threads = trainer->threads,
                                  .train = true};
    trainer->view = darknet_view_new(trainer->network, &options, error);
    trainer->order = memory_new(trainer->count, sizeof *trainer->order, "the order of digits", error);
    trainer->first = memory_new(parameters, sizeof(float), "Adam's moments", error);
    trainer->second = memory_new(parameters, sizeof(float), "Adam's moments", error);
    trainer->updates = memory_new((size_t)trainer->threads * parameters, sizeof(float), "weight gradients", error);
    trainer->x = memory_new(batch * pixels, sizeof(float), "a batch", error);
    trainer->truth = trainer->x;
    LayerKind kind = trainer->network->plan.layers[0].kind;
    if (kind != LAYER_CONNECTED && kind != LAYER_CONVOLUTIONAL) {
        trainer->dx = memory_new(batch * pixels, sizeof(float), "a batch", error);
        if (!trainer->dx) return -1;
    }
    if (classifier)
        trainer->truth = memory_new(batch * (size_t)trainer->digits->classes, sizeof(float), "a batch", error);
    trainer->row_capacity = 2 * TRAIN_ROWS + (size_t)(trainer->steps / trainer->steps_per_epoch) + 8;
    trainer->rows = memory_new(trainer->row_capacity, sizeof *trainer->rows, "the loss curve", error);
    return trainer->view && trainer->order && trainer->first && trainer->second && trainer->updates && trainer->x &&
                   trainer->truth && trainer->rows
               ? 0
               : -1;
}

static void close_trainer(Trainer *trainer) {
    darknet_view_free(trainer->view);
    memory_free(trainer->order);
    memory_free(trainer->first);
    memory_free(trainer->second);
    memory_free(trainer->updates);
    if (trainer->truth != trainer->x) memory_free(trainer->truth);
    memory_free(trainer->x);
    memory_free(trainer->dx);
    memory_free(trainer->rows);
}

static int add_row(Trainer *trainer, bool epoch_ends, Error *error) {
    TrainState *state = &trainer->state;
    TrainRow *row = &trainer->rows[state->rows];
    row->step = (double)state->step;
    row->epoch = (double)state->step / (double)trainer->steps_per_epoch;
    row->loss = state->row_loss / state->row_steps;
    row->learning_rate = trainer_learning_rate(trainer);
    row->held_out_loss = NAN;
    state->row_loss = state->row_steps = 0;
    if ((size_t)state->rows + 1 < trainer->row_capacity) state->rows++;
    if (!epoch_ends || trainer->held_out_count == 0) return 0;
    size_t some = trainer->held_out_count < HELD_OUT_FOR_CURVE ? trainer->held_out_count : HELD_OUT_FOR_CURVE;
    return network_measure(trainer->network, trainer->digits, trainer->held_out, some, trainer->settings.kind,
                           &row->held_out_loss, NULL, error);
}

static int account(Trainer *trainer, double loss, Error *error) {
    TrainState *state = &trainer->state;
    if (!isfinite(loss))
        return error_set(error, "training %s: the loss is no longer finite at step %ld; lower learning_rate (now %g)",
                         trainer->name, state->step + 1, trainer->settings.learning_rate);
    state->step++;
    state->row_loss += loss;
    state->row_steps++;
    state->epoch_loss += loss;
    state->epoch_steps++;
    bool ends = state->step % trainer->steps_per_epoch == 0 || state->step == trainer->steps;
    long every = trainer->steps / TRAIN_ROWS > 0 ? trainer->steps / TRAIN_ROWS : 1;
    if ((ends || state->step % every == 0) && add_row(trainer, ends, error) != 0) return -1;
    if (!ends) return 0;
    state->last_epoch_loss = state->epoch_loss / state->epoch_steps;
    state->epoch_loss = state->epoch_steps = 0;
    return curve_write(trainer, error);
}

static int run_steps(Trainer *trainer, Error *error) {
    Progress *progress = trainer->run->progress;
    double written = clock_seconds();
    if (progress) progress_start(progress, trainer->steps, "training %s", trainer->name);
    while (trainer->state.step < trainer->steps) {
        if (run_check_interrupt(trainer->run, error) != 0) {
            Error ignored;
            if (checkpoint_write(trainer, &ignored) != 0)
                return error_set(error, "stopped, but the checkpoint cannot be written: %s", ignored.message);
            return -1;
        }
        double loss = trainer_step(trainer);
        if (account(trainer, loss, error) != 0) return -1;
        if (progress) progress_update(progress, trainer->state.step, "loss %.5f", loss);
        double every = trainer->settings.checkpoint_seconds;
        if (every > 0 && clock_seconds() - written > every) {
            if (checkpoint_write(trainer, error) != 0) return -1;
            written = clock_seconds();
        }
    }
    if (progress) progress_finish(progress, "loss %.5f", trainer->state.last_epoch_loss);
    return 0;
}

static int train(Trainer *trainer, TrainResult *result, Error *error) {
    bool found = false;
    double started = clock_seconds();
    if (make_buffers(trainer, error) != 0) return -1;
    if (trainer->run->resume && checkpoint_read(trainer, &found, error) != 0) return -1;
    if (run_steps(trainer, error) != 0 || curve_write(trainer, error) != 0) return -1;
    result->steps = trainer->state.step;
    result->loss = trainer->state.last_epoch_loss;
    result->seconds = clock_seconds() - started;
    if (cache_write(trainer, result, error) != 0) return -1;
    checkpoint_remove(trainer);
    return 0;
}

int network_train(DarknetNetwork *network, const Digits *digits, const uint32_t *indices, size_t count,
                  const uint32_t *held_out, size_t held_out_count, const char *name, const TrainSettings *settings,
                  const Run *run, TrainResult *result, Error *error) {
    memset(result, 0, sizeof *result);
    result->held_out_loss = result->accuracy = NAN;
    Trainer trainer = {.network = network,
                       .digits = digits,
                       .indices = indices,
                       .count = count,
                       .held_out = held_out,
                       .held_out_count = held_out_count,
                       .settings = *settings,
                       .run = run,
                       .name = name,
                       .order_epoch = -1};
    if (check(&trainer, error) != 0) return -1;
    trainer.batch = (size_t)settings->batch < count ? settings->batch : (int)count;
    trainer.steps_per_epoch = (long)(count / (size_t)trainer.batch);
    trainer.steps = lround(settings->epochs * (double)trainer.steps_per_epoch);
    if (trainer.steps < 1) trainer.steps = 1;
    train_key(network, digits, indices, count, settings, run, trainer.key);
    memcpy(result->key, trainer.key, sizeof result->key);
    char work[PATH_LIMIT];
    if (path_join(work, error, run->folder, "work") != 0 || folder_make(work, error) != 0) return -1;
    if (cache_read(&trainer, result, &result->reused, error) != 0) return -1;
    int failed = !result->reused && train(&trainer, result, error) != 0;
    close_trainer(&trainer);
    if (failed) return -1;
    if (held_out_count == 0) return 0;
    return network_measure(network, digits, held_out, held_out_count, settings->kind, &result->held_out_loss,
                           &result->accuracy, error);
}
