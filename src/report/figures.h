/* figures.h: which figures a run has, and the table that each is drawn from.
 *
 * The experiment's [figure] sections say which; without any, the files in the folder do: curves of the arms, the main
 * measures as bars, soft against hard activations, the latent plane, the sweep, and the loss of each training.
 * Drawing writes figures/NAME.tsv, what is seen and no more, then figures/NAME.png and NAME.pdf from it, so that a
 * figure can be redrawn with other tools. */
#ifndef LATENT_DREAM_REPORT_FIGURES_H
#define LATENT_DREAM_REPORT_FIGURES_H

#include "base/error.h"
#include "config/config.h"
#include "report/folder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct Figure {
    char name[160];    // figures/NAME.png
    const char *kind;  // plots/KIND.gp
    char source[160];  // training: the network; bars, heatmap: the table
    char caption[800];
    char x[80], y[400];  // columns; y: comma-separated
    char x_label[160], y_label[160];
    bool log_x, log_y;
    NameList arms;
    bool drawn, failed;  // neither: the folder has nothing for it
} Figure;

typedef struct FigureList {
    Figure *items;
    size_t count, capacity;
} FigureList;

/* Lists the figures; freed with figures_free, also when it failed. `config` may be NULL. */
int figures_plan(FigureList *list, const Config *config, const char *folder, const NameList *arms, Error *error);
void figures_free(FigureList *list);

/* Draws them all and sets `drawn`. Goes on after a figure that fails and returns -1 with the first error; a figure
 * for which the folder has nothing to draw is passed over in silence, unless the experiment asks for it.
 * figures/.made lists the files that were drawn here. Those of the list that no figure has any more, because its
 * section was renamed or removed, are deleted; whatever else is in figures/ stays. */
int figures_draw(FigureList *list, const char *folder, Error *error);
/* The part of it that keeps the list and deletes; after `drawn` and `failed` are set. */
int figures_sweep(const FigureList *list, const char *folder, Error *error);

/* ---- one kind each, called by figures_draw: writes `table` (a path) and fills in the script's further arguments.
 * Returns 1 when the folder has nothing for it. */
enum { FIGURE_ARGUMENTS = 7, FIGURE_TEXT = 1024 };
typedef struct FigureArguments {
    char text[FIGURE_ARGUMENTS][FIGURE_TEXT];  // the first is the table's path
    size_t count;
} FigureArguments;
void figure_argument(FigureArguments *arguments, const char *text);
void figure_argument_logs(FigureArguments *arguments, const Figure *figure);
/* A cell of text, as gnuplot reads it. */
void figure_cell(FILE *stream, const char *text);
/* Begins a curve's block: two blank lines before every one but the first, then its header row. */
void figure_block(FILE *stream, size_t *blocks, const char *name, const char *columns);
/* "%.6g" or "nan", and then `end`. */
void figure_number(FILE *stream, double number, char end);

int figure_curves(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                  Error *error);
int figure_training(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                    Error *error);
int figure_bars(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                Error *error);
int figure_heatmap(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                   Error *error);
int figure_sweep(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                 Error *error);
int figure_latent(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                  Error *error);
int figure_scatter(const Figure *figure, const char *folder, const char *table, FigureArguments *arguments,
                   Error *error);

#endif
