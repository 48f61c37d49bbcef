/* images/arms.png: the arms one under the other, as a paper shows them. */
#include "image/image_pictures.h"

#include "base/memory.h"
#include "image/grid.h"

#include <string.h>

enum { SCALE = 3, COLUMNS = 20 };

int image_sample_open(ImageSample *sample, const ImageDreams *dreams, Error *error) {
    size_t cells = (size_t)dreams->arm->target_count * (size_t)dreams->groups, pixels = dreams->pixels;
    *sample = (ImageSample){.arm = dreams->arm};
    sample->starts = memory_new(cells * pixels, sizeof(float), "sample dreams", error);
    sample->dreams = memory_new(cells * pixels, sizeof(float), "sample dreams", error);
    if (!sample->starts || !sample->dreams) return -1;
    for (size_t cell = 0; cell < cells; cell++) {
        size_t from = cell * (size_t)dreams->restarts * pixels;
        memcpy(sample->starts + cell * pixels, dreams->start_images + from, pixels * sizeof(float));
        memcpy(sample->dreams + cell * pixels, dreams->dream_images + from, pixels * sizeof(float));
    }
    return 0;
}

void image_sample_close(ImageSample *sample) {
    memory_free(sample->starts);
    memory_free(sample->dreams);
    *sample = (ImageSample){0};
}

/* The picture's rows as they are put together. */
typedef struct Sheet {
    const ImagePlan *plan;
    int targets[COLUMNS];  // of the plan
    int columns, rows;
    const float **tiles;
    char (*labels)[2 * IMAGE_NAME];
    float *real;  // (columns, pixels) a held-out image of each class
} Sheet;

/* The pictures of `arm` for the sheet's columns, in a new row. */
static void add_row(Sheet *sheet, const ImageArm *arm, int group, const float *pictures, const char *what) {
    size_t pixels = sheet->plan->data.digits.pixels;
    int groups = image_arm_groups(arm);
    snprintf(sheet->labels[sheet->rows], sizeof *sheet->labels, "%s %s", arm->name, what);
    for (int column = 0; column < sheet->columns; column++)
        for (int t = 0; t < arm->target_count; t++)
            if (arm->targets[t] == sheet->targets[column])
                sheet->tiles[sheet->rows * sheet->columns + column] =
                    pictures + ((size_t)t * (size_t)groups + (size_t)group) * pixels;
    sheet->rows++;
}

static void add_real_row(Sheet *sheet) {
    const ImageData *data = &sheet->plan->data;
    snprintf(sheet->labels[sheet->rows], sizeof *sheet->labels, "real");
    for (int column = 0; column < sheet->columns; column++) {
        int class = sheet->plan->targets[sheet->targets[column]].class;
        uint32_t found;
        if (digits_of_class(&data->digits, class, data->held_out, data->held_out_count, &found, 1) == 0) continue;
        float *picture = sheet->real + (size_t)column * data->digits.pixels;
        digits_floats(&data->digits, &found, 1, picture);
        sheet->tiles[sheet->rows * sheet->columns + column] = picture;
    }
    sheet->rows++;
}

static int write_sheet(const Sheet *sheet, int rows_together, const char *path, Error *error) {
    const char *columns[COLUMNS];
    const char **rows = memory_new((size_t)sheet->rows, sizeof *rows, "labels", error);
    if (!rows) return -1;
    for (int column = 0; column < sheet->columns; column++)
        columns[column] = sheet->plan->targets[sheet->targets[column]].label;
    for (int row = 0; row < sheet->rows; row++) rows[row] = sheet->labels[row];
    Grid grid = {.rows = sheet->rows,
                 .columns = sheet->columns,
                 .height = sheet->plan->data.digits.height,
                 .width = sheet->plan->data.digits.width,
                 .scale = SCALE,
                 .tiles = sheet->tiles,
                 .row_labels = rows,
                 .column_labels = columns,
                 .rows_together = rows_together};
    int status = grid_write(&grid, path, error);
    memory_free(rows);
    return status;
}

static void choose_targets(Sheet *sheet, bool classes) {
    for (int t = 0; t < sheet->plan->target_count && sheet->columns < COLUMNS; t++)
        if ((sheet->plan->targets[t].class >= 0) == classes) sheet->targets[sheet->columns++] = t;
}

static int draw(const ImageSample *samples, int count, const ImagePlan *plan, bool classes, const char *path,
                Error *error) {
    Sheet sheet = {.plan = plan};
    choose_targets(&sheet, classes);
    if (sheet.columns == 0) return 0;
    size_t most = 4 * (size_t)count + 1;
    sheet.tiles = memory_new(most * COLUMNS, sizeof *sheet.tiles, "a picture of the arms", error);
    sheet.labels = memory_new(most, sizeof *sheet.labels, "a picture of the arms", error);
    sheet.real = memory_new(COLUMNS * plan->data.digits.pixels, sizeof(float), "a picture of the arms", error);
    int status = sheet.tiles && sheet.labels && sheet.real ? 0 : -1;
    for (int data = 0; status == 0 && data < 2; data++) {
        for (int i = 0; i < count; i++) {
            const ImageArm *arm = samples[i].arm;
            if (data ? !arm->from_data : !arm->from_noise) continue;
            int group = data ? image_arm_groups(arm) - 1 : 0;
            add_row(&sheet, arm, group, samples[i].starts, "start");
            add_row(&sheet, arm, group, samples[i].dreams, "dream");
        }
    }
    if (status == 0 && classes) add_real_row(&sheet);
    if (status == 0) status = write_sheet(&sheet, 2, path, error);
    memory_free(sheet.tiles);
    memory_free(sheet.labels);
    memory_free(sheet.real);
    return status;
}

int image_pictures_of_arms(const ImageSample *samples, int count, const ImagePlan *plan, const Run *run,
                           Error *error) {
    char path[PATH_LIMIT];
    if (count == 0) return 0;
    if (path_join(path, error, run->folder, "images/arms.png") != 0 ||
        draw(samples, count, plan, true, path, error) != 0)
        return -1;
    if (path_join(path, error, run->folder, "images/arms-hidden.png") != 0) return -1;
    return draw(samples, count, plan, false, path, error);
}
