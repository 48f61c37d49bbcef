#include "image/digits.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/share.h"
#include "compute/random.h"
#include "image/idx.h"

#include <string.h>

static int check_labels(const IdxArray *labels, const char *path, int classes, Error *error) {
    for (size_t i = 0; i < labels->count; i++)
        if (labels->bytes[i] >= classes)
            return error_set(error, "%s: label %zu is %d, expected 0 to %d", path, i + 1, labels->bytes[i],
                             classes - 1);
    return 0;
}

int digits_open(Digits *digits, const char *images, const char *labels, int classes, Error *error) {
    memset(digits, 0, sizeof *digits);
    char image_path[PATH_LIMIT], label_path[PATH_LIMIT];
    if (share_find(image_path, images, error) != 0 || share_find(label_path, labels, error) != 0) return -1;
    IdxArray x = {0}, y = {0};
    if (idx_read(&x, image_path, 3, error) != 0) return -1;
    if (idx_read(&y, label_path, 1, error) != 0 || check_labels(&y, label_path, classes, error) != 0) goto failed;
    if (x.sizes[0] != y.sizes[0]) {
        error_set(error, "%s holds %zu images, but %s holds %zu labels; they are not of one set", image_path,
                  x.sizes[0], label_path, y.sizes[0]);
        goto failed;
    }
    if (x.sizes[1] > 4096 || x.sizes[2] > 4096) {
        error_set(error, "%s: images of %zu x %zu pixels, expected at most 4096 x 4096", image_path, x.sizes[1],
                  x.sizes[2]);
        goto failed;
    }
    *digits = (Digits){.count = x.sizes[0],
                       .height = (int)x.sizes[1],
                       .width = (int)x.sizes[2],
                       .classes = classes,
                       .pixels = x.sizes[1] * x.sizes[2],
                       .images = x.bytes,
                       .labels = y.bytes};
    return 0;
failed:
    idx_free(&x);
    idx_free(&y);
    return -1;
}

void digits_close(Digits *digits) {
    memory_free(digits->images);
    memory_free(digits->labels);
    memset(digits, 0, sizeof *digits);
}

void digits_floats(const Digits *digits, const uint32_t *indices, size_t count, float *x) {
    for (size_t b = 0; b < count; b++) {
        const uint8_t *image = digits->images + (indices ? indices[b] : b) * digits->pixels;
        float *row = x + b * digits->pixels;
        for (size_t i = 0; i < digits->pixels; i++) row[i] = (float)image[i] * (1.0f / 255.0f);
    }
}

size_t digits_of_class(const Digits *digits, int class, const uint32_t *among, size_t among_count, uint32_t *found,
                       size_t limit) {
    size_t count = 0, candidates = among ? among_count : digits->count;
    for (size_t i = 0; i < candidates; i++) {
        uint32_t index = among ? among[i] : (uint32_t)i;
        if (class >= 0 && digits->labels[index] != class) continue;
        if (found && count < limit) found[count] = index;
        count++;
    }
    return count;
}

int digits_split(size_t count, const double *part_shares, int parts, int part, uint64_t seed, uint32_t **indices,
                 size_t *index_count, Error *error) {
    *indices = NULL;
    *index_count = 0;
    if (part < 0 || part >= parts) return error_set(error, "there is no part %d of %d", part, parts);
    uint32_t *order = memory_new(count, sizeof *order, "the partition of the digits", error);
    uint8_t *chosen = memory_new(count, 1, "the partition of the digits", error);
    if (!order || !chosen) goto failed;
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    Random random = random_stream(seed, "digits-split");
    random_shuffle(&random, order, count);
    double before = 0;
    for (int p = 0; p < part; p++) before += part_shares[p];
    size_t from = (size_t)(before * (double)count + 0.5);
    size_t to = (size_t)((before + part_shares[part]) * (double)count + 0.5);
    if (to > count) to = count;
    for (size_t i = from; i < to; i++) chosen[order[i]] = 1;
    for (size_t i = 0; i < count; i++)
        if (chosen[i]) order[(*index_count)++] = (uint32_t)i;
    memory_free(chosen);
    *indices = order;
    return 0;
failed:
    memory_free(order);
    memory_free(chosen);
    return -1;
}

void digits_bytes(const float *x, size_t count, uint8_t *bytes) {
    for (size_t i = 0; i < count; i++) {
        float value = x[i] > 0 ? (x[i] < 1 ? x[i] : 1) : 0;
        bytes[i] = (uint8_t)(value * 255.0f + 0.5f);
    }
}
