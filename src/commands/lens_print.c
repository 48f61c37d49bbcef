#include "commands/lens.h"

#include "base/tsv.h"
#include "commands/text_lines.h"
#include "report/gnuplot.h"
#include "text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void print_token(const Lens *lens, int id) {
    size_t size;
    const char *token = tokenizer_token(lens->model->folder.tokenizer, id, &size);
    print_cell(stdout, token, size);
}

void lens_print_table(const Lens *lens, int sentence) {
    size_t T = lens->tokens->count;
    for (int row = 0; row < lens->rows; row++) {
        for (size_t t = 0; t < T; t++) {
            const LensCell *cell = &lens->cells[(size_t)row * T + t];
            printf("%d\t%d\t%zu\t", sentence, row - 1, t);
            print_token(lens, lens->tokens->ids[t]);
            putchar('\t');
            print_token(lens, cell->prediction);
            printf("\t%.6g\t", (double)cell->probability);
            if (t + 1 < T) print_token(lens, lens->tokens->ids[t + 1]);
            printf("\t%.6g\t%d\n", (double)cell->next_probability, cell->next_rank);
        }
    }
}

/* ---- the grid on a terminal */

enum { CELL = 11, NAME = 10 };

/* A token cut and padded to CELL - 1 characters. */
static void print_padded(const Lens *lens, int id) {
    char text[4 * CELL + 1];
    size_t size, bytes = 0, characters = 0;
    const char *token = tokenizer_token(lens->model->folder.tokenizer, id, &size);
    cell_text(text, sizeof text, token, size);
    while (text[bytes] != 0 && characters < CELL - 1) {
        bytes += utf8_character_size(text + bytes, strlen(text + bytes));
        characters++;
    }
    printf("%.*s%*s", (int)bytes, text, (int)(CELL - 1 - characters), "");
}

static size_t cells_across(void) {
    struct winsize window;
    size_t columns = 100;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) columns = window.ws_col;
    return columns > NAME + CELL ? (columns - NAME) / CELL : 1;
}

static void print_grid_row(const Lens *lens, int row, size_t first, size_t end, bool colored) {
    char name[32];
    lens_row_name(row, name);
    printf("%-*s", NAME, name);
    for (size_t t = first; t < end; t++) {
        const LensCell *cell = &lens->cells[(size_t)row * lens->tokens->count + t];
        int shade = 255 - (int)(185 * cell->probability);
        if (colored) printf("\033[30;48;2;%d;%d;255m", shade, shade);
        print_padded(lens, cell->prediction);
        fputs(colored ? "\033[0m " : " ", stdout);
    }
    putchar('\n');
}

void lens_print_grid(const Lens *lens, bool colored) {
    size_t T = lens->tokens->count, across = cells_across();
    for (size_t first = 0; first < T; first += across) {
        size_t end = first + across < T ? first + across : T;
        printf("%-*s", NAME, "token");
        for (size_t t = first; t < end; t++) {
            print_padded(lens, lens->tokens->ids[t]);
            putchar(' ');
        }
        putchar('\n');
        for (int row = 0; row < lens->rows; row++) print_grid_row(lens, row, first, end, colored);
        putchar('\n');
    }
}

/* ---- the heatmap */

static void token_label(const Lens *lens, int id, char *label, size_t label_size) {
    char text[128];
    size_t size;
    const char *token = tokenizer_token(lens->model->folder.tokenizer, id, &size);
    cell_text(text, sizeof text, token, size);
    gnuplot_label(label, label_size, text);
}

static int write_heatmap(const Lens *lens, const char *table, Error *error) {
    static const char *const COLUMNS[] = {"column", "row", "probability", "prediction", "token", "layer", NULL};
    TsvWriter writer;
    if (tsv_writer_open(&writer, table, COLUMNS, error) != 0) return -1;
    for (int row = 0; row < lens->rows; row++) {
        char name[32], label[256];
        lens_row_name(row, name);
        for (size_t t = 0; t < lens->tokens->count; t++) {
            const LensCell *cell = &lens->cells[(size_t)row * lens->tokens->count + t];
            tsv_writer_integer(&writer, (long)t);
            tsv_writer_integer(&writer, row);
            tsv_writer_number(&writer, (double)cell->probability);
            token_label(lens, cell->prediction, label, sizeof label);
            tsv_writer_text(&writer, label);
            token_label(lens, lens->tokens->ids[t], label, sizeof label);
            tsv_writer_text(&writer, label);
            tsv_writer_text(&writer, name);
            tsv_writer_row(&writer);
        }
    }
    return tsv_writer_close(&writer, error);
}

int lens_draw(const Lens *lens, const char *path, Error *error) {
    char folder[PATH_LIMIT], name[PATH_LIMIT], table[PATH_LIMIT];
    size_t size = strlen(path);
    if (size < 5 || size >= PATH_LIMIT || strcmp(path + size - 4, ".png") != 0) {
        return error_set(error, "--figure %s: a name that ends in .png was expected", path);
    }
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    if (slash == path) snprintf(folder, sizeof folder, "/");
    snprintf(name, sizeof name, "%s", slash == NULL ? path : slash + 1);
    name[strlen(name) - 4] = 0;
    if (path_join(table, error, folder, "%s.tsv", name) != 0) return -1;
    if (write_heatmap(lens, table, error) != 0) return -1;
    const char *arguments[] = {table, "position", "", "probability of the prediction", NULL};
    return gnuplot_draw("heatmap", folder, name, arguments, error);
}
