/* Measures as they stand in summary.tsv, targets.tsv and sweep.tsv: bars, colours, and lines over the latent size. */
#include "base/tsv.h"
#include "report/figures.h"
#include "report/measures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS_MOST = 64, PANELS_MOST = 5 };

static bool row_is_of(const TsvTable *table, size_t row, const char *arm, const char *target) {
    int of_arm = tsv_table_column(table, "arm"), of_target = tsv_table_column(table, "target");
    if (of_arm < 0 || strcmp(tsv_table_text(table, row, (size_t)of_arm), arm) != 0) return false;
    return !target || (of_target >= 0 && strcmp(tsv_table_text(table, row, (size_t)of_target), target) == 0);
}

static bool any_row_of(const TsvTable *table, const char *arm) {
    for (size_t row = 0; row < table->rows; row++)
        if (row_is_of(table, row, arm, NULL)) return true;
    return false;
}

/* The mean over the rows of that arm, and target unless NULL: a target may have a row for each kind of start. */
static double value_of(const TsvTable *table, const char *arm, const char *target, int column) {
    double sum = 0;
    int count = 0;
    for (size_t row = 0; row < table->rows; row++) {
        double value = tsv_table_number(table, row, (size_t)column);
        if (!isfinite(value) || !row_is_of(table, row, arm, target)) continue;
        sum += value;
        count++;
    }
    return count > 0 ? sum / count : NAN;
}

/* The targets of targets.tsv, each once, in order. */
static int targets_list(NameList *targets, const TsvTable *table, Error *error) {
    int column = tsv_table_column(table, "target");
    for (size_t row = 0; column >= 0 && row < table->rows && targets->count < GROUPS_MOST; row++)
        if (names_add(targets, tsv_table_text(table, row, (size_t)column), error) != 0) return -1;
    return 0;
}

static bool any_value(const TsvTable *table, const Figure *figure, int column) {
    int of_arm = tsv_table_column(table, "arm");
    for (size_t row = 0; of_arm >= 0 && column >= 0 && row < table->rows; row++)
        if (names_have(&figure->arms, tsv_table_text(table, row, (size_t)of_arm)) &&
            isfinite(tsv_table_number(table, row, (size_t)column)))
            return true;
    return false;
}

static void bars_of_arms(FILE *stream, const TsvTable *table, const Figure *figure, int column) {
    size_t position = 0;
    fputs("position\tarm\tvalue\n", stream);
    for (size_t i = 0; i < figure->arms.count; i++) {
        if (!any_row_of(table, figure->arms.names[i])) continue;
        fprintf(stream, "%zu\t", position++);
        figure_cell(stream, figure->arms.names[i]);
        fputc('\t', stream);
        figure_number(stream, value_of(table, figure->arms.names[i], NULL, column), '\n');
    }
}

static void bars_of_targets(FILE *stream, const TsvTable *table, const Figure *figure, const NameList *targets,
                            int column) {
    fputs("position\ttarget", stream);
    for (size_t i = 0; i < figure->arms.count; i++) {
        fputc('\t', stream);
        figure_cell(stream, figure->arms.names[i]);
    }
    fputc('\n', stream);
    for (size_t row = 0; row < targets->count; row++) {
        fprintf(stream, "%zu\t", row);
        figure_cell(stream, targets->names[row]);
        fputc('\t', stream);
        for (size_t i = 0; i < figure->arms.count; i++)
            figure_number(stream, value_of(table, figure->arms.names[i], targets->names[row], column),
                          i + 1 < figure->arms.count ? '\t' : '\n');
    }
}

static void heatmap_cells(FILE *stream, const TsvTable *table, const Figure *figure, const NameList *targets,
                          int column) {
    fputs("column\trow\tvalue\ttext\tcolumn_name\trow_name\n", stream);
    for (size_t row = 0; row < figure->arms.count; row++)
        for (size_t i = 0; i < targets->count; i++) {
            double value = value_of(table, figure->arms.names[row], targets->names[i], column);
            fprintf(stream, "%zu\t%zu\t", i, row);
            figure_number(stream, value, '\t');
            if (isfinite(value))
                fprintf(stream, "%.3g", value);
            else
                figure_cell(stream, "");
            fputc('\t', stream);
            figure_cell(stream, targets->names[i]);
            fputc('\t', stream);
            figure_cell(stream, figure->arms.names[row]);
            fputc('\n', stream);
        }
}

typedef enum MeasureDrawing { BARS_OF_ARMS, BARS_OF_TARGETS, HEATMAP } MeasureDrawing;

