/* The drawn figures, each with a link to its PDF and its table. */
#include "report/html.h"
#include "report/page.h"

#include <string.h>

/* Dots; a figure of one column of a paper has 1003, one of two has 2066. */
enum { COLUMN_WIDE = 1200 };

static void figure_write(Page *page, const Figure *figure) {
    char path[PATH_LIMIT];
    Error error;
    if (path_join(path, NULL, page->folder, "figures/%s.png", figure->name) != 0) return;
    unsigned width, height;
    page_png_size(path, &width, &height);
    bool broad = width > COLUMN_WIDE;
    fprintf(page->out, "<figure%s><img alt=\"", broad ? " class=\"broad\"" : "");
    html_text(page->out, figure->caption);
    fputs("\" src=\"", page->out);
    if (html_data_uri(page->out, path, "image/png", &error) != 0) fputs("data:,", page->out);
    fprintf(page->out, "\"><figcaption><b>Figure %d.</b> ", ++page->figure_number);
    html_text(page->out, figure->caption);
    static const char *const KINDS[][2] = {{".pdf", "PDF"}, {".tsv", "data"}};
    for (size_t i = 0; i < 2; i++) {
        fputs(" <a href=\"figures/", page->out);
        html_address(page->out, figure->name);
        fprintf(page->out, "%s\">%s</a>", KINDS[i][0], KINDS[i][1]);
    }
    fputs("</figcaption></figure>\n", page->out);
}

size_t page_figures_of(Page *page, bool training, const char *before, const char *after) {
    size_t written = 0;
    for (size_t i = 0; i < page->figures->count; i++) {
        const Figure *figure = &page->figures->items[i];
        if (!figure->drawn || (strcmp(figure->kind, "training") == 0) != training) continue;
        if (written++ == 0) fputs(before, page->out);
        figure_write(page, figure);
    }
    if (written > 0) fputs(after, page->out);
    return written;
}

void page_figures(Page *page) {
    fputs("<section id=\"figures\">\n", page->out);
    page_figures_of(page, false, "<h2>Figures</h2>\n<div class=\"plots\">\n", "</div>\n");
    fputs("</section>\n", page->out);
}
