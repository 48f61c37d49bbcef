/* Image grids, arm by arm. */
#include "report/html.h"
#include "report/page.h"

#include <stdint.h>
#include <string.h>

void page_png_size(const char *path, unsigned *width, unsigned *height) {
    static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    unsigned char head[24];
    *width = *height = 0;
    FILE *stream = fopen(path, "rb");
    if (!stream) return;
    if (fread(head, 1, sizeof head, stream) == sizeof head && memcmp(head, signature, 8) == 0) {
        *width = (unsigned)head[16] << 24 | (unsigned)head[17] << 16 | (unsigned)head[18] << 8 | head[19];
        *height = (unsigned)head[20] << 24 | (unsigned)head[21] << 16 | (unsigned)head[22] << 8 | head[23];
    }
    fclose(stream);
    if (*width > 100000 || *height > 1000000) *width = *height = 0;
}

/* A picture shrinks with the window to half its size; from there on it scrolls in its own frame. */
static bool picture_write(Page *page, const char *name, const char *words, const char *alternative) {
    char path[PATH_LIMIT];
    unsigned width, height;
    Error error;
    if (path_join(path, NULL, page->folder, "images/%s.png", name) != 0 || !file_exists(path)) return false;
    page_png_size(path, &width, &height);
    if (width == 0) {
        error_set(&error, "images/%s.png: not a PNG picture", name);
        page_problem(page, &error);
        return false;
    }
    if (words) fprintf(page->out, "<p class=\"stage\">%s</p>\n", words);
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"", page->out);
    html_text(page->out, name);
    fprintf(
        page->out,
        "\"><img class=\"pixels\" width=\"%u\" height=\"%u\" style=\"width:%upx;max-width:max(100%%,%upx)\" alt=\"",
        width, height, width, width / 2);
    html_text(page->out, alternative);
    fputs("\" src=\"", page->out);
    if (html_data_uri(page->out, path, "image/png", &error) != 0) fputs("data:,", page->out);
    fputs("\"></div>\n", page->out);
    return true;
}

static void caption_write(Page *page, const char *name, const char *before, const char *arm, const char *after) {
    fprintf(page->out, "<figcaption><b>Figure %d.</b> %s", ++page->figure_number, before);
    html_text(page->out, arm);
    fprintf(page->out, "%s <a href=\"images/", after);
    html_address(page->out, name);
    fputs(".png\">PNG</a></figcaption>\n", page->out);
}

/* The sheets that show all arms in one picture. */
static void sheet_write(Page *page, const char *name, const char *caption) {
    if (!folder_has(page->folder, "images/%s.png", name)) return;
    fputs("<figure class=\"sheet\">\n", page->out);
    if (picture_write(page, name, NULL, caption)) caption_write(page, name, caption, "", "");
    fputs("</figure>\n", page->out);
}

static void arm_write(Page *page, const char *arm) {
    static const char *const PARTS[][3] = {
        {"dream", NULL, "dreams, a row a target, a column a restart"},
        {"strip", "One dream of each target over its steps", "one dream of each target, a column a step"},
        {"start", "What they began from", "the starts, a row a target, a column a restart"},
    };
    fputs("<article>\n<h3>", page->out);
    html_text(page->out, arm);
    fputs("</h3>\n", page->out);
    page_arm_recipe(page, arm);
    fputs("<figure>\n", page->out);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        char name[PATH_LIMIT], alternative[PATH_LIMIT];
        snprintf(name, sizeof name, "%.1000s-%s", arm, PARTS[i][0]);
        snprintf(alternative, sizeof alternative, "Arm %.1000s: %s", arm, PARTS[i][2]);
        picture_write(page, name, PARTS[i][1], alternative);
    }
    char dream[PATH_LIMIT];
    snprintf(dream, sizeof dream, "%.1000s-dream", arm);
    caption_write(page, dream, "Dreams of the arm <i>", arm, "</i>: each row is a target, each column a restart.");
    fputs("</figure>\n</article>\n", page->out);
}

/* The widest grid of an arm, in dots; 0: there is none. */
static unsigned widest_grid(const Page *page) {
    unsigned widest = 0, width, height;
    char path[PATH_LIMIT];
    for (size_t i = 0; i < page->arms->count; i++) {
        if (path_join(path, NULL, page->folder, "images/%s-dream.png", page->arms->names[i]) != 0) continue;
        page_png_size(path, &width, &height);
        if (width > widest) widest = width;
    }
    return widest;
}

void page_images(Page *page) {
    unsigned widest = widest_grid(page);
    if (widest == 0) return;
    fputs("<section id=\"dreams\">\n<h2>Dreams</h2>\n", page->out);
    sheet_write(page, "arms",
                "What each arm made of its start, for the neuron of each class: start above, dream below; at the "
                "foot a real image of each class.");
    sheet_write(page, "arms-hidden", "The same for neurons inside the network.");
    unsigned column = widest / 2 < 320 ? 320 : widest / 2 > 1100 ? 1100 : widest / 2;
    fprintf(page->out,
            "<details%s><summary>More dreams of every arm</summary>\n<div class=\"arms\" style=\"--wide:%upx\">\n",
            folder_has(page->folder, "images/arms.png") ? "" : " open", column);
    for (size_t i = 0; i < page->arms->count; i++)
        if (folder_has(page->folder, "images/%s-dream.png", page->arms->names[i]))
            arm_write(page, page->arms->names[i]);
    fputs("</div></details>\n</section>\n", page->out);
}
