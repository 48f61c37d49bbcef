#include "text/training_checkpoint.h"

#include "base/file.h"
#include "base/memory.h"
#include "text/fingerprint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int training_state_add(TrainingState *state, const TrainingRow *row, Error *error) {
    TrainingRow *rows = memory_grow(state->rows, state->row_count * sizeof *rows, state->row_count + 1, sizeof *rows,
                                    "rows of a training curve", error);
    if (!rows) return -1;
    rows[state->row_count++] = *row;
    state->rows = rows;
    return 0;
}

void training_state_close(TrainingState *state) {
    memory_free(state->rows);
    memset(state, 0, sizeof *state);
}

static const char MAGIC[24] = "latentdream training 1\n";

typedef struct Header {
    char magic[24];
    uint64_t key;
    uint64_t total;  // floats of the weights, and of each moment
    uint64_t row_count;
    int64_t step, bound, loss_count;
    double loss_sum;
} Header;

static uint64_t print_all(const Header *header, const TrainingRow *rows, float *const *blocks) {
    uint64_t print = fingerprint_add(FINGERPRINT_START, header, sizeof *header);
    print = fingerprint_add(print, rows, header->row_count * sizeof *rows);
    for (int i = 0; i < 3; i++) print = fingerprint_add(print, blocks[i], header->total * sizeof(float));
    return print;
}

int training_checkpoint_write(const char *path, uint64_t key, const TrainingState *state, const TextNetwork *network,
                              TextTrainer *trainer, Error *error) {
    float *const blocks[3] = {network->storage, text_trainer_first_moment(trainer),
                              text_trainer_second_moment(trainer)};
    Header header = {.key = key,
                     .total = network->total,
                     .row_count = state->row_count,
                     .step = state->step,
                     .bound = state->bound,
                     .loss_count = state->loss_count,
                     .loss_sum = state->loss_sum};
    memcpy(header.magic, MAGIC, sizeof MAGIC);
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    fwrite(&header, sizeof header, 1, writer.stream);
    if (state->row_count > 0) fwrite(state->rows, sizeof *state->rows, state->row_count, writer.stream);
    for (int i = 0; i < 3; i++) fwrite(blocks[i], sizeof(float), network->total, writer.stream);
    uint64_t print = print_all(&header, state->rows, blocks);
    fwrite(&print, sizeof print, 1, writer.stream);
    return file_writer_close(&writer, error);
}

static int damaged(const char *path, const char *what, Error *error) {
    return error_set(error, "%s: the checkpoint is damaged (%s); delete it to train afresh", path, what);
}

/* The file's length is known to be `size`: what the header says must add up to it. */
static bool sizes_fit(const Header *header, size_t total, size_t size) {
    size_t fixed = sizeof *header + 3 * total * sizeof(float) + sizeof(uint64_t);
    return header->total == total && size >= fixed && header->row_count == (size - fixed) / sizeof(TrainingRow) &&
           (size - fixed) % sizeof(TrainingRow) == 0;
}

static int read_blocks(FILE *stream, const char *path, const Header *header, TrainingState *state,
                       float *const *blocks, Error *error) {
    TrainingRow *rows = memory_new((size_t)header->row_count, sizeof *rows, "rows of a training curve", error);
    if (!rows) return -1;
    memory_free(state->rows);
    *state = (TrainingState){.step = (long)header->step,
                             .bound = (long)header->bound,
                             .loss_sum = header->loss_sum,
                             .loss_count = (long)header->loss_count,
                             .rows = rows,
                             .row_count = (size_t)header->row_count};
    bool whole = fread(rows, sizeof *rows, state->row_count, stream) == state->row_count;
    for (int i = 0; whole && i < 3; i++)
        whole = fread(blocks[i], sizeof(float), header->total, stream) == header->total;
    uint64_t print;
    if (!whole || fread(&print, sizeof print, 1, stream) != 1) return damaged(path, "it ends early", error);
    return print == print_all(header, rows, blocks) ? 1 : damaged(path, "its bytes have changed", error);
}

int training_checkpoint_read(const char *path, uint64_t key, TrainingState *state, TextNetwork *network,
                             TextTrainer *trainer, Error *error) {
    FILE *stream = fopen(path, "rb");
    if (!stream && errno == ENOENT) return 0;
    if (!stream) return error_set(error, "%s: %s", path, strerror(errno));
    float *const blocks[3] = {network->storage, text_trainer_first_moment(trainer),
                              text_trainer_second_moment(trainer)};
    struct stat information;
    Header header;
    int got;
    if (fstat(fileno(stream), &information) != 0)
        got = error_set(error, "%s: %s", path, strerror(errno));
    else if (fread(&header, sizeof header, 1, stream) != 1 || memcmp(header.magic, MAGIC, sizeof MAGIC) != 0)
        got = damaged(path, "it does not begin as one", error);
    else if (header.key != key)
        got = 0;
    else if (!sizes_fit(&header, network->total, (size_t)information.st_size))
        got = damaged(path, "its length does not fit its header", error);
    else
        got = read_blocks(stream, path, &header, state, blocks, error);
    fclose(stream);
    if (got == 1) text_network_changed(network);
    return got;
}
