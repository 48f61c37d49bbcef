#include "report/figures.h"

#include "base/file.h"
#include "report/gnuplot.h"

#include <stdio.h>
#include <string.h>

typedef int (*FigureTable)(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                           Error *error);

static const struct {
    const char *kind;
    FigureTable table;
} KINDS[] = {
    {"curves", figure_curves},   {"training", figure_training}, {"bars", figure_bars},
    {"heatmap", figure_heatmap}, {"sweep", figure_sweep},       {"latent", figure_latent},
    {"scatter", figure_scatter},
};

static FigureTable table_of(const char *kind) {
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].kind, kind) == 0) return KINDS[i].table;
    return NULL;
}

static int figure_draw(Figure *figure, const char *folder, Error *error) {
    char figures[PATH_LIMIT], table[PATH_LIMIT];
    FigureArguments arguments = {.count = 1};
    if (path_join(figures, error, folder, "figures") != 0) return -1;
    if (path_join(table, error, figures, "%s.tsv", figure->name) != 0) return -1;
    if (strlen(table) >= FIGURE_TEXT) return error_set(error, "%s: path too long for a figure", table);
    strcpy(arguments.text[0], table);
    int nothing = table_of(figure->kind)(figure, folder, table, &arguments, error);
    if (nothing != 0) return nothing < 0 ? -1 : 0;
    const char *list[FIGURE_ARGUMENTS + 1] = {0};
    for (size_t i = 0; i < arguments.count; i++) list[i] = arguments.text[i];
    if (gnuplot_draw(figure->kind, figures, figure->name, list, error) != 0) return -1;
    figure->drawn = true;
    return 0;
}

int figures_draw(FigureList *list, const char *folder, Error *error) {
    Error local;
    int failed = 0;
    char figures[PATH_LIMIT];
    if (path_join(figures, error, folder, "figures") != 0 || folder_make(figures, error) != 0) return -1;
    for (size_t i = 0; i < list->count; i++) {
        if (figure_draw(&list->items[i], folder, &local) == 0) continue;
        list->items[i].failed = true;
        if (!failed) error_set(error, "figure %s: %s", list->items[i].name, local.message);
        failed = -1;
    }
    if (figures_sweep(list, folder, &local) == 0) return failed;
    return failed ? -1 : error_set(error, "%s", local.message);
}
