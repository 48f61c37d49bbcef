#include "image/image_pictures.h"

#include "base/memory.h"
#include "image/grid.h"
#include "image/idx.h"

#include <string.h>

enum { GRID_COLUMNS = 16, GRID_SCALE = 2, STRIP_COLUMNS = 11, STRIP_SCALE = 3 };

typedef struct Labels {
    char (*texts)[2 * IMAGE_NAME];
    const char **pointers;
} Labels;

static int labels_open(Labels *labels, int count, Error *error) {
    labels->texts = memory_new((size_t)count, sizeof *labels->texts, "labels", error);
    labels->pointers = memory_new((size_t)count, sizeof *labels->pointers, "labels", error);
    if (!labels->texts || !labels->pointers) return -1;
    for (int i = 0; i < count; i++) labels->pointers[i] = labels->texts[i];
    return 0;
}

static void labels_close(Labels *labels) {
    memory_free(labels->texts);
    memory_free(labels->pointers);
}

/* Rows: all targets from the first group, then all from the second. */
static int write_arm_grid(const ImageDreams *dreams, const ImagePlan *plan, const float *images, const char *path,
                          Error *error) {
    const ImageArm *arm = dreams->arm;
    int columns = dreams->restarts < GRID_COLUMNS ? dreams->restarts : GRID_COLUMNS;
    int rows = arm->target_count * dreams->groups;
    Labels labels = {0};
    const float **tiles = memory_new((size_t)rows * (size_t)columns, sizeof *tiles, "a grid", error);
    int status = tiles && labels_open(&labels, rows, error) == 0 ? 0 : -1;
    for (int row = 0; status == 0 && row < rows; row++) {
        int target = row % arm->target_count, group = row / arm->target_count;
        int first = (target * dreams->groups + group) * dreams->restarts;
        snprintf(labels.texts[row], sizeof *labels.texts, "%s %s", plan->targets[arm->targets[target]].label,
                 image_arm_group_name(arm, group));
        for (int column = 0; column < columns; column++)
            tiles[row * columns + column] = images + (size_t)(first + column) * dreams->pixels;
    }
    Grid grid = {.rows = rows,
                 .columns = columns,
                 .height = plan->data.digits.height,
                 .width = plan->data.digits.width,
                 .scale = GRID_SCALE,
                 .tiles = tiles,
                 .row_labels = labels.pointers,
                 .rows_together = arm->target_count};
    if (status == 0) status = grid_write(&grid, path, error);
    labels_close(&labels);
    memory_free(tiles);
    return status;
}

/* The targets of an arm that are shown in a strip: its classes, or where it has none the first ten. */
static int strip_targets(const ImageArm *arm, const ImagePlan *plan, int chosen[IMAGE_CLASSES]) {
    int count = 0;
    for (int t = 0; t < arm->target_count && count < IMAGE_CLASSES; t++)
        if (plan->targets[arm->targets[t]].class >= 0) chosen[count++] = t;
    for (int t = 0; count == 0 && t < arm->target_count && t < IMAGE_CLASSES; t++) chosen[t] = t;
    if (count == 0) count = arm->target_count < IMAGE_CLASSES ? arm->target_count : IMAGE_CLASSES;
    return count;
}

static int write_strip(const ImageDreams *dreams, const ImagePlan *plan, const char *path, Error *error) {
    const ImageArm *arm = dreams->arm;
    int chosen[IMAGE_CLASSES], rows = strip_targets(arm, plan, chosen), points = dreams->path_points;
    int columns = points < STRIP_COLUMNS ? points : STRIP_COLUMNS;
    if (columns < 2) return 0;
    const float *tiles[IMAGE_CLASSES * STRIP_COLUMNS];
    const char *row_labels[IMAGE_CLASSES];
    Labels labels = {0};
    if (labels_open(&labels, columns, error) != 0) {
        labels_close(&labels);
        return -1;
    }
    for (int column = 0; column < columns; column++) {
        int point = (int)((long)column * (points - 1) / (columns - 1));
        snprintf(labels.texts[column], sizeof *labels.texts, "%ld", point * dreams->path_every);
        for (int row = 0; row < rows; row++) {
            size_t path_number = (size_t)chosen[row] * (size_t)dreams->groups * (size_t)dreams->paths;
            tiles[row * columns + column] =
                dreams->path_images + (path_number * (size_t)points + (size_t)point) * dreams->pixels;
            row_labels[row] = plan->targets[arm->targets[chosen[row]]].label;
        }
    }
    Grid grid = {.rows = rows,
                 .columns = columns,
                 .height = plan->data.digits.height,
                 .width = plan->data.digits.width,
                 .scale = STRIP_SCALE,
                 .tiles = tiles,
                 .row_labels = row_labels,
                 .column_labels = labels.pointers};
    int status = grid_write(&grid, path, error);
    labels_close(&labels);
    return status;
}

/* Dreams of classes as IDX files, for anyone's own classifier. */
static int write_idx(const ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error) {
    const ImageArm *arm = dreams->arm;
    size_t pixels = dreams->pixels, all = (size_t)dreams->count;
    char images_path[PATH_LIMIT], labels_path[PATH_LIMIT];
    int *numbers = memory_new(all, sizeof *numbers, "dreams", error);
    uint8_t *bytes = memory_new(all * (pixels + 1), 1, "dreams", error);
    int status = numbers && bytes ? 0 : -1;
    size_t count = status == 0 ? (size_t)image_dreams_list(dreams, plan, true, numbers) : 0;
    uint8_t *labels = bytes ? bytes + all * pixels : NULL;
    for (size_t i = 0; i < count; i++) {
        int target = numbers[i] / (dreams->groups * dreams->restarts);
        digits_bytes(dreams->dream_images + (size_t)numbers[i] * pixels, 1, bytes + i * pixels);
        labels[i] = (uint8_t)plan->targets[arm->targets[target]].class;
    }
    const Digits *digits = &plan->data.digits;
    const size_t sizes[] = {count, (size_t)digits->height, (size_t)digits->width};
    if (status == 0 && count > 0) {
        status =
            path_join(images_path, error, run->folder, "images/%s-dream.idx3-ubyte", arm->name) != 0 ||
                    path_join(labels_path, error, run->folder, "images/%s-dream.labels.idx1-ubyte", arm->name) != 0 ||
                    idx_write(images_path, bytes, 3, sizes, error) != 0 ||
                    idx_write(labels_path, labels, 1, sizes, error) != 0
                ? -1
                : 0;
    }
    memory_free(numbers);
    memory_free(bytes);
    return status;
}

int image_pictures_of_arm(const ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error) {
    const char *name = dreams->arm->name;
    char path[PATH_LIMIT];
    if (path_join(path, error, run->folder, "images/%s-start.png", name) != 0 ||
        write_arm_grid(dreams, plan, dreams->start_images, path, error) != 0)
        return -1;
    if (path_join(path, error, run->folder, "images/%s-dream.png", name) != 0 ||
        write_arm_grid(dreams, plan, dreams->dream_images, path, error) != 0)
        return -1;
    if (path_join(path, error, run->folder, "images/%s-strip.png", name) != 0 ||
        write_strip(dreams, plan, path, error) != 0)
        return -1;
    return write_idx(dreams, plan, run, error);
}
