#include "text/train_language_model.h"

#include "base/memory.h"
#include "base/tsv.h"
#include "text/held_out.h"
#include "text/muon.h"
#include "text/sample_text.h"
#include "text/training_checkpoint.h"
#include "text/training_samples.h"
#include "text/training_windows.h"

#include <math.h>
#include <string.h>

/* A training on its way. */
typedef struct Training {
    const LanguageTraining *settings;
    const Run *run;
    const Corpus *corpus;
    const Tokenizer *tokenizer;
    TextNetwork *network;
    TextTrainer *trainer;
    Muon muon;
    TrainingWindows windows;
    TrainingState state;
    TrainingSamples samples;
    int *ids, *targets;  // (batch, tokens)
    uint64_t key;
    char checkpoint[PATH_LIMIT], curve[PATH_LIMIT];
    double saved;  // clock_seconds of the last checkpoint
} Training;

static void training_close(Training *training) {
    text_trainer_free(training->trainer);
    muon_close(&training->muon);
    training_windows_close(&training->windows);
    training_state_close(&training->state);
    training_samples_close(&training->samples);
    memory_free(training->ids);
    memory_free(training->targets);
}

static int open_paths(Training *training, Error *error) {
    const char *folder = training->run->folder, *name = training->settings->name;
    char made[PATH_LIMIT];
    if (path_join(made, error, folder, "work") != 0 || folder_make(made, error) != 0) return -1;
    if (path_join(made, error, folder, "curves") != 0 || folder_make(made, error) != 0) return -1;
    if (path_join(training->checkpoint, error, folder, "work/%s.training", name) != 0) return -1;
    return path_join(training->curve, error, folder, "curves/train-%s.tsv", name);
}

/* The number of steps that what is done depends on; 0: none in particular. */
static long bound_of(const LanguageTraining *settings, long step) {
    return language_training_is_open(settings, step) ? 0 : settings->steps * (1L << 31) + settings->cool_down;
}

static int resume(Training *training, Error *error) {
    const LanguageTraining *settings = training->settings;
    TrainingState *state = &training->state;
    int got = training_checkpoint_read(training->checkpoint, training->key, state, training->network,
                                       training->trainer, error);
    if (got < 0) return -1;
    if (got == 1 && state->bound != bound_of(settings, state->step))
        return error_set(error, "%s: was made with another steps= or cool_down=; delete it to train afresh",
                         training->checkpoint);
    if (got == 1 && state->step < settings->steps)
        progress_say(training->run->progress, "%s: goes on at step %ld", settings->name, state->step);
    return 0;
}

static int training_open(Training *training, Error *error) {
    const LanguageTraining *settings = training->settings;
    size_t count = (size_t)settings->batch * (size_t)settings->tokens;
    training->ids = memory_new(count, sizeof(int), "a training batch", error);
    training->targets = memory_new(count, sizeof(int), "a training batch", error);
    if (!training->ids || !training->targets || open_paths(training, error) != 0) return -1;
    if (training_windows_open(&training->windows, &training->corpus->training, settings->tokens, settings->seed,
                              error) != 0)
        return -1;
    if (settings->muon && muon_open(&training->muon, training->network, error) != 0) return -1;
    training->trainer =
        text_trainer_new(training->network, settings->batch, settings->tokens, settings->precision, error);
    if (!training->trainer) return -1;
    training->key =
        language_training_key(settings, &training->network->shape, training->corpus, training->run->threads, true);
    text_network_initialize(training->network, settings->seed);
    if (training->run->resume && resume(training, error) != 0) return -1;
    return training_samples_open(&training->samples, training->run->folder, training->state.step, error);
}

static int save(Training *training, Error *error) {
    training->saved = clock_seconds();
    training->state.bound = bound_of(training->settings, training->state.step);
    return training_checkpoint_write(training->checkpoint, training->key, &training->state, training->network,
                                     training->trainer, error);
}

static int write_curve(const Training *training, Error *error) {
    static const char *const COLUMNS[] = {"step", "epoch", "loss", "held_out_loss", "learning_rate", NULL};
    TsvWriter writer;
    if (tsv_writer_open(&writer, training->curve, COLUMNS, error) != 0) return -1;
    for (size_t i = 0; i < training->state.row_count; i++) {
        const TrainingRow *row = &training->state.rows[i];
        tsv_writer_integer(&writer, (long)row->step);
        tsv_writer_number(&writer, row->epoch);
        tsv_writer_number(&writer, row->loss);
        tsv_writer_number(&writer, row->held_out_loss);
        tsv_writer_number(&writer, row->learning_rate);
        tsv_writer_row(&writer);
    }
    return tsv_writer_close(&writer, error);
}

static int evaluate(Training *training, Error *error) {
    const LanguageTraining *settings = training->settings;
    TrainingState *state = &training->state;
    HeldOut held_out;
    if (held_out_sample(training->trainer, &training->corpus->held_out, settings->batch, settings->tokens,
                        settings->evaluate_windows, &held_out, error) != 0)
        return -1;
    TrainingRow row = {
        .step = (double)state->step,
        .epoch = training_windows_epochs(&training->windows, state->step, settings->batch),
        .loss = state->loss_count > 0 ? state->loss_sum / (double)state->loss_count : NAN,
        .held_out_loss = held_out_nats_per_token(&held_out),
        .learning_rate = (double)settings->adamw.learning_rate * language_training_rate(settings, state->step)};
    state->loss_sum = 0;
    state->loss_count = 0;
    if (training_state_add(state, &row, error) != 0) return -1;
    return write_curve(training, error);
}

