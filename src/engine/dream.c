#include "engine/dream.h"

#include "base/memory.h"
#include "engine/objective.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* One batch of restarts on its way. Row i is restart restarts[i]; a restart that has stopped stays in its row without
 * moving until a quarter of the rows are such, then the moving ones close ranks. */
typedef struct Ascent {
    const Dream *dream;
    Trajectory *trajectory;
    Objective objective;
    Optimizer optimizer;
    const char *name;
    int first, count;  // the restarts of the batch
    int rows, moving_rows;
    int *restarts;          // (rows)
    unsigned char *moving;  // (rows)
    float *best;            // (rows) the objective at last_rise
    long *last_rise;        // (rows) the step at which the objective last rose by `tolerance`
    float *z, *start, *dz;  // (rows, size)
} Ascent;

static void ascent_close(Ascent *ascent) {
    objective_close(&ascent->objective);
    optimizer_close(&ascent->optimizer);
    void *blocks[] = {ascent->restarts, ascent->moving, ascent->best, ascent->last_rise,
                      ascent->z,        ascent->start,  ascent->dz};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) memory_free(blocks[i]);
}

static int ascent_open(Ascent *ascent, const Dream *dream, Trajectory *trajectory, Error *error) {
    memset(ascent, 0, sizeof *ascent);
    ascent->dream = dream;
    ascent->trajectory = trajectory;
    ascent->name = dream->name ? dream->name : "dream";
    int limit = dream->batch < dream->restarts ? dream->batch : dream->restarts;
    size_t size = dream_z_size(dream), row = size * sizeof(float);
    OptimizerSettings settings = dream->optimizer;
    settings.steps = dream->steps;
    if (objective_open(&ascent->objective, dream, limit, error) != 0 ||
        optimizer_open(&ascent->optimizer, &settings, limit, size, error) != 0)
        return ascent_close(ascent), -1;
    struct {
        void **block;
        size_t row;
    } blocks[] = {
        {(void **)&ascent->restarts, sizeof(int)},
        {(void **)&ascent->moving, 1},
        {(void **)&ascent->best, sizeof(float)},
        {(void **)&ascent->last_rise, sizeof(long)},
        {(void **)&ascent->z, row},
        {(void **)&ascent->start, row},
        {(void **)&ascent->dz, row},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        *blocks[i].block = memory_new((size_t)limit, blocks[i].row, "a batch of dreams", error);
        if (!*blocks[i].block) return ascent_close(ascent), -1;
    }
    return 0;
}

/* The restarts first .. first + count - 1 at their starts. */
static int begin_batch(Ascent *ascent, int first, int count, Error *error) {
    const Dream *dream = ascent->dream;
    size_t size = ascent->objective.z_size, bytes = (size_t)count * size * sizeof(float);
    ascent->first = first;
    ascent->count = ascent->rows = ascent->moving_rows = count;
    for (int i = 0; i < count; i++) {
        ascent->restarts[i] = first + i;
        ascent->moving[i] = 1;
        ascent->best[i] = -INFINITY;
        ascent->last_rise[i] = 0;
        ascent->trajectory->stopped[first + i] = dream->steps;
    }
    memcpy(ascent->start, dream->starts + (size_t)first * size, bytes);
    memcpy(ascent->z, ascent->start, bytes);
    memcpy(ascent->trajectory->start + (size_t)first * size, ascent->start, bytes);
    optimizer_reset(&ascent->optimizer);
    if (objective_take_rows(&ascent->objective, ascent->restarts, count, error) != 0) return -1;
    if (!dream->transform) return 0;
    return objective_plain_values(&ascent->objective, ascent->z, ascent->trajectory->start_values + first, error);
}

static int not_finite(const Ascent *ascent, const char *what, float found, long step, int row, Error *error) {
    const char *became = isnan(found) ? "NaN" : "infinite";
    if (step == 0)
        return error_set(error, "%s: %s is %s at the start of restart %d: the start or a network's weights are bad",
                         ascent->name, what, became, ascent->restarts[row]);
    return error_set(error, "%s: %s became %s at step %ld of restart %d: lower learning_rate", ascent->name, what,
                     became, step, ascent->restarts[row]);
}

static int check_values(const Ascent *ascent, long step, Error *error) {
    const Objective *objective = &ascent->objective;
    for (int i = 0; i < ascent->rows; i++) {
        if (!ascent->moving[i]) continue;
        if (!isfinite(objective->value[i])) return not_finite(ascent, "value", objective->value[i], step, i, error);
        if (!isfinite(objective->total[i]))
            return not_finite(ascent, "objective", objective->total[i], step, i, error);
    }
    return 0;
}

