/* Values over the steps of a dream, and losses over the steps of a training. */
#include "base/tsv.h"
#include "report/figures.h"
#include "report/measures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double cell_or_nan(const TsvTable *table, size_t row, int column) {
    return column < 0 ? NAN : tsv_table_number(table, row, (size_t)column);
}

static int curve_write(FILE *stream, size_t *blocks, const Figure *figure, const char *folder, const char *arm,
                       Error *error) {
    char name[PATH_LIMIT];
    TsvTable table;
    if (snprintf(name, sizeof name, "curves/%s.tsv", arm) >= PATH_LIMIT) return 0;
    if (folder_table(&table, folder, name, error) != 0) return -1;
    const char *wanted = figure->y[0] ? figure->y : "value_mean";
    int step = tsv_table_column(&table, figure->x[0] ? figure->x : "step"), value = tsv_table_column(&table, wanted);
    bool band = strcmp(wanted, "value_mean") == 0;
    int low = band ? tsv_table_column(&table, "value_p05") : -1;
    int high = band ? tsv_table_column(&table, "value_p95") : -1;
    size_t rows = 0;
    for (size_t row = 0; step >= 0 && value >= 0 && row < table.rows; row++) {
        double mean = tsv_table_number(&table, row, (size_t)value);
        if (isnan(mean)) continue;
        if (rows++ == 0) figure_block(stream, blocks, arm, "mean\tp05\tp95");
        figure_number(stream, tsv_table_number(&table, row, (size_t)step), '\t');
        figure_number(stream, mean, '\t');
        figure_number(stream, low < 0 ? mean : cell_or_nan(&table, row, low), '\t');
        figure_number(stream, high < 0 ? mean : cell_or_nan(&table, row, high), '\n');
    }
    tsv_table_free(&table);
    return 0;
}

int figure_curves(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                  Error *error) {
    FileWriter writer;
    size_t blocks = 0;
    if (file_writer_open(&writer, table, error) != 0) return -1;
    for (size_t i = 0; i < figure->arms.count; i++)
        if (curve_write(writer.stream, &blocks, figure, folder, figure->arms.names[i], error) != 0) {
            file_writer_discard(&writer);
            return -1;
        }
    if (blocks == 0) {
        file_writer_discard(&writer);
        return 1;
    }
    char title[FIGURE_TEXT] = "activation of the target";
    if (figure->y[0] && strcmp(figure->y, "value_mean") != 0) measure_title(title, sizeof title, figure->y, 1);
    figure_argument(arguments, figure->x_label[0] ? figure->x_label : "step of the dream");
    figure_argument(arguments, figure->y_label[0] ? figure->y_label : title);
    figure_argument_logs(arguments, figure);
    return file_writer_close(&writer, error);
}

/* One block of x and y, without the rows that have no y; returns how many rows were written. */
static size_t loss_write(FILE *stream, size_t *blocks, const char *name, const TsvTable *table, int x, int y) {
    size_t rows = 0;
    for (size_t row = 0; y >= 0 && row < table->rows; row++) {
        double loss = tsv_table_number(table, row, (size_t)y);
        if (isnan(loss)) continue;
        if (rows++ == 0) figure_block(stream, blocks, name, "loss");
        figure_number(stream, tsv_table_number(table, row, (size_t)x), '\t');
        figure_number(stream, loss, '\n');
    }
    return rows;
}

int figure_training(const Figure *figure, const char *folder, const char *path, FigureArguments *arguments,
                    Error *error) {
    char name[PATH_LIMIT];
    TsvTable table;
    FileWriter writer;
    snprintf(name, sizeof name, "curves/train-%s.tsv", figure->source);
    if (folder_table(&table, folder, name, error) != 0) return -1;
    int epoch = tsv_table_column(&table, "epoch"), step = tsv_table_column(&table, "step");
    /* Epochs where there are several of them; a language model sees its corpus once or twice. */
    bool epochs = epoch >= 0 && table.rows > 0 && cell_or_nan(&table, table.rows - 1, epoch) >= 3;
    int x = epochs ? epoch : step;
    int result = 1;
    size_t blocks = 0;
    if (x >= 0 && table.rows > 0) {
        result = file_writer_open(&writer, path, error);
        if (result == 0) {
            size_t rows = loss_write(writer.stream, &blocks, "training", &table, x, tsv_table_column(&table, "loss"));
            rows +=
                loss_write(writer.stream, &blocks, "held out", &table, x, tsv_table_column(&table, "held_out_loss"));
            if (rows > 0)
                result = file_writer_close(&writer, error);
            else
                file_writer_discard(&writer);
            if (rows == 0) result = 1;
        }
    }
    tsv_table_free(&table);
    figure_argument(arguments, figure->x_label[0] ? figure->x_label : epochs ? "epoch" : "step");
    figure_argument(arguments, figure->y_label[0] ? figure->y_label : "loss");
    figure_argument_logs(arguments, figure);
    return result;
}
