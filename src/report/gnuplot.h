/* gnuplot.h: one figure, drawn twice: FOLDER/NAME.png for the page and FOLDER/NAME.pdf for a paper.
 *
 * `kind` names a script, plots/KIND.gp; each script's head says what it reads. gnuplot is started directly, without
 * a shell in between, and without the user's own settings. The same table gives the same bytes: the date that a PDF
 * carries is set to 1970. */
#ifndef LATENT_DREAM_REPORT_GNUPLOT_H
#define LATENT_DREAM_REPORT_GNUPLOT_H

#include "base/error.h"

#include <stddef.h>

enum { GNUPLOT_ARGUMENTS = 7 };

/* `arguments` ends with NULL: the table, then what else the script takes, at most GNUPLOT_ARGUMENTS in all. -1 with
 * gnuplot's own words in the error, or with the command that installs it; older pictures of that name then stay. */
int gnuplot_draw(const char *kind, const char *folder, const char *name, const char *const *arguments, Error *error);

/* Text for a table that gnuplot reads, into label[size]: straight double quotes, which gnuplot takes for its own,
 * become typographic ones, control characters and bytes that are no UTF-8 become \xNN. The table's own escapes come
 * on top (tsv.h). */
void gnuplot_label(char *label, size_t size, const char *text);

#endif
