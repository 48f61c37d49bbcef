/* Tables of the run: summary.tsv, sweep.tsv and targets.tsv. */
#include "base/tsv.h"
#include "report/html.h"
#include "report/measures.h"
#include "report/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void cell_write(Page *page, const char *cell) {
    char *end;
    double number = strtod(cell, &end);
    if (*cell && *end == 0)
        html_number(page->out, number);
    else
        html_text(page->out, cell);
}

static bool is_number(const char *cell) {
    char *end;
    strtod(cell, &end);
    return *cell && *end == 0;
}

/* A column holds numbers when every cell of it does. */
static bool is_numeric(const TsvTable *table, size_t column) {
    for (size_t row = 0; row < table->rows; row++)
        if (!is_number(tsv_table_text(table, row, column))) return false;
    return table->rows > 0;
}

/* The value that no other beats; NAN where neither more nor less is better, or where all are alike. */
static double best_of(const TsvTable *table, size_t column) {
    const Measure *measure = measure_find(tsv_table_name(table, column));
    double best = NAN;
    bool differ = false;
    if (!measure || measure->better == 0) return NAN;
    for (size_t row = 0; row < table->rows; row++) {
        double number = tsv_table_number(table, row, column);
        if (!isfinite(number)) continue;
        differ = differ || (!isnan(best) && number != best);
        if (isnan(best) || (number - best) * measure->better > 0) best = number;
    }
    return differ ? best : NAN;
}

static void title_write(Page *page, const char *column, int unit) {
    char title[256];
    html_text(page->out, measure_title(title, sizeof title, column, unit));
}

/* Begins a table in its own frame, which scrolls where the window is narrow, below its caption. */
static void table_begin(Page *page, const char *words, const char *file, bool tall) {
    fprintf(page->out,
            "<figure class=\"table\"><figcaption><b>Table %d.</b> %s <a href=\"%s\">%s</a></figcaption>\n"
            "<div class=\"scroll%s\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><table>\n",
            ++page->table_number, words, file, file, tall ? " tall" : "", file);
}

static void table_end(Page *page) { fputs("</tbody></table></div></figure>\n", page->out); }

static void explanations_write(Page *page, const TsvTable *table, bool narrow) {
    size_t known = 0;
    for (size_t column = 0; column < table->columns; column++) {
        const Measure *measure = measure_find(tsv_table_name(table, column));
        if (!measure) continue;
        if (known++ == 0)
            fprintf(page->out, "<details%s><summary>What the measures mean</summary>\n<dl class=\"measures\">\n",
                    narrow ? " class=\"narrow\"" : "");
        fputs("<dt>", page->out);
        title_write(page, measure->column, 1);
        fputs("</dt><dd>", page->out);
        html_text(page->out, measure->explanation);
        fputs("</dd>\n", page->out);
    }
    if (known > 0) fputs("</dl></details>\n", page->out);
}

void page_table_turned(Page *page, const TsvTable *table, int key, const char *words, const char *file,
                       void (*more)(Page *page, const TsvTable *table, int key)) {
    table_begin(page, words, file, false);
    fputs("<thead><tr><th scope=\"col\">Measure</th>", page->out);
    for (size_t row = 0; row < table->rows; row++) {
        fputs("<th scope=\"col\" class=\"n\">", page->out);
        html_text(page->out, tsv_table_text(table, row, (size_t)key));
        fputs("</th>", page->out);
    }
    fputs("</tr></thead>\n<tbody>\n", page->out);
    for (size_t column = 0; column < table->columns; column++) {
        if ((int)column == key) continue;
        const char *name = tsv_table_name(table, column);
        const Measure *measure = measure_find(name);
        double best = best_of(table, column);
        fputs("<tr><th scope=\"row\">", page->out);
        title_write(page, name, 1);
        if (measure) {
            fputs("<small>", page->out);
            html_text(page->out, measure->explanation);
            fputs("</small>", page->out);
        }
        fputs("</th>", page->out);
        for (size_t row = 0; row < table->rows; row++) {
            bool strong = tsv_table_number(table, row, column) == best;
            fprintf(page->out, "<td class=\"n\">%s", strong ? "<b>" : "");
            cell_write(page, tsv_table_text(table, row, column));
            fprintf(page->out, "%s</td>", strong ? "</b>" : "");
        }
        fputs("</tr>\n", page->out);
    }
    if (more) more(page, table, key);
    table_end(page);
    explanations_write(page, table, true);
}

void page_table_plain(Page *page, const TsvTable *table, const char *words, const char *file, bool best) {
    table_begin(page, words, file, table->rows > 24);
    fputs("<thead><tr>", page->out);
    for (size_t column = 0; column < table->columns; column++) {
        fprintf(page->out, "<th scope=\"col\"%s>", is_numeric(table, column) ? " class=\"n\"" : "");
        title_write(page, tsv_table_name(table, column), 1);
        fputs("</th>", page->out);
    }
    fputs("</tr></thead>\n<tbody>\n", page->out);
    for (size_t row = 0; row < table->rows; row++) {
        fputs("<tr>", page->out);
        for (size_t column = 0; column < table->columns; column++) {
            bool strong = best && tsv_table_number(table, row, column) == best_of(table, column);
            fprintf(page->out, "<td class=\"%s\">%s", is_numeric(table, column) ? "n" : "t", strong ? "<b>" : "");
            cell_write(page, tsv_table_text(table, row, column));
            fprintf(page->out, "%s</td>", strong ? "</b>" : "");
        }
        fputs("</tr>\n", page->out);
    }
    table_end(page);
    explanations_write(page, table, false);
}

bool page_table_open(Page *page, TsvTable *table, const char *file) {
    Error error;
    if (folder_table(table, page->folder, file, &error) != 0) page_problem(page, &error);
    return table->rows > 0;
}

void page_tables(Page *page) {
    TsvTable summary, sweep, targets;
    fputs("<section id=\"measures\">\n", page->out);
    bool any = false;
    if (page_table_open(page, &summary, "summary.tsv")) {
        int arm = tsv_table_column(&summary, "arm");
        any = true;
        fputs("<h2>Measures</h2>\n", page->out);
        if (arm >= 0 && summary.rows <= PAGE_COLUMNS)
            page_table_turned(page, &summary, arm, "Every measure of each arm; the best of a row in bold.",
                              "summary.tsv", NULL);
        else
            page_table_plain(page, &summary, "Every measure of each arm; the best of a column in bold.",
                             "summary.tsv", true);
    }
    if (page_table_open(page, &sweep, "sweep.tsv")) {
        fprintf(page->out, "%s<h3 style=\"margin-top:2rem\">Over the size of the latent</h3>\n",
                any ? "" : "<h2>Measures</h2>\n");
        any = true;
        page_table_plain(page, &sweep, "Measures at each latent size; the best of a column in bold.", "sweep.tsv",
                         true);
    }
    if (page_table_open(page, &targets, "targets.tsv")) {
        if (!any) fputs("<h2>Measures</h2>\n", page->out);
        fputs("<details><summary>Target by target</summary>\n", page->out);
        page_table_plain(page, &targets, "Measures of each arm and target.", "targets.tsv", false);
        fputs("</details>\n", page->out);
    }
    tsv_table_free(&summary);
    tsv_table_free(&sweep);
    tsv_table_free(&targets);
    fputs("</section>\n", page->out);
}
