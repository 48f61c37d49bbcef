#include "image/idx.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { UNSIGNED_BYTES = 8 };
static const size_t VALUES_LIMIT = (size_t)1 << 30;
static const size_t CHUNK = (size_t)1 << 20;

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Up to `size` bytes; fewer only at the end of the file. */
static int read_some(gzFile file, const char *path, uint8_t *bytes, size_t size, size_t *got, Error *error) {
    *got = 0;
    while (*got < size) {
        size_t left = size - *got;
        int n = gzread(file, bytes + *got, (unsigned)(left < CHUNK ? left : CHUNK));
        if (n < 0) {
            int code;
            const char *reason = gzerror(file, &code);
            return error_set(error, "%s: damaged gzip stream (%s); fetch the file again", path,
                             code == Z_ERRNO ? strerror(errno) : reason);
        }
        if (n == 0) break;
        *got += (size_t)n;
    }
    return 0;
}

static int read_header(IdxArray *array, gzFile file, const char *path, int dimensions, Error *error) {
    uint8_t head[4 + 4 * IDX_DIMENSIONS];
    size_t got;
    if (read_some(file, path, head, 4, &got, error) != 0) return -1;
    if (got == 0) return error_set(error, "%s: the file is empty; expected an IDX file", path);
    if (got < 4) return error_set(error, "%s: %zu bytes are too few for an IDX file", path, got);
    if (head[0] != 0 || head[1] != 0 || head[2] != UNSIGNED_BYTES)
        return error_set(error,
                         "%s: not an IDX file of unsigned bytes: it begins with %02x %02x %02x, expected 00 00 08",
                         path, head[0], head[1], head[2]);
    if (head[3] != dimensions)
        return error_set(error, "%s: has %d dimensions, expected %d (%s)", path, head[3], dimensions,
                         dimensions == 1 ? "labels" : "images x rows x columns");
    if (read_some(file, path, head + 4, 4 * (size_t)dimensions, &got, error) != 0) return -1;
    if (got < 4 * (size_t)dimensions)
        return error_set(error, "%s: cut short inside its header, at byte %zu", path, 4 + got);
    array->dimensions = dimensions;
    array->count = 1;
    for (int d = 0; d < dimensions; d++) {
        array->sizes[d] = big_endian(head + 4 + 4 * d);
        if (array->sizes[d] == 0) return error_set(error, "%s: dimension %d has size 0", path, d + 1);
        if (array->count > VALUES_LIMIT / array->sizes[d])
            return error_set(error, "%s: its header claims more than %zu values; the file is damaged", path,
                             VALUES_LIMIT);
        array->count *= array->sizes[d];
    }
    return 0;
}

/* The block doubles as bytes arrive, so a header that lies about a small file costs nothing. */
static int read_values(IdxArray *array, gzFile file, const char *path, Error *error) {
    size_t have = 0, capacity = 0;
    while (have < array->count) {
        size_t wanted = capacity ? 2 * capacity : CHUNK;
        if (wanted > array->count) wanted = array->count;
        uint8_t *grown = memory_grow(array->bytes, capacity, wanted, 1, "an IDX file", error);
        if (!grown) return -1;
        array->bytes = grown;
        capacity = wanted;
        size_t got;
        if (read_some(file, path, array->bytes + have, capacity - have, &got, error) != 0) return -1;
        have += got;
        if (have < capacity)
            return error_set(error, "%s: cut short: its header promises %zu values, the file holds %zu", path,
                             array->count, have);
    }
    uint8_t extra;
    size_t got;
    if (read_some(file, path, &extra, 1, &got, error) != 0) return -1;
    if (got != 0)
        return error_set(error, "%s: bytes follow after the %zu values that its header promises", path, array->count);
    return 0;
}

int idx_read(IdxArray *array, const char *path, int dimensions, Error *error) {
    memset(array, 0, sizeof *array);
    gzFile file = gzopen(path, "rb");
    if (!file) return error_set(error, "%s: %s", path, strerror(errno ? errno : ENOMEM));
    gzbuffer(file, 1 << 17);
    int failed = read_header(array, file, path, dimensions, error) != 0 || read_values(array, file, path, error) != 0;
    /* zlib reports a stream that ends too early only when it is closed. */
    int closed = gzclose_r(file);
    if (!failed && closed != Z_OK)
        failed = error_set(error, "%s: damaged gzip stream; fetch the file again", path) != 0;
    if (failed) idx_free(array);
    return failed ? -1 : 0;
}

void idx_free(IdxArray *array) {
    memory_free(array->bytes);
    memset(array, 0, sizeof *array);
}

int idx_write(const char *path, const uint8_t *bytes, int dimensions, const size_t *sizes, Error *error) {
    uint8_t head[4 + 4 * IDX_DIMENSIONS] = {0, 0, UNSIGNED_BYTES, (uint8_t)dimensions};
    size_t count = 1;
    for (int d = 0; d < dimensions; d++) {
        count *= sizes[d];
        for (int i = 0; i < 4; i++) head[4 + 4 * d + i] = (uint8_t)(sizes[d] >> (24 - 8 * i));
    }
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    fwrite(head, 1, 4 + 4 * (size_t)dimensions, writer.stream);
    fwrite(bytes, 1, count, writer.stream);
    return file_writer_close(&writer, error);
}
