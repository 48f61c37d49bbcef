#include "text/training_samples.h"

#include "base/memory.h"
#include "base/tsv.h"
#include "text/utf8.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD";  // U+FFFD

void training_samples_close(TrainingSamples *samples) {
    for (size_t i = 0; i < samples->count; i++) memory_free(samples->items[i].text);
    memory_free(samples->items);
    *samples = (TrainingSamples){.count = 0};
}

/* Takes over `text`, also when it fails. */
static int append(TrainingSamples *samples, long step, char *text, Error *error) {
    size_t size = sizeof *samples->items;
    TrainingSample *items = text ? memory_grow(samples->items, samples->count * size, samples->count + 1, size,
                                               "samples of a training", error)
                                 : NULL;
    if (!items) return memory_free(text), -1;
    samples->items = items;
    samples->items[samples->count++] = (TrainingSample){step, text};
    return 0;
}

static int write_all(const TrainingSamples *samples, Error *error) {
    static const char *const COLUMNS[] = {"step", "text", NULL};
    TsvWriter writer;
    if (samples->count == 0) {
        if (unlink(samples->path) == 0 || errno == ENOENT) return 0;
        return error_set(error, "%s: cannot be removed: %s", samples->path, strerror(errno));
    }
    if (tsv_writer_open(&writer, samples->path, COLUMNS, error) != 0) return -1;
    for (size_t i = 0; i < samples->count; i++) {
        tsv_writer_integer(&writer, samples->items[i].step);
        tsv_writer_text(&writer, samples->items[i].text);
        tsv_writer_row(&writer);
    }
    return tsv_writer_close(&writer, error);
}

static int take_rows(TrainingSamples *samples, const TsvTable *table, long step, Error *error) {
    int steps = tsv_table_column(table, "step"), texts = tsv_table_column(table, "text");
    if (steps < 0 || texts < 0)
        return error_set(error, "%s:1: the columns step and text were expected; delete the file to go on without it",
                         samples->path);
    for (size_t row = 0; row < table->rows; row++) {
        double at = tsv_table_number(table, row, (size_t)steps);
        if (!(at >= 1 && at <= 1e15))
            return error_set(error, "%s:%zu: \"%.40s\" is no step; delete the file to go on without it",
                             samples->path, row + 2, tsv_table_text(table, row, (size_t)steps));
        if (at > (double)step) break;
        if (append(samples, (long)at, memory_text(tsv_table_text(table, row, (size_t)texts), error), error) != 0)
            return -1;
    }
    return 0;
}

int training_samples_open(TrainingSamples *samples, const char *folder, long step, Error *error) {
    *samples = (TrainingSamples){.count = 0};
    if (path_join(samples->path, error, folder, "samples.tsv") != 0) return -1;
    if (!file_exists(samples->path)) return 0;
    TsvTable table = {0};
    int failed = step > 0 ? tsv_table_read(&table, samples->path, error) : 0;
    if (!failed && step > 0) failed = take_rows(samples, &table, step, error);
    if (!failed && (step == 0 || samples->count < table.rows)) failed = write_all(samples, error);
    tsv_table_free(&table);
    return failed;
}

/* As the header says; freed with memory_free. */
static char *clean(const char *bytes, size_t size, Error *error) {
    char *text = memory_new(3 * size + 1, 1, "a sample", error);
    size_t used = 0;
    for (size_t at = 0; text && at < size;) {
        unsigned char first = (unsigned char)bytes[at];
        size_t length = utf8_character_size(bytes + at, size - at);
        if (length == 0) {
            memcpy(text + used, REPLACEMENT, 3);
            used += 3;
            at++;
        } else if (first < ' ' || first == 127) {
            text[used++] = first == '\n' || first == '\t' ? (char)first : ' ';
            at++;
        } else {
            memcpy(text + used, bytes + at, length);
            used += length;
            at += length;
        }
    }
    return text;
}

int training_samples_add(TrainingSamples *samples, long step, const char *bytes, size_t size, Error *error) {
    if (append(samples, step, clean(bytes, size, error), error) != 0) return -1;
    return write_all(samples, error);
}
