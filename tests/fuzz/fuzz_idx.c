/* The IDX reader on any bytes, as labels and as images; what is read must be what the header says. */
#define _GNU_SOURCE

#include "image/idx.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int descriptor = memfd_create("idx", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, data, size) != (ssize_t)size) abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    for (int dimensions = 1; dimensions <= 3; dimensions += 2) {
        IdxArray array;
        Error error;
        if (idx_read(&array, path, dimensions, &error) != 0) {
            if (array.bytes) abort();
            continue;
        }
        size_t count = 1;
        for (int d = 0; d < dimensions; d++) count *= array.sizes[d];
        if (count != array.count || array.dimensions != dimensions) abort();
        uint8_t sum = 0;
        for (size_t i = 0; i < count; i++) sum ^= array.bytes[i];
        if (sum == 1 && count == 0) abort();
        idx_free(&array);
    }
    close(descriptor);
    return 0;
}
