/* grid.h: pictures in rows and columns, with labels, as one PNG.
 *
 *     Grid grid = {.rows = 10, .columns = 16, .height = 28, .width = 28, .scale = 2, .tiles = tiles,
 *                  .row_labels = labels};
 *     return grid_write(&grid, "images/latent-dream.png", error);
 *
 * White paper, black letters; every pixel becomes a square of `scale` dots. */
#ifndef LATENT_DREAM_IMAGE_GRID_H
#define LATENT_DREAM_IMAGE_GRID_H

#include "base/error.h"

typedef struct Grid {
    int rows, columns;
    int height, width;                 // pixels of one picture
    int scale;                         // dots a pixel, 1 or more
    const float *const *tiles;         // (rows, columns) pictures of 0..1; NULL leaves a place empty
    const char *const *row_labels;     // (rows), or NULL: none
    const char *const *column_labels;  // (columns), or NULL: none
    int rows_together;                 // a wider gap after this many rows; 0: none
    int columns_together;              // the same for columns
} Grid;

int grid_write(const Grid *grid, const char *path, Error *error);

#endif
