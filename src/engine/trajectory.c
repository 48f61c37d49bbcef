#include "engine/trajectory.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

int trajectory_open(Trajectory *trajectory, int restarts, long steps, size_t size, long snapshot_every,
                    Error *error) {
    memset(trajectory, 0, sizeof *trajectory);
    trajectory->restarts = restarts;
    trajectory->steps = steps;
    trajectory->size = size;
    trajectory->snapshot_every = snapshot_every;
    trajectory->snapshot_count = snapshot_every > 0 ? steps / snapshot_every + 1 : 0;
    size_t count = (size_t)restarts, z = size * sizeof(float), records = (size_t)steps + 1;
    struct {
        void **block;
        size_t count, size;
    } blocks[] = {
        {(void **)&trajectory->values, records, count * sizeof(float)},
        {(void **)&trajectory->squashed, records, count * sizeof(float)},
        {(void **)&trajectory->stopped, count, sizeof(long)},
        {(void **)&trajectory->start, count, z},
        {(void **)&trajectory->final, count, z},
        {(void **)&trajectory->start_values, count, sizeof(float)},
        {(void **)&trajectory->final_values, count, sizeof(float)},
        {(void **)&trajectory->snapshots, (size_t)trajectory->snapshot_count * count, z},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        *blocks[i].block = memory_new(blocks[i].count, blocks[i].size, "trajectory", error);
        if (!*blocks[i].block) return -1;
    }
    return 0;
}

int trajectory_add_regularizer(Trajectory *trajectory, const char *name, Error *error) {
    int i = trajectory->regularizers;
    if (i == TRAJECTORY_REGULARIZERS)
        return error_set(error, "%s: at most %d regularizers in one dream", name, TRAJECTORY_REGULARIZERS);
    trajectory->penalties[i] =
        memory_new((size_t)trajectory->steps + 1, (size_t)trajectory->restarts * sizeof(float), "trajectory", error);
    if (!trajectory->penalties[i]) return -1;
    trajectory->names[i] = name;
    trajectory->regularizers++;
    return 0;
}

void trajectory_close(Trajectory *trajectory) {
    memory_free(trajectory->values);
    memory_free(trajectory->squashed);
    for (int i = 0; i < trajectory->regularizers; i++) memory_free(trajectory->penalties[i]);
    memory_free(trajectory->stopped);
    memory_free(trajectory->start);
    memory_free(trajectory->final);
    memory_free(trajectory->start_values);
    memory_free(trajectory->final_values);
    memory_free(trajectory->snapshots);
    memset(trajectory, 0, sizeof *trajectory);
}

static int compare_floats(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

/* Linear between the two nearest ranks. */
static double quantile(const float *sorted, int count, double share) {
    double rank = share * (count - 1);
    int below = (int)rank;
    int above = below + 1 < count ? below + 1 : below;
    return (double)sorted[below] + (rank - below) * ((double)sorted[above] - (double)sorted[below]);
}

static double mean(const float *values, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) sum += (double)values[i];
    return sum / count;
}

static double moving_share(const Trajectory *trajectory, long step) {
    int moving = 0;
    for (int r = 0; r < trajectory->restarts; r++) moving += step <= trajectory->stopped[r];
    return (double)moving / trajectory->restarts;
}

static void write_row(const Trajectory *trajectory, long step, const float *hard, float *sorted, FILE *stream) {
    static const double shares[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    int restarts = trajectory->restarts;
    size_t at = (size_t)step * (size_t)restarts;
    memcpy(sorted, trajectory->values + at, (size_t)restarts * sizeof *sorted);
    qsort(sorted, (size_t)restarts, sizeof *sorted, compare_floats);
    fprintf(stream, "%ld\t%.6g", step, mean(trajectory->values + at, restarts));
    for (int i = 0; i < 5; i++) fprintf(stream, "\t%.6g", quantile(sorted, restarts, shares[i]));
    fprintf(stream, "\t%.6g", mean(trajectory->squashed + at, restarts));
    for (int i = 0; i < trajectory->regularizers; i++)
        fprintf(stream, "\t%.6g", mean(trajectory->penalties[i] + at, restarts));
    fprintf(stream, "\t%.6g", moving_share(trajectory, step));
    if (hard && hard[step] == hard[step])
        fprintf(stream, "\t%.6g", (double)hard[step]);
    else if (hard)
        fputs("\tnan", stream);
    fputc('\n', stream);
}

int trajectory_write_curves(const Trajectory *trajectory, const float *hard, const char *path, Error *error) {
    float *sorted = memory_new((size_t)trajectory->restarts, sizeof *sorted, "curves", error);
    if (!sorted) return -1;
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) {
        memory_free(sorted);
        return -1;
    }
    fputs("step\tvalue_mean\tvalue_p05\tvalue_p25\tvalue_p50\tvalue_p75\tvalue_p95\tobjective_mean", writer.stream);
    for (int i = 0; i < trajectory->regularizers; i++) fprintf(writer.stream, "\t%s", trajectory->names[i]);
    fprintf(writer.stream, "\tmoving%s\n", hard ? "\thard_mean" : "");
    for (long step = 0; step <= trajectory->steps; step++) write_row(trajectory, step, hard, sorted, writer.stream);
    memory_free(sorted);
    return file_writer_close(&writer, error);
}
