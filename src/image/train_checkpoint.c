/* What training leaves in the run's folder: checkpoints, the curve, the finished weights with their key. */
#include "base/memory.h"
#include "image/train_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char MAGIC[8] = "LDTRAIN1";

static int work_path(const Trainer *trainer, const char *ending, char *path, Error *error) {
    return path_join(path, error, trainer->run->folder, "work/%s.%s", trainer->name, ending);
}

int checkpoint_write(const Trainer *trainer, Error *error) {
    char path[PATH_LIMIT];
    FileWriter writer;
    size_t parameters = trainer->network->plan.parameters;
    if (work_path(trainer, "checkpoint", path, error) != 0 || file_writer_open(&writer, path, error) != 0) return -1;
    fwrite(MAGIC, sizeof MAGIC, 1, writer.stream);
    fwrite(trainer->key, 64, 1, writer.stream);
    fwrite(&trainer->state, sizeof trainer->state, 1, writer.stream);
    fwrite(trainer->network->parameters, sizeof(float), parameters, writer.stream);
    fwrite(trainer->first, sizeof(float), parameters, writer.stream);
    fwrite(trainer->second, sizeof(float), parameters, writer.stream);
    fwrite(trainer->rows, sizeof *trainer->rows, (size_t)trainer->state.rows, writer.stream);
    return file_writer_close(&writer, error);
}

/* The bytes after the key, which is the same. */
static int take_up(Trainer *trainer, const char *bytes, size_t size, const char *path, Error *error) {
    size_t parameters = trainer->network->plan.parameters, vector = parameters * sizeof(float);
    size_t fixed = sizeof trainer->state + 3 * vector;
    TrainState state = {0};
    if (size >= fixed) memcpy(&state, bytes, sizeof state);
    if (size < fixed || state.rows < 0 || (size_t)state.rows > trainer->row_capacity || state.step < 0 ||
        state.step > trainer->steps || size != fixed + (size_t)state.rows * sizeof *trainer->rows)
        return error_set(error, "%s: the checkpoint is damaged; remove it to train from the beginning", path);
    trainer->state = state;
    bytes += sizeof state;
    memcpy(trainer->network->parameters, bytes, vector);
    memcpy(trainer->first, bytes + vector, vector);
    memcpy(trainer->second, bytes + 2 * vector, vector);
    memcpy(trainer->rows, bytes + 3 * vector, (size_t)state.rows * sizeof *trainer->rows);
    return 0;
}

int checkpoint_read(Trainer *trainer, bool *found, Error *error) {
    char path[PATH_LIMIT], *bytes;
    size_t size, head = sizeof MAGIC + 64;
    *found = false;
    if (work_path(trainer, "checkpoint", path, error) != 0) return -1;
    if (!file_exists(path)) return 0;
    size_t limit = head + sizeof(TrainState) + 3 * trainer->network->plan.parameters * sizeof(float) +
                   trainer->row_capacity * sizeof(TrainRow);
    if (file_read(path, limit, &bytes, &size, NULL) != 0) return 0; /* another network's: too long */
    bool same = size >= head && memcmp(bytes, MAGIC, sizeof MAGIC) == 0 &&
                memcmp(bytes + sizeof MAGIC, trainer->key, 64) == 0;
    int failed = same && take_up(trainer, bytes + head, size - head, path, error) != 0;
    *found = same && !failed;
    memory_free(bytes);
    return failed ? -1 : 0;
}

int checkpoint_remove(const Trainer *trainer) {
    char path[PATH_LIMIT];
    return work_path(trainer, "checkpoint", path, NULL) != 0 ? -1 : unlink(path);
}

int curve_write(const Trainer *trainer, Error *error) {
    char path[PATH_LIMIT];
    FileWriter writer;
    if (path_join(path, error, trainer->run->folder, "curves") != 0 || folder_make(path, error) != 0) return -1;
    if (path_join(path, error, trainer->run->folder, "curves/train-%s.tsv", trainer->name) != 0) return -1;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    fprintf(writer.stream, "step\tepoch\tloss\theld_out_loss\tlearning_rate\n");
    for (long r = 0; r < trainer->state.rows; r++) {
        const TrainRow *row = &trainer->rows[r];
        fprintf(writer.stream, "%.6g\t%.6g\t%.6g\t", row->step, row->epoch, row->loss);
        if (isnan(row->held_out_loss))
            fprintf(writer.stream, "nan\t%.6g\n", row->learning_rate);
        else
            fprintf(writer.stream, "%.6g\t%.6g\n", row->held_out_loss, row->learning_rate);
    }
    return file_writer_close(&writer, error);
}

static void hash_parameters(const Trainer *trainer, char hex[65]) {
    Sha256 sha;
    sha256_begin(&sha);
    sha256_add(&sha, trainer->network->parameters, trainer->network->plan.parameters * sizeof(float));
    sha256_end(&sha, hex);
}

/* The key comes last: weights without it, or with another, are not taken. */
int cache_write(const Trainer *trainer, const TrainResult *result, Error *error) {
    char path[PATH_LIMIT], text[512], hash[65];
    if (work_path(trainer, "weights", path, error) != 0) return -1;
    if (darknet_network_save(trainer->network, path, error) != 0) return -1;
    hash_parameters(trainer, hash);
    int length = snprintf(text, sizeof text, "%s\n%s\n%ld %.17g\n", trainer->key, hash, result->steps, result->loss);
    if (work_path(trainer, "key", path, error) != 0) return -1;
    return file_write(path, text, (size_t)length, error);
}

int cache_read(Trainer *trainer, TrainResult *result, bool *found, Error *error) {
    char path[PATH_LIMIT], key[65], hash[65], actual[65], *text;
    size_t size;
    *found = false;
    if (work_path(trainer, "key", path, error) != 0) return -1;
    if (!file_exists(path) || file_read(path, 511, &text, &size, NULL) != 0) return 0;
    int read = sscanf(text, "%64s %64s %ld %lg", key, hash, &result->steps, &result->loss);
    memory_free(text);
    if (read != 4 || strcmp(key, trainer->key) != 0) return 0;
    if (work_path(trainer, "weights", path, error) != 0) return -1;
    size_t bytes = trainer->network->plan.parameters * sizeof(float);
    float *before = memory_new(bytes, 1, "weights", error);
    if (!before) return -1;
    memcpy(before, trainer->network->parameters, bytes);
    if (darknet_network_load(trainer->network, path, NULL) == 0) {
        hash_parameters(trainer, actual);
        *found = strcmp(actual, hash) == 0;
    }
    if (!*found) memcpy(trainer->network->parameters, before, bytes);
    memory_free(before);
    return 0;
}
