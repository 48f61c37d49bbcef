#include "image/grid.h"

#include "image/canvas.h"

#include <stddef.h>

enum { WHITE = 255, INK = 20 };

/* Where things lie, in dots. */
typedef struct Layout {
    int gap, wide_gap, margin;
    int text_scale;
    int left, top;  // of the first picture
} Layout;

static Layout layout_of(const Grid *grid) {
    Layout layout = {.gap = grid->scale, .margin = 4 * grid->scale};
    layout.wide_gap = 6 * grid->scale;
    layout.text_scale = grid->scale < 2 ? 1 : grid->scale;
    layout.left = layout.top = layout.margin;
    int widest = 0;
    for (int row = 0; grid->row_labels && row < grid->rows; row++) {
        int width = canvas_text_width(grid->row_labels[row], layout.text_scale);
        if (width > widest) widest = width;
    }
    if (widest) layout.left += widest + layout.margin;
    if (grid->column_labels) layout.top += FONT_HEIGHT * layout.text_scale + layout.margin;
    return layout;
}

/* Dots from the first picture to the `index`-th along one axis. */
static int offset_of(const Layout *layout, int index, int pixels, int scale, int together) {
    int wide = together > 0 ? index / together : 0;
    return index * (pixels * scale + layout->gap) + wide * (layout->wide_gap - layout->gap);
}

static void draw_labels(const Grid *grid, const Layout *layout, Canvas *canvas) {
    int text_height = FONT_HEIGHT * layout->text_scale;
    for (int row = 0; grid->row_labels && row < grid->rows; row++) {
        int top = layout->top + offset_of(layout, row, grid->height, grid->scale, grid->rows_together);
        canvas_text(canvas, layout->margin, top + (grid->height * grid->scale - text_height) / 2, layout->text_scale,
                    INK, grid->row_labels[row]);
    }
    for (int column = 0; grid->column_labels && column < grid->columns; column++) {
        int left = layout->left + offset_of(layout, column, grid->width, grid->scale, grid->columns_together);
        int width = canvas_text_width(grid->column_labels[column], layout->text_scale);
        canvas_text(canvas, left + (grid->width * grid->scale - width) / 2, layout->margin, layout->text_scale, INK,
                    grid->column_labels[column]);
    }
}

int grid_write(const Grid *grid, const char *path, Error *error) {
    if (grid->rows < 1 || grid->columns < 1) return error_set(error, "%s: a grid without pictures", path);
    Layout layout = layout_of(grid);
    int width = layout.left + layout.margin +
                offset_of(&layout, grid->columns - 1, grid->width, grid->scale, grid->columns_together) +
                grid->width * grid->scale;
    int height = layout.top + layout.margin +
                 offset_of(&layout, grid->rows - 1, grid->height, grid->scale, grid->rows_together) +
                 grid->height * grid->scale;
    Canvas canvas;
    if (canvas_open(&canvas, width, height, WHITE, error) != 0) return -1;
    draw_labels(grid, &layout, &canvas);
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            const float *tile = grid->tiles[(size_t)row * (size_t)grid->columns + (size_t)column];
            if (!tile) continue;
            canvas_picture(&canvas,
                           layout.left + offset_of(&layout, column, grid->width, grid->scale, grid->columns_together),
                           layout.top + offset_of(&layout, row, grid->height, grid->scale, grid->rows_together), tile,
                           grid->height, grid->width, grid->scale);
        }
    int status = canvas_write(&canvas, path, error);
    canvas_close(&canvas);
    return status;
}
