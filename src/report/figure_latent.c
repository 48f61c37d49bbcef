/* The latent plane: real examples, and the paths of dreams over them. */
#include "base/tsv.h"
#include "report/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATHS_EACH = 2, PATHS_MOST = 24, POINTS_MOST = 1500 };

/* Paths already taken, by label, so that each label is drawn a few times and none a thousand. */
typedef struct PathChoice {
    char labels[PATHS_MOST][32];
    int taken[PATHS_MOST];
    int label_count, paths;
} PathChoice;

static bool path_take(PathChoice *choice, const char *label) {
    int i = 0;
    while (i < choice->label_count && strcmp(choice->labels[i], label) != 0) i++;
    if (choice->paths == PATHS_MOST || i == PATHS_MOST) return false;
    if (i == choice->label_count) {
        snprintf(choice->labels[i], sizeof choice->labels[i], "%.31s", label);
        choice->label_count++;
    }
    if (choice->taken[i] == PATHS_EACH) return false;
    choice->taken[i]++;
    choice->paths++;
    return true;
}

/* With `named`, the ends carry their labels. Returns how many paths were written. */
static int paths_write(FILE *stream, const TsvTable *paths, const int column[6], const NameList *arms, bool named) {
    PathChoice choice = {0};
    bool drawn = false;
    for (size_t row = 0; row < paths->rows; row++) {
        const char *arm = tsv_table_text(paths, row, (size_t)column[0]);
        bool first = row == 0 || strcmp(arm, tsv_table_text(paths, row - 1, (size_t)column[0])) != 0 ||
                     strcmp(tsv_table_text(paths, row, (size_t)column[1]),
                            tsv_table_text(paths, row - 1, (size_t)column[1])) != 0;
        if (first) {
            drawn = names_have(arms, arm) && path_take(&choice, tsv_table_text(paths, row, (size_t)column[5]));
            if (drawn && choice.paths > 1) fputc('\n', stream);
        }
        if (!drawn) continue;
        for (int i = 0; i < 6; i++) {
            figure_cell(stream, i < 5 || named ? tsv_table_text(paths, row, (size_t)column[i]) : "");
            fputc(i < 5 ? '\t' : '\n', stream);
        }
    }
    return choice.paths;
}

/* Names of many letters are drawn as marks, and once in full at the middle of their class. */
static const char *const MARKS[] = {"●", "■", "▲", "◆", "▼", "○", "□", "△", "◇", "▽", "+", "×"};
enum { MARK_COUNT = sizeof MARKS / sizeof *MARKS, LABEL_BYTES = 3 };

static size_t label_number(const NameList *labels, const char *label) {
    size_t i = 0;
    while (i < labels->count && strcmp(labels->names[i], label) != 0) i++;
    return i;
}

static int label_order(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void centers_write(FILE *stream, const TsvTable *points, const NameList *labels, const int column[3]) {
    fputs("\n\nx\ty\tlabel\tnumber\n", stream);
    for (size_t i = 0; i < labels->count; i++) {
        double x = 0, y = 0;
        size_t count = 0;
        for (size_t row = 0; row < points->rows; row++) {
            if (strcmp(tsv_table_text(points, row, (size_t)column[2]), labels->names[i]) != 0) continue;
            x += tsv_table_number(points, row, (size_t)column[0]);
            y += tsv_table_number(points, row, (size_t)column[1]);
            count++;
        }
        figure_number(stream, x / (double)count, '\t');
        figure_number(stream, y / (double)count, '\t');
        figure_cell(stream, labels->names[i]);
        fprintf(stream, "\t%zu\n", i);
    }
}

static bool are_words(const NameList *labels) {
    for (size_t i = 0; i < labels->count; i++)
        if (strlen(labels->names[i]) > LABEL_BYTES) return true;
    return false;
}

/* x, y, what is drawn there, and the label's number among all labels, for its colour. */
static void points_write(FILE *stream, const TsvTable *points, const NameList *labels, const int column[3]) {
    size_t every = points->rows > POINTS_MOST ? (points->rows + POINTS_MOST - 1) / POINTS_MOST : 1;
    bool words = are_words(labels);
    fputs("x\ty\tlabel\tnumber\n", stream);
    for (size_t row = 0; row < points->rows; row += every) {
        const char *label = tsv_table_text(points, row, (size_t)column[2]);
        size_t number = label_number(labels, label);
        figure_number(stream, tsv_table_number(points, row, (size_t)column[0]), '\t');
        figure_number(stream, tsv_table_number(points, row, (size_t)column[1]), '\t');
        figure_cell(stream, words ? MARKS[number % MARK_COUNT] : label);
        fprintf(stream, "\t%zu\n", number);
    }
    if (words) centers_write(stream, points, labels, column);
}

/* 1: the folder has no points. *named: their labels are short enough to be drawn. */
static int points_table(const char *folder, const char *path, bool *named, Error *error) {
    static const char *const COLUMNS[] = {"x", "y", "label"};
    TsvTable points;
    NameList labels = {0};
    FileWriter writer;
    int column[3], known = 0, result = 1;
    if (folder_table(&points, folder, "latent/points.tsv", error) != 0) return -1;
    for (int i = 0; i < 3; i++) {
        column[i] = tsv_table_column(&points, COLUMNS[i]);
        known += column[i] >= 0;
    }
    if (known == 3 && points.rows > 0) {
        result = 0;
        for (size_t row = 0; row < points.rows && result == 0; row++)
            result = names_add(&labels, tsv_table_text(&points, row, (size_t)column[2]), error);
        if (result == 0) qsort(labels.names, labels.count, sizeof *labels.names, label_order);
        if (result == 0) result = file_writer_open(&writer, path, error);
        if (result == 0) {
            points_write(writer.stream, &points, &labels, column);
            result = file_writer_close(&writer, error);
        }
    }
    *named = !are_words(&labels);
    names_free(&labels);
    tsv_table_free(&points);
    return result;
}

static int paths_table(const Figure *figure, const char *folder, const char *path, bool named, bool *any,
                       Error *error) {
    static const char *const COLUMNS[] = {"arm", "restart", "step", "x", "y", "label"};
    TsvTable paths;
    FileWriter writer;
    int column[6], known = 0;
    if (folder_table(&paths, folder, "latent/paths.tsv", error) != 0) return -1;
    for (int i = 0; i < 6; i++) {
        column[i] = tsv_table_column(&paths, COLUMNS[i]);
        known += column[i] >= 0;
    }
    int result = file_writer_open(&writer, path, error);
    *any = false;
    if (result == 0) {
        fputs("arm\trestart\tstep\tx\ty\tlabel\n", writer.stream);
        if (known == 6) *any = paths_write(writer.stream, &paths, column, &figure->arms, named) > 0;
        result = file_writer_close(&writer, error);
    }
    tsv_table_free(&paths);
    return result;
}

int figure_latent(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                  Error *error) {
    char points[PATH_LIMIT];
    bool named, any;
    if (path_join(points, error, folder, "figures/%s-points.tsv", figure->name) != 0) return -1;
    if (strlen(points) >= FIGURE_TEXT) return error_set(error, "%s: path too long for a figure", points);
    int result = points_table(folder, points, &named, error);
    if (result == 0) result = paths_table(figure, folder, table, named, &any, error);
    if (result != 0) return result;
    /* The script's first table is the points. */
    snprintf(arguments->text[0], FIGURE_TEXT, "%s", points);
    snprintf(arguments->text[arguments->count++], FIGURE_TEXT, "%s", any ? table : "");
    figure_argument(arguments, figure->x_label);
    figure_argument(arguments, figure->y_label);
    return 0;
}
