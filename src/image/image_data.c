#include "image/image_plan.h"

#include "base/memory.h"
#include "base/share.h"

#include <string.h>

static void read_class_names(ImageData *data, const ConfigSection *section) {
    for (int class = 0; class < IMAGE_CLASSES; class ++)
        if (!config_name_at(section, "class_names", (size_t) class, data->class_names[class], IMAGE_NAME))
            snprintf(data->class_names[class], IMAGE_NAME, "%d", class);
}

/* Puts `more` behind the digits there are. */
static int append(Digits *digits, const Digits *more, Error *error) {
    if (more->pixels != digits->pixels || more->width != digits->width)
        return error_set(error,
                         "the held-out images are %d x %d pixels, the training images %d x %d: they must agree",
                         more->width, more->height, digits->width, digits->height);
    size_t count = digits->count + more->count;
    uint8_t *images =
        memory_grow(digits->images, digits->count * digits->pixels, count, digits->pixels, "images", error);
    if (!images) return -1;
    digits->images = images;
    uint8_t *labels = memory_grow(digits->labels, digits->count, count, 1, "labels", error);
    if (!labels) return -1;
    digits->labels = labels;
    memcpy(images + digits->count * digits->pixels, more->images, more->count * more->pixels);
    memcpy(labels + digits->count, more->labels, more->count);
    digits->count = count;
    return 0;
}

/* The four files, from [data]'s own paths or from its folder; "" where one is not given. */
typedef struct DataPaths {
    char images[PATH_LIMIT], labels[PATH_LIMIT];
    char held_out_images[PATH_LIMIT], held_out_labels[PATH_LIMIT];
} DataPaths;

/* FOLDER/NAME or FOLDER/NAME.gz, whichever is there; "" where neither is. */
static void find_in_folder(char *path, const char *folder, const char *name) {
    char wanted[PATH_LIMIT];
    path[0] = 0;
    for (int packed = 0; packed < 2 && !path[0]; packed++)
        if (path_join(wanted, NULL, folder, packed ? "%s.gz" : "%s", name) == 0 &&
            share_find(path, wanted, NULL) != 0)
            path[0] = 0;
}

static void copy_path(char *path, const ConfigSection *section, const char *key) {
    const char *given = config_text(section, key);
    snprintf(path, PATH_LIMIT, "%s", given ? given : "");
}

static void find_all_in_folder(DataPaths *paths, const Config *config, const ConfigSection *section,
                               ConfigProblems *problems) {
    const char *folder = config_text(section, "folder");
    if (paths->images[0] || paths->labels[0] || paths->held_out_images[0] || paths->held_out_labels[0]) {
        config_problem(problems, config, config_line(section, "folder"),
                       "folder= stands for the paths of all files: leave images=, labels= and held_out_...= out");
        return;
    }
    find_in_folder(paths->images, folder, "train-images-idx3-ubyte");
    find_in_folder(paths->labels, folder, "train-labels-idx1-ubyte");
    find_in_folder(paths->held_out_images, folder, "t10k-images-idx3-ubyte");
    find_in_folder(paths->held_out_labels, folder, "t10k-labels-idx1-ubyte");
    if (!paths->images[0] || !paths->labels[0])
        config_problem(problems, config, config_line(section, "folder"),
                       "%s: there is no train-images-idx3-ubyte[.gz] with its train-labels-idx1-ubyte[.gz]; "
                       "data/get-mnist.sh fetches MNIST's",
                       folder);
}

/* Tells a problem where the files are not named, or not there. */
static void find_files(DataPaths *paths, const Config *config, const ConfigSection *section,
                       ConfigProblems *problems) {
    copy_path(paths->images, section, "images");
    copy_path(paths->labels, section, "labels");
    copy_path(paths->held_out_images, section, "held_out_images");
    copy_path(paths->held_out_labels, section, "held_out_labels");
    if (config_has(section, "folder"))
        find_all_in_folder(paths, config, section, problems);
    else if (!paths->images[0] || !paths->labels[0])
        config_problem(problems, config, section->line, "[data] needs images= and labels=, or folder=");
}

/* The line that names a file, for messages. */
static int line_of(const ConfigSection *section, const char *key) {
    return config_line(section, config_has(section, "folder") ? "folder" : key);
}

static int open_held_out(ImageData *data, const DataPaths *paths, const Config *config, const ConfigSection *section,
                         ConfigProblems *problems, Error *error) {
    const char *images = paths->held_out_images[0] ? paths->held_out_images : NULL;
    const char *labels = paths->held_out_labels[0] ? paths->held_out_labels : NULL;
    if (!images != !labels) {
        config_problem(problems, config, config_line(section, images ? "held_out_images" : "held_out_labels"),
                       "held_out_images and held_out_labels go together: one of them is absent");
        return 0;
    }
    if (!images) {
        size_t held_out = (size_t)config_integer(section, "held_out");
        if (held_out >= data->digits.count) {
            config_problem(problems, config, config_line(section, "held_out"),
                           "held_out=%zu of %zu images: some must be left for training", held_out,
                           data->digits.count);
            return 0;
        }
        data->trainable = data->digits.count - held_out;
        return 0;
    }
    data->trainable = data->digits.count;
    Digits more = {0};
    int status = digits_open(&more, images, labels, IMAGE_CLASSES, error);
    if (status == 0) status = append(&data->digits, &more, error);
    digits_close(&more);
    if (status == 0) return 0;
    config_problem(problems, config,
                   config_line(section, config_has(section, "folder") ? "folder" : "held_out_images"), "%s",
                   error->message);
    return 0;
}

int image_data_open(ImageData *data, const Config *config, ConfigProblems *problems, Error *error) {
    const ConfigSection *section = config_section(config, "data");
    if (!section) {
        config_problem(problems, config, 1, "an image experiment needs a [data] section");
        return 0;
    }
    read_class_names(data, section);
    DataPaths paths;
    size_t before = problems->count;
    find_files(&paths, config, section, problems);
    if (problems->count > before) return 0;
    if (digits_open(&data->digits, paths.images, paths.labels, IMAGE_CLASSES, error) != 0) {
        config_problem(problems, config, line_of(section, "images"), "%s", error->message);
        return 0;
    }
    if (open_held_out(data, &paths, config, section, problems, error) != 0) return -1;
    if (problems->count > before) return 0;
    data->held_out_count = data->digits.count - data->trainable;
    data->held_out = memory_new(data->held_out_count, sizeof *data->held_out, "held-out images", error);
    if (!data->held_out) return -1;
    for (size_t i = 0; i < data->held_out_count; i++) data->held_out[i] = (uint32_t)(data->trainable + i);
    return 0;
}

void image_data_close(ImageData *data) {
    digits_close(&data->digits);
    memory_free(data->held_out);
    data->held_out = NULL;
}