static int check_gradient(const Ascent *ascent, long step, Error *error) {
    size_t size = ascent->objective.z_size;
    for (int i = 0; i < ascent->rows; i++) {
        if (!ascent->moving[i]) continue;
        const float *row = ascent->dz + (size_t)i * size;
        int bad = 0;
        for (size_t j = 0; j < size; j++) bad |= !(fabsf(row[j]) <= FLT_MAX);
        for (size_t j = 0; bad && j < size; j++)
            if (!isfinite(row[j])) return not_finite(ascent, "gradient", row[j], step, i, error);
    }
    return 0;
}

/* The batch's part of record `step`: what the record before says, then what is new for the restarts that move. */
static void record_values(Ascent *ascent, long step, int rows) {
    Trajectory *trajectory = ascent->trajectory;
    const Objective *objective = &ascent->objective;
    size_t restarts = (size_t)trajectory->restarts, record = (size_t)step * restarts, bytes = sizeof(float);
    size_t at = record + (size_t)ascent->first, before = at - restarts;
    int count = trajectory->regularizers;
    if (step > 0) {
        bytes *= (size_t)ascent->count;
        memcpy(trajectory->values + at, trajectory->values + before, bytes);
        memcpy(trajectory->squashed + at, trajectory->squashed + before, bytes);
        for (int k = 0; k < count; k++)
            memcpy(trajectory->penalties[k] + at, trajectory->penalties[k] + before, bytes);
    }
    for (int i = 0; i < rows; i++) {
        if (!ascent->moving[i]) continue;
        size_t place = record + (size_t)ascent->restarts[i];
        trajectory->values[place] = objective->value[i];
        trajectory->squashed[place] = objective->squashed[i];
        for (int k = 0; k < count; k++)
            trajectory->penalties[k][place] = objective->penalties[(size_t)k * (size_t)objective->limit + (size_t)i];
    }
}

/* A row's z is the last one its restart had so far. */
static void keep_row(Ascent *ascent, int row) {
    size_t size = ascent->objective.z_size;
    memcpy(ascent->trajectory->final + (size_t)ascent->restarts[row] * size, ascent->z + (size_t)row * size,
           size * sizeof(float));
}

static void record_snapshot(Ascent *ascent, long step) {
    Trajectory *trajectory = ascent->trajectory;
    if (trajectory->snapshot_every <= 0 || step % trajectory->snapshot_every != 0) return;
    size_t size = trajectory->size, first = (size_t)ascent->first;
    for (int i = 0; i < ascent->rows; i++)
        if (ascent->moving[i]) keep_row(ascent, i);
    size_t record = (size_t)(step / trajectory->snapshot_every) * (size_t)trajectory->restarts;
    memcpy(trajectory->snapshots + (record + first) * size, trajectory->final + first * size,
           (size_t)ascent->count * size * sizeof(float));
}

static void stop_rows(Ascent *ascent, long step) {
    const Dream *dream = ascent->dream;
    for (int i = 0; dream->patience > 0 && i < ascent->rows; i++) {
        if (!ascent->moving[i]) continue;
        float total = ascent->objective.total[i];
        if (total > ascent->best[i] + dream->tolerance) {
            ascent->best[i] = total;
            ascent->last_rise[i] = step;
        } else if (step - ascent->last_rise[i] >= dream->patience) {
            ascent->moving[i] = 0;
            ascent->moving_rows--;
            ascent->trajectory->stopped[ascent->restarts[i]] = step;
            keep_row(ascent, i);
        }
    }
}

static void move_row(float *rows, size_t size, int from, int to) {
    if (rows && from != to) memcpy(rows + (size_t)to * size, rows + (size_t)from * size, size * sizeof *rows);
}

/* The moving rows close ranks. */
static int drop_stopped_rows(Ascent *ascent, Error *error) {
    if (ascent->moving_rows == 0 || (ascent->rows - ascent->moving_rows) * 4 < ascent->rows) return 0;
    size_t size = ascent->objective.z_size;
    int kept = 0;
    for (int i = 0; i < ascent->rows; i++) {
        if (!ascent->moving[i]) continue;
        float *blocks[] = {ascent->z, ascent->start, ascent->optimizer.first, ascent->optimizer.second};
        for (int k = 0; k < 4; k++) move_row(blocks[k], size, i, kept);
        ascent->restarts[kept] = ascent->restarts[i];
        ascent->best[kept] = ascent->best[i];
        ascent->last_rise[kept] = ascent->last_rise[i];
        ascent->moving[kept++] = 1;
    }
    ascent->rows = kept;
    return objective_take_rows(&ascent->objective, ascent->restarts, kept, error);
}

