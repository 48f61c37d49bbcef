/* page.h: report.html, one file with everything in it.
 *
 * Each part writes a <section>, or nothing where the folder has nothing for it. A file of the run that cannot be
 * read becomes a line on the page; only a page that cannot be written is an error. */
#ifndef LATENT_DREAM_REPORT_PAGE_H
#define LATENT_DREAM_REPORT_PAGE_H

#include "base/error.h"
#include "base/run.h"
#include "base/tsv.h"
#include "config/config.h"
#include "report/figures.h"
#include "report/folder.h"

#include <cjson/cJSON.h>
#include <stdio.h>

typedef struct Page {
    FILE *out;
    const char *folder;
    const Config *config;  // NULL: none could be read
    const Run *run;        // NULL: drawn again
    const cJSON *record;   // run.json; NULL: none
    const NameList *arms;
    const FigureList *figures;
    const char *figure_problem;  // why figures are missing; NULL: none is
    int figure_number, table_number;
} Page;

/* The whole page to FOLDER/report.html. */
int page_write(Page *page, Error *error);

/* ---- the parts */
void page_images(Page *page);     // start and dream grids, arm by arm
void page_sentences(Page *page);  // sentences shaded by activation
void page_tables(Page *page);     // summary, sweep, targets
void page_figures(Page *page);    // curves and measures
void page_training(Page *page);   // what was trained: measures, curves, shape, samples
bool page_has_training(const Page *page);
void page_run(Page *page);  // how it was run, cfgs, files

/* Those figures that were drawn, of trainings or of everything else, between `before` and `after`; how many. */
size_t page_figures_of(Page *page, bool training, const char *before, const char *after);

/* ---- tables */
enum { PAGE_COLUMNS = 6 };  // a table of at most so many rows is turned
/* Reads a table of the run; false where it is absent or empty, or, with a line on the page, broken. */
bool page_table_open(Page *page, TsvTable *table, const char *file);
/* One row a measure, with its unit and sentence, one column a row of the table, which is headed by its cell in column
 * `key`: few rows, many measures. `more` (may be NULL) writes further rows at the end. */
void page_table_turned(Page *page, const TsvTable *table, int key, const char *words, const char *file,
                       void (*more)(Page *page, const TsvTable *table, int key));
/* As it is; with `best`, the best of each column in bold. */
void page_table_plain(Page *page, const TsvTable *table, const char *words, const char *file, bool best);

/* A line that says what could not be shown. */
void page_problem(Page *page, const Error *error);
/* Width and height of a PNG from its first chunk; 0 for another file. */
void page_png_size(const char *path, unsigned *width, unsigned *height);
/* The [dream] section of an arm, also of NAME-k16 in a sweep; NULL: unknown. */
const ConfigSection *page_arm_section(const Page *page, const char *arm);
/* "the latent of an autoencoder · adam, learning rate 0.1, 200 steps · ..." */
void page_arm_recipe(Page *page, const char *arm);

extern const char PAGE_STYLE[];   // CSS
extern const char PAGE_SCRIPT[];  // JavaScript; the page works without it

#endif
