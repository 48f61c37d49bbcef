/* What the figures' tables and arguments have in common. */
#include "report/figures.h"
#include "report/gnuplot.h"

#include <math.h>
#include <string.h>

void figure_argument(FigureArguments *arguments, const char *text) {
    if (arguments->count == FIGURE_ARGUMENTS) return;
    gnuplot_label(arguments->text[arguments->count++], FIGURE_TEXT, text);
}

void figure_argument_logs(FigureArguments *arguments, const Figure *figure) {
    char logs[3] = "";
    if (figure->log_x) strcat(logs, "x");
    if (figure->log_y) strcat(logs, "y");
    figure_argument(arguments, logs);
}

void figure_cell(FILE *stream, const char *text) {
    char label[512];
    gnuplot_label(label, sizeof label, text);
    if (label[0] == 0) fputs("\xc2\xa0", stream);  // in place of an empty last cell gnuplot shows what it read before
    for (const char *byte = label; *byte; byte++) {
        if (*byte == '\\') fputc('\\', stream);
        fputc(*byte, stream);
    }
}

void figure_block(FILE *stream, size_t *blocks, const char *name, const char *columns) {
    if ((*blocks)++ > 0) fputs("\n\n", stream);
    figure_cell(stream, name);
    fprintf(stream, "\t%s\n", columns);
}

void figure_number(FILE *stream, double number, char end) {
    if (isnan(number))
        fputs("nan", stream);
    else
        fprintf(stream, "%.6g", number);
    fputc(end, stream);
}
