#include "image/nearest.h"

#include "base/memory.h"
#include "compute/matmul.h"

#include <math.h>

enum { TILE_ROWS = 256, TILE_REFERENCES = 1024 };

static double squared_distance(const float *a, const float *b, size_t size) {
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        double between = (double)a[i] - (double)b[i];
        sum += between * between;
    }
    return sum;
}

/* |x - r|^2 = |x|^2 - 2 x.r + |r|^2, and |x|^2 is the same for every r: best holds |r|^2 - 2 x.r. */
static void nearest_in_tile(const float *products, size_t rows, const float *norms, size_t first, size_t references,
                            float *best, uint32_t *nearest) {
    for (size_t row = 0; row < rows; row++) {
        const float *product = products + row * TILE_REFERENCES;
        for (size_t r = 0; r < references; r++) {
            float score = norms[first + r] - 2.0f * product[r];
            if (score >= best[row]) continue;
            best[row] = score;
            nearest[row] = (uint32_t)(first + r);
        }
    }
}

int nearest_find(const float *x, size_t count, const float *references, size_t reference_count, size_t size,
                 double *distances, uint32_t *nearest, Error *error) {
    if (reference_count == 0) return error_set(error, "the nearest picture: there are none to look among");
    float *norms = memory_new(reference_count, sizeof *norms, "the nearest pictures", error);
    float *products = memory_new(TILE_ROWS * TILE_REFERENCES, sizeof *products, "the nearest pictures", error);
    int status = norms && products ? 0 : -1;
    for (size_t r = 0; status == 0 && r < reference_count; r++) {
        double sum = 0;
        for (size_t i = 0; i < size; i++) sum += (double)references[r * size + i] * references[r * size + i];
        norms[r] = (float)sum;
    }
    for (size_t row = 0; status == 0 && row < count; row += TILE_ROWS) {
        size_t rows = count - row < TILE_ROWS ? count - row : TILE_ROWS;
        float best[TILE_ROWS];
        uint32_t found[TILE_ROWS] = {0};
        for (size_t i = 0; i < rows; i++) best[i] = INFINITY;
        for (size_t first = 0; status == 0 && first < reference_count; first += TILE_REFERENCES) {
            size_t tile = reference_count - first < TILE_REFERENCES ? reference_count - first : TILE_REFERENCES;
            status = matmul(false, true, rows, tile, size, x + row * size, size, references + first * size, size,
                            0.0f, products, TILE_REFERENCES, error);
            if (status == 0) nearest_in_tile(products, rows, norms, first, tile, best, found);
        }
        for (size_t i = 0; i < rows; i++) {
            distances[row + i] = sqrt(squared_distance(x + (row + i) * size, references + found[i] * size, size));
            if (nearest) nearest[row + i] = found[i];
        }
    }
    memory_free(products);
    memory_free(norms);
    return status;
}

double diversity_of(const float *x, size_t count, size_t size) {
    if (count < 2) return NAN;
    double sum = 0;
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++) sum += sqrt(squared_distance(x + a * size, x + b * size, size));
    return sum / (0.5 * (double)count * (double)(count - 1));
}