/* Some words of the model's own, from the beginning of a book. A network that is not causal does not write. */
static int show_sample(Training *training, Error *error) {
    if (!training->network->shape.causal) return 0;
    SampleSettings settings = {.count = 48, .temperature = 0.8f, .candidates = 40};
    Random random = random_stream_at(training->settings->seed, "samples", (uint64_t)training->state.step);
    int end = tokenizer_end_of_text(training->tokenizer);
    TokenList tokens = {0};
    char *text = NULL;
    size_t size = 0;
    int failed = token_list_append(&tokens, end >= 0 ? end : 0, error);
    if (!failed) failed = text_sample(training->network, &settings, end, &random, &tokens, error);
    if (!failed)
        failed = tokenizer_decode(training->tokenizer, tokens.ids + 1, tokens.count - 1, &text, &size, error);
    if (!failed) failed = training_samples_add(&training->samples, training->state.step, text, size, error);
    for (size_t i = 0; !failed && i < size; i++)
        if ((unsigned char)text[i] < ' ') text[i] = ' ';
    if (!failed) progress_say(training->run->progress, "  step %ld writes: %s", training->state.step, text);
    memory_free(text);
    token_list_free(&tokens);
    return failed;
}

static int take_step(Training *training, Error *error) {
    const LanguageTraining *settings = training->settings;
    TrainingState *state = &training->state;
    training_windows_batch(&training->windows, state->step, settings->batch, training->ids, training->targets);
    double loss;
    if (text_trainer_gradients(training->trainer, training->ids, training->targets, settings->batch, settings->tokens,
                               false, &loss, error) != 0)
        return -1;
    float rate = (float)language_training_rate(settings, state->step), norm;
    AdamWSettings adamw = settings->adamw;
    adamw.learning_rate *= rate;
    if (settings->muon) {
        MuonSettings muon = {.adamw = adamw,
                             .learning_rate = settings->matrix_learning_rate * rate,
                             .momentum = settings->matrix_momentum,
                             .clip = settings->clip};
        if (muon_update(&training->muon, training->trainer, &muon, state->step + 1, &norm, error) != 0) return -1;
    } else {
        norm = text_trainer_update(training->trainer, &adamw, settings->clip, state->step + 1);
    }
    state->step++;
    if (!isfinite(loss) || !isfinite(norm))
        return error_set(error, "%s: the loss became %g at step %ld; lower learning_rate, or set clip",
                         settings->name, loss, state->step);
    state->loss_sum += loss;
    state->loss_count++;
    return 0;
}

static bool is_due(long step, long every, long last) { return every > 0 && (step % every == 0 || step == last); }

static int train(Training *training, Error *error) {
    const LanguageTraining *settings = training->settings;
    TrainingState *state = &training->state;
    Progress *progress = training->run->progress;
    if (state->row_count == 0 && evaluate(training, error) != 0) return -1;
    training->saved = clock_seconds();
    progress_start(progress, settings->steps, "training %s", settings->name);
    double started = clock_seconds();
    long first = state->step;
    while (state->step < settings->steps) {
        if (run_check_interrupt(training->run, error) != 0) return save(training, error), -1;
        if (take_step(training, error) != 0) return -1;
        double rate =
            (double)(state->step - first) * settings->batch * settings->tokens / (clock_seconds() - started);
        const TrainingRow *row = &state->rows[state->row_count - 1];
        progress_update(progress, state->step, "loss %.3f, held out %.3f, %.0f tokens/s",
                        state->loss_sum / (double)state->loss_count, row->held_out_loss, rate);
        if (is_due(state->step, settings->evaluate_every, settings->steps) && evaluate(training, error) != 0)
            return -1;
        if (is_due(state->step, settings->sample_every, settings->steps) && show_sample(training, error) != 0)
            return -1;
        if (clock_seconds() - training->saved >= settings->checkpoint_seconds && settings->checkpoint_seconds > 0 &&
            save(training, error) != 0)
            return -1;
    }
    progress_finish(progress, "held out %.3f", state->rows[state->row_count - 1].held_out_loss);
    return first < settings->steps ? save(training, error) : 0;
}

int language_model_train(TextNetwork *network, const Corpus *corpus, const Tokenizer *tokenizer,
                         const LanguageTraining *settings, const Run *run, LanguageTrainingResult *result,
                         Error *error) {
    Training training = {
        .settings = settings, .run = run, .corpus = corpus, .tokenizer = tokenizer, .network = network};
    int failed = training_open(&training, error);
    if (!failed) failed = train(&training, error);
    if (!failed) failed = write_curve(&training, error);
    if (!failed) {
        const TrainingRow *row = &training.state.rows[training.state.row_count - 1];
        *result = (LanguageTrainingResult){
            .steps = settings->steps,
            .tokens = (size_t)settings->steps * (size_t)settings->batch * (size_t)settings->tokens,
            .epochs = row->epoch,
            .loss = row->loss,
            .held_out_loss = row->held_out_loss};
    }
    training_close(&training);
    return failed ? -1 : 0;
}