static int move(Ascent *ascent, long step, Error *error) {
    if (objective_gradient(&ascent->objective, ascent->dz, error) != 0 || check_gradient(ascent, step, error) != 0)
        return -1;
    optimizer_step(&ascent->optimizer, step, ascent->rows, ascent->z, ascent->dz, ascent->start, ascent->moving);
    return drop_stopped_rows(ascent, error);
}

static double mean_value(const Ascent *ascent, long step) {
    const Trajectory *trajectory = ascent->trajectory;
    const float *values = trajectory->values + (size_t)step * (size_t)trajectory->restarts + ascent->first;
    double sum = 0;
    for (int i = 0; i < ascent->count; i++) sum += (double)values[i];
    return sum / ascent->count;
}

/* The values of the whole batch at its last z, without the transform. */
static int finish_batch(Ascent *ascent, Error *error) {
    Trajectory *trajectory = ascent->trajectory;
    size_t first = (size_t)ascent->first, count = (size_t)ascent->count, restarts = (size_t)trajectory->restarts;
    for (int i = 0; i < ascent->rows; i++)
        if (ascent->moving[i]) keep_row(ascent, i);
    if (!ascent->dream->transform) {
        memcpy(trajectory->start_values + first, trajectory->values + first, count * sizeof(float));
        memcpy(trajectory->final_values + first, trajectory->values + (size_t)trajectory->steps * restarts + first,
               count * sizeof(float));
        return 0;
    }
    for (int i = 0; i < ascent->count; i++) ascent->restarts[i] = ascent->first + i;
    if (objective_take_rows(&ascent->objective, ascent->restarts, ascent->count, error) != 0) return -1;
    return objective_plain_values(&ascent->objective, trajectory->final + first * trajectory->size,
                                  trajectory->final_values + first, error);
}

static int run_batch(Ascent *ascent, int first, int count, Progress *progress, Error *error) {
    const Dream *dream = ascent->dream;
    if (begin_batch(ascent, first, count, error) != 0) return -1;
    long records = dream->steps + 1, done = first / dream->batch * records;
    for (long step = 0; step <= dream->steps; step++) {
        if (dream->interrupted && *dream->interrupted)
            return error_set(error, "%s: stopped at step %ld; the same command with --resume goes on", ascent->name,
                             step);
        int rows = ascent->moving_rows > 0 ? ascent->rows : 0;
        if (rows > 0 && (objective_evaluate(&ascent->objective, ascent->z, step, error) != 0 ||
                         check_values(ascent, step, error) != 0))
            return -1;
        record_values(ascent, step, rows);
        record_snapshot(ascent, step);
        progress_update(progress, done + step + 1, "value %.4g", mean_value(ascent, step));
        if (rows == 0 || step == dream->steps) continue;
        stop_rows(ascent, step);
        if (ascent->moving_rows > 0 && move(ascent, step, error) != 0) return -1;
    }
    return finish_batch(ascent, error);
}

static int check_dream(const Dream *dream, Error *error) {
    if (dream->restarts < 1 || dream->batch < 1 || dream->steps < 0)
        return error_set(error, "%d restarts in batches of %d for %ld steps: at least 1, 1 and 0 are needed",
                         dream->restarts, dream->batch, dream->steps);
    return 0;
}

int dream_run(const Dream *dream, Trajectory *trajectory, Progress *progress, Error *error) {
    memset(trajectory, 0, sizeof *trajectory);
    Ascent ascent;
    if (check_dream(dream, error) != 0 || ascent_open(&ascent, dream, trajectory, error) != 0) return -1;
    int failed =
        trajectory_open(trajectory, dream->restarts, dream->steps, dream_z_size(dream), dream->snapshot_every, error);
    for (int i = 0; !failed && i < dream->regularizer_count; i++)
        failed = trajectory_add_regularizer(trajectory, dream->regularizers[i]->name, error);
    long batches = (dream->restarts + dream->batch - 1) / dream->batch;
    if (!failed) progress_start(progress, batches * (dream->steps + 1), "%s", ascent.name);
    for (int first = 0; !failed && first < dream->restarts; first += dream->batch) {
        int left = dream->restarts - first;
        failed = run_batch(&ascent, first, left < dream->batch ? left : dream->batch, progress, error);
    }
    if (!failed) progress_finish(progress, "value %.4g", mean_value(&ascent, dream->steps));
    ascent_close(&ascent);
    return failed ? -1 : 0;
}
