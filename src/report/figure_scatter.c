/* One measure of each dream against another. */
#include "base/tsv.h"
#include "report/figures.h"
#include "report/jsonl.h"
#include "report/measures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SCATTER_POINTS = 4000 };

typedef struct Scatter {
    const Figure *figure;
    const char *arm;
    FILE *stream;
    size_t blocks, points;  // points of this arm
} Scatter;

static void point_write(Scatter *scatter, double x, double y) {
    if (!isfinite(x) || !isfinite(y) || scatter->points == SCATTER_POINTS) return;
    if (scatter->figure->log_x && x <= 0) return;
    if (scatter->figure->log_y && y <= 0) return;
    if (scatter->points++ == 0) figure_block(scatter->stream, &scatter->blocks, scatter->arm, "y");
    fprintf(scatter->stream, "%.6g\t%.6g\n", x, y);
}

static int point_of_dream(void *context, const cJSON *dream, Error *error) {
    (void)error;
    Scatter *scatter = context;
    point_write(scatter, jsonl_number(dream, scatter->figure->x), jsonl_number(dream, scatter->figure->y));
    return scatter->points == SCATTER_POINTS;
}

/* The rows of targets.tsv, or of summary.tsv, that belong to the arm. */
static int points_of_table(Scatter *scatter, const char *folder, Error *error) {
    static const char *const TABLES[] = {"targets.tsv", "summary.tsv"};
    for (size_t i = 0; i < 2 && scatter->points == 0; i++) {
        TsvTable table;
        if (folder_table(&table, folder, TABLES[i], error) != 0) return -1;
        int arm = tsv_table_column(&table, "arm");
        int x = tsv_table_column(&table, scatter->figure->x), y = tsv_table_column(&table, scatter->figure->y);
        for (size_t row = 0; arm >= 0 && x >= 0 && y >= 0 && row < table.rows; row++)
            if (strcmp(tsv_table_text(&table, row, (size_t)arm), scatter->arm) == 0)
                point_write(scatter, tsv_table_number(&table, row, (size_t)x),
                            tsv_table_number(&table, row, (size_t)y));
        tsv_table_free(&table);
    }
    return 0;
}

static int scatter_arm(Scatter *scatter, const char *folder, Error *error) {
    char path[PATH_LIMIT];
    scatter->points = 0;
    if (path_join(path, error, folder, "sentences/%s.jsonl", scatter->arm) != 0) return -1;
    if (file_exists(path) && jsonl_read(path, point_of_dream, scatter, error) != 0) return -1;
    return scatter->points > 0 ? 0 : points_of_table(scatter, folder, error);
}

int figure_scatter(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                   Error *error) {
    FileWriter writer;
    if (file_writer_open(&writer, table, error) != 0) return -1;
    Scatter scatter = {.figure = figure, .stream = writer.stream};
    for (size_t i = 0; i < figure->arms.count; i++) {
        scatter.arm = figure->arms.names[i];
        if (scatter_arm(&scatter, folder, error) != 0) {
            file_writer_discard(&writer);
            return -1;
        }
    }
    if (scatter.blocks == 0) {
        file_writer_discard(&writer);
        return 1;
    }
    char x[FIGURE_TEXT], y[FIGURE_TEXT];
    measure_title(x, sizeof x, figure->x, 1);
    measure_title(y, sizeof y, figure->y, 1);
    figure_argument(arguments, figure->x_label[0] ? figure->x_label : x);
    figure_argument(arguments, figure->y_label[0] ? figure->y_label : y);
    figure_argument_logs(arguments, figure);
    const Measure *of_x = measure_find(figure->x), *of_y = measure_find(figure->y);
    bool alike = of_x && of_y && of_x->unit && of_y->unit && strcmp(of_x->unit, of_y->unit) == 0;
    figure_argument(arguments, alike ? "1" : "");
    return file_writer_close(&writer, error);
}
