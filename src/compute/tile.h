/* tile.h: products of small matrices that lie in a thread's own cache: attention's scores and sums.
 *
 * C (m, n) = A (m, k) B (k, n), with n a multiple of TILE_COLUMNS; element (i, p) of A is at A[i * row + p * column],
 * so A may be transposed. Six rows by two vectors are kept in registers. Vectors are GCC's, not a processor's. */
#ifndef LATENT_DREAM_COMPUTE_TILE_H
#define LATENT_DREAM_COMPUTE_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __AVX512F__
enum { TILE_VECTOR = 16 };
#elif defined(__AVX__)
enum { TILE_VECTOR = 8 };
#else
enum { TILE_VECTOR = 4 };
#endif
enum { TILE_COLUMNS = 2 * TILE_VECTOR, TILE_ROWS = 6 };

typedef float TileVector __attribute__((vector_size(TILE_VECTOR * sizeof(float)), aligned(4), may_alias));

static inline size_t tile_round(size_t n) { return (n + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS; }

// `rows` is a constant where this is inlined, so that the sums stay in registers.
static inline __attribute__((always_inline)) void tile_block(const size_t rows, size_t k, const float *A, size_t row,
                                                             size_t column, const float *B, size_t ldb, float *C,
                                                             size_t ldc, bool accumulate) {
    TileVector sums[TILE_ROWS][2];
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < 2; j++)
            sums[i][j] = accumulate ? *(const TileVector *)(C + i * ldc + j * TILE_VECTOR) : (TileVector){0};
    for (size_t p = 0; p < k; p++) {
        TileVector left = *(const TileVector *)(B + p * ldb);
        TileVector right = *(const TileVector *)(B + p * ldb + TILE_VECTOR);
        for (size_t i = 0; i < rows; i++) {
            float a = A[i * row + p * column];
            sums[i][0] += a * left;
            sums[i][1] += a * right;
        }
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < 2; j++) *(TileVector *)(C + i * ldc + j * TILE_VECTOR) = sums[i][j];
}

static inline void tile_product(size_t m, size_t n, size_t k, const float *A, size_t row, size_t column,
                                const float *B, size_t ldb, float *C, size_t ldc, bool accumulate) {
    for (size_t j = 0; j < n; j += TILE_COLUMNS) {
        size_t i = 0;
        for (; i + TILE_ROWS <= m; i += TILE_ROWS)
            tile_block(TILE_ROWS, k, A + i * row, row, column, B + j, ldb, C + i * ldc + j, ldc, accumulate);
        for (; i + 2 <= m; i += 2)
            tile_block(2, k, A + i * row, row, column, B + j, ldb, C + i * ldc + j, ldc, accumulate);
        if (i < m) tile_block(1, k, A + i * row, row, column, B + j, ldb, C + i * ldc + j, ldc, accumulate);
    }
}

#endif
