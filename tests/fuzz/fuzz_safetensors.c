/* Any bytes as a safetensors file: refused, or every tensor can be read to its last element. */
#include "base/memory.h"
#include "text/safetensors.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_tensors(const Safetensors *file) {
    for (size_t i = 0; i < file->count; i++) {
        const Tensor *tensor = &file->tensors[i];
        if (safetensors_find(file, tensor->name) != tensor) abort();
        if (!tensor->numeric) continue;
        float *values = memory_new(tensor->count, sizeof *values, "values", NULL);
        tensor_read(tensor, 0, tensor->count, values);
        memory_free(values);
    }
}

static void parse(const uint8_t *data, size_t size) {
    Error error;
    Safetensors file;
    if (safetensors_parse(&file, data, size, "fuzz.safetensors", &error) != 0) return;
    read_tensors(&file);
    safetensors_close(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    parse(data, size);
    /* The same bytes as header and data behind a length that is right, so that most inputs get past it. */
    const uint8_t *brace = size > 0 ? memchr(data, '\n', size) : NULL;
    uint64_t length = brace != NULL ? (uint64_t)(brace - data) + 1 : size;
    uint8_t *file = memory_new(8 + size, 1, "a file", NULL);
    memcpy(file, &length, 8);
    if (size > 0) memcpy(file + 8, data, size);
    parse(file, 8 + size);
    memory_free(file);
    return 0;
}