static int measure_draw(MeasureDrawing drawing, const Figure *figure, const char *folder, const char *path,
                        Error *error) {
    TsvTable table;
    NameList targets = {0};
    FileWriter writer;
    if (folder_table(&table, folder, drawing == BARS_OF_ARMS ? "summary.tsv" : "targets.tsv", error) != 0) return -1;
    int column = tsv_table_column(&table, figure->y), result = 1;
    if (any_value(&table, figure, column)) {
        result = targets_list(&targets, &table, error);
        if (result == 0) result = file_writer_open(&writer, path, error);
        if (result == 0) {
            if (drawing == BARS_OF_ARMS)
                bars_of_arms(writer.stream, &table, figure, column);
            else if (drawing == BARS_OF_TARGETS)
                bars_of_targets(writer.stream, &table, figure, &targets, column);
            else
                heatmap_cells(writer.stream, &table, figure, &targets, column);
            result = file_writer_close(&writer, error);
        }
    }
    names_free(&targets);
    tsv_table_free(&table);
    return result;
}

int figure_bars(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                Error *error) {
    bool grouped = strcmp(figure->x, "target") == 0;
    char title[FIGURE_TEXT];
    measure_title(title, sizeof title, figure->y, 1);
    figure_argument(arguments, figure->x_label);
    figure_argument(arguments, figure->y_label[0] ? figure->y_label : title);
    figure_argument_logs(arguments, figure);
    return measure_draw(grouped ? BARS_OF_TARGETS : BARS_OF_ARMS, figure, folder, table, error);
}

int figure_heatmap(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                   Error *error) {
    char title[FIGURE_TEXT];
    measure_title(title, sizeof title, figure->y, 1);
    figure_argument(arguments, figure->x_label);
    figure_argument(arguments, figure->y_label[0] ? figure->y_label : "arm");
    figure_argument(arguments, title);
    return measure_draw(HEATMAP, figure, folder, table, error);
}

/* Whether `name` stands in the comma-separated list. */
static bool listed(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *at = list; at && *at;) {
        at += strspn(at, " ,");
        size_t here = strcspn(at, " ,");
        if (here == length && strncmp(at, name, length) == 0) return true;
        at += here;
    }
    return false;
}

/* The column with the same measure of real data, or -1. */
static int real_twin(const TsvTable *table, const char *name) {
    char twin[160];
    snprintf(twin, sizeof twin, "%.140s_real", name);
    return tsv_table_column(table, twin);
}

/* One panel for each column asked for, beside it the same of real data where the table has it. */
static size_t panels_add(const Figure *figure, const TsvTable *table, FigureArguments *arguments) {
    const char *wanted = figure->y[0] ? figure->y : "reconstruction_error,judge_agreement,frechet_distance";
    size_t panels = 0;
    for (size_t column = 1; column < table->columns && panels < PANELS_MOST; column++) {
        const char *name = tsv_table_name(table, column);
        size_t values = 0;
        if (!listed(wanted, name)) continue;
        for (size_t row = 0; row < table->rows; row++) values += isfinite(tsv_table_number(table, row, column));
        if (values == 0) continue;
        char title[160], panel[FIGURE_TEXT];
        measure_title(title, sizeof title, name, 1);
        for (char *colon = title; (colon = strchr(colon, ':')) != NULL;) *colon = ' ';
        int real = real_twin(table, name);
        if (real >= 0)
            snprintf(panel, sizeof panel, "%s:%zu,%d", title, column + 1, real + 1);
        else
            snprintf(panel, sizeof panel, "%s:%zu", title, column + 1);
        figure_argument(arguments, panel);
        panels++;
    }
    return panels;
}

static void sweep_write(FILE *stream, const TsvTable *table) {
    for (size_t i = 0; i < table->columns; i++) {
        const char *name = tsv_table_name(table, i);
        size_t length = strlen(name);
        bool real = length > 5 && strcmp(name + length - 5, "_real") == 0;
        figure_cell(stream, real ? "real data" : real_twin(table, name) >= 0 ? "dreams" : name);
        fputc(i + 1 < table->columns ? '\t' : '\n', stream);
    }
    for (size_t row = 0; row < table->rows; row++)
        for (size_t i = 0; i < table->columns; i++)
            figure_number(stream, tsv_table_number(table, row, i), i + 1 < table->columns ? '\t' : '\n');
}

int figure_sweep(const Figure *figure, const char *folder, const char *path, FigureArguments *arguments,
                 Error *error) {
    TsvTable table;
    FileWriter writer;
    if (folder_table(&table, folder, "sweep.tsv", error) != 0) return -1;
    int result = 1;
    figure_argument(arguments, figure->x_label[0] ? figure->x_label : "latent size k");
    if (table.rows > 0 && panels_add(figure, &table, arguments) > 0) {
        result = file_writer_open(&writer, path, error);
        if (result == 0) {
            sweep_write(writer.stream, &table);
            result = file_writer_close(&writer, error);
        }
    }
    tsv_table_free(&table);
    return result;
}
