/* One step: draw a batch, forward and backward on its rows by thread, Adam. */
#include "compute/random.h"
#include "image/darknet_fast.h"
#include "image/train_internal.h"

#include <math.h>
#include <omp.h>
#include <string.h>

double trainer_learning_rate(const Trainer *trainer) {
    double done = (double)trainer->state.step / (double)trainer->steps;
    return trainer->settings.learning_rate * 0.5 * (1.0 + cos(M_PI * done));
}

static void shuffle_epoch(Trainer *trainer) {
    long epoch = trainer->state.step / trainer->steps_per_epoch;
    if (trainer->order_epoch == epoch) return;
    memcpy(trainer->order, trainer->indices, trainer->count * sizeof *trainer->order);
    Random random = random_stream_at(trainer->settings.seed, "train-shuffle", (uint64_t)epoch);
    random_shuffle(&random, trainer->order, trainer->count);
    trainer->order_epoch = epoch;
}

/* to = image moved by (dx, dy) pixels, 0 where it came from outside. */
static void shift_image(const uint8_t *image, int height, int width, int dx, int dy, float *to) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int fy = y - dy, fx = x - dx;
            int inside = fy >= 0 && fy < height && fx >= 0 && fx < width;
            to[y * width + x] = inside ? (float)image[fy * width + fx] * (1.0f / 255.0f) : 0.0f;
        }
}

static void draw_row(Trainer *trainer, int row) {
    const Digits *digits = trainer->digits;
    long place = trainer->state.step % trainer->steps_per_epoch;
    uint32_t index = trainer->order[(size_t)place * (size_t)trainer->batch + (size_t)row];
    float *x = trainer->x + (size_t)row * digits->pixels;
    int shift = trainer->settings.shift;
    if (shift > 0) {
        uint64_t number = (uint64_t)trainer->state.step * (uint64_t)trainer->batch + (uint64_t)row;
        Random random = random_stream_at(trainer->settings.seed, "train-shift", number);
        int dx = (int)random_below(&random, (uint32_t)(2 * shift + 1)) - shift;
        int dy = (int)random_below(&random, (uint32_t)(2 * shift + 1)) - shift;
        shift_image(digits->images + index * digits->pixels, digits->height, digits->width, dx, dy, x);
    } else {
        digits_floats(digits, &index, 1, x);
    }
    if (trainer->settings.kind != TRAIN_CLASSIFIER) return;
    float *truth = trainer->truth + (size_t)row * (size_t)digits->classes;
    for (int c = 0; c < digits->classes; c++) truth[c] = c == digits->labels[index];
}

/* Noise as large, relative to the latents of these rows, as the setting says. */
static void add_noise(const Trainer *trainer, layer *latent, int first_row) {
    size_t count = (size_t)latent->batch * (size_t)latent->outputs;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += latent->output[i];
        squares += (double)latent->output[i] * latent->output[i];
    }
    double mean = sum / (double)count, variance = squares / (double)count - mean * mean;
    float deviation = trainer->settings.latent_noise * (float)sqrt(variance > 0 ? variance : 0);
    for (int row = 0; row < latent->batch; row++) {
        uint64_t number = (uint64_t)trainer->state.step * (uint64_t)trainer->batch + (uint64_t)(first_row + row);
        Random random = random_stream_at(trainer->settings.seed, "train-noise", number);
        float *z = latent->output + (size_t)row * (size_t)latent->outputs;
        for (int i = 0; i < latent->outputs; i++) z[i] += deviation * random_normal(&random);
    }
}

/* libdarknet's forward; with noise in two parts, up to the latent and from there on. */
static void forward(const Trainer *trainer, DarknetSlice *slice, int first_row) {
    if (trainer->noise_layer < 0) {
        darknet_library.forward_network(&slice->net);
        return;
    }
    network part = slice->net;
    part.n = trainer->noise_layer + 1;
    darknet_library.forward_network(&part);
    layer *latent = &slice->layers[trainer->noise_layer];
    add_noise(trainer, latent, first_row);
    part = slice->net;
    part.n -= trainer->noise_layer + 1;
    part.layers += trainer->noise_layer + 1;
    part.input = latent->output;
    darknet_library.forward_network(&part);
}

/* The gradient of the mean loss: Darknet's updates point uphill on minus the loss, summed over the batch. */
static AdamStep adam_step(const Trainer *trainer) {
    const TrainSettings *settings = &trainer->settings;
    return (AdamStep){.parameters = trainer->network->parameters,
                      .first = trainer->first,
                      .second = trainer->second,
                      .updates = trainer->updates,
                      .stride = trainer->network->plan.parameters,
                      .replicas = trainer->threads,
                      .scale = -1.0f / (float)trainer->batch,
                      .learning_rate = (float)trainer_learning_rate(trainer),
                      .beta1 = settings->beta1,
                      .beta2 = settings->beta2,
                      .epsilon = settings->epsilon,
                      .step = trainer->state.step + 1};
}

/* Thread t of T takes its share of the parameters; only weights decay. Rolling statistics have no gradient. */
static void apply_share(const Trainer *trainer, int t, int T) {
    AdamStep adam = adam_step(trainer);
    size_t parameters = trainer->network->plan.parameters;
    size_t from = parameters * (size_t)t / (size_t)T, to = parameters * (size_t)(t + 1) / (size_t)T;
    if (trainer->settings.weight_decay == 0) {
        adam_apply(&adam, from, to);
        return;
    }
    size_t at = from;
    for (int i = 0; i < trainer->network->plan.count; i++) {
        ParameterPlaces places;
        if (!darknet_parameter_places(&trainer->network->plan, i, &places)) continue;
        size_t begin = places.weights, end = begin + trainer->network->plan.layers[i].weights;
        begin = begin < at ? at : begin > to ? to : begin;
        end = end < begin ? begin : end > to ? to : end;
        adam.decay = 0;
        adam_apply(&adam, at, begin);
        adam.decay = trainer->settings.weight_decay;
        adam_apply(&adam, begin, end);
        at = end;
    }
    adam.decay = 0;
    adam_apply(&adam, at, to);
}

double trainer_step(Trainer *trainer) {
    shuffle_epoch(trainer);
    float losses[256] = {0};
#pragma omp parallel num_threads(trainer->threads)
    {
        int t = omp_get_thread_num(), T = omp_get_num_threads();
        for (int r = t; r < trainer->threads; r += T) {
            int first, rows = darknet_rows(trainer->batch, trainer->threads, r, &first);
            for (int row = first; row < first + rows; row++) draw_row(trainer, row);
            trainer->view->slices[r].updates = trainer->updates + (size_t)r * trainer->network->plan.parameters;
            DarknetSlice *slice = darknet_view_slice(trainer->view, r, first, rows, trainer->x, trainer->dx);
            slice->net.train = 1;
            slice->net.truth = trainer->truth + (size_t)first * (size_t)slice->layers[trainer->loss_layer].outputs;
            darknet_dropout_seed(trainer->settings.seed, trainer->state.step, first);
            forward(trainer, slice, first);
            darknet_library.backward_network(&slice->net);
            losses[r] = slice->costs[trainer->loss_layer];
        }
#pragma omp barrier
        apply_share(trainer, t, T);
    }
    double loss = 0;
    for (int r = 0; r < trainer->threads; r++) loss += losses[r];
    return loss / trainer->batch /
           (trainer->settings.kind == TRAIN_AUTOENCODER ? (double)trainer->digits->pixels : 1.0);
}
