#include "base/file.h"
#include "base/memory.h"
#include "text/json_read.h"
#include "text/safetensors.h"

#include <stdint.h>
#include <string.h>

enum { CHUNK = 1 << 16, DATA_ALIGNMENT = 64 };

static int add_entry(cJSON *header, const TensorSource *tensor, size_t begin, size_t end, NumberType type) {
    cJSON *entry = cJSON_AddObjectToObject(header, tensor->name);
    if (cJSON_AddStringToObject(entry, "dtype", type == NUMBER_BF16 ? "BF16" : "F32") == NULL) return -1;
    cJSON *shape = cJSON_AddArrayToObject(entry, "shape");
    for (int i = 0; i < tensor->dimensions; i++) {
        if (!cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)tensor->shape[i]))) return -1;
    }
    cJSON *offsets = cJSON_AddArrayToObject(entry, "data_offsets");
    return cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)begin)) &&
                   cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)end))
               ? 0
               : -1;
}

static size_t tensor_count(const TensorSource *tensor) {
    size_t count = 1;
    for (int i = 0; i < tensor->dimensions; i++) count *= tensor->shape[i];
    return count;
}

/* Freed with cJSON_free; NULL when memory is out. "format": "pt" is what transformers asks for. */
static char *header_text(const TensorSource *tensors, size_t count, NumberType type) {
    cJSON *header = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(header, "__metadata__");
    int status = cJSON_AddStringToObject(metadata, "format", "pt") == NULL ? -1 : 0;
    size_t at = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        size_t bytes = tensor_count(&tensors[i]) * number_size(type);
        status = add_entry(header, &tensors[i], at, at + bytes, type);
        at += bytes;
    }
    char *text = status == 0 ? cJSON_PrintUnformatted(header) : NULL;
    cJSON_Delete(header);
    return text;
}

/* Spaces behind the header let the data begin at a cache line. */
static void write_header(FILE *stream, const char *text) {
    size_t length = strlen(text), end = 8 + length;
    size_t padding = (DATA_ALIGNMENT - end % DATA_ALIGNMENT) % DATA_ALIGNMENT;
    uint64_t total = length + padding;
    fwrite(&total, sizeof total, 1, stream);
    fwrite(text, 1, length, stream);
    fprintf(stream, "%*s", (int)padding, "");
}

static void write_values(FILE *stream, const float *values, size_t count, NumberType type, void *chunk) {
    for (size_t at = 0; at < count; at += CHUNK) {
        size_t part = count - at < CHUNK ? count - at : CHUNK;
        numbers_from_floats(type, values + at, part, chunk);
        fwrite(chunk, number_size(type), part, stream);
    }
}

int safetensors_write(const char *path, const TensorSource *tensors, size_t count, NumberType type, Error *error) {
    char *header = header_text(tensors, count, type);
    void *chunk = memory_new(CHUNK, number_size(type), "tensors to write", error);
    int status = header == NULL ? error_set(error, "%s: out of memory for its header", path) : 0;
    FileWriter writer;
    if (status == 0) status = chunk == NULL ? -1 : file_writer_open(&writer, path, error);
    if (status == 0) {
        write_header(writer.stream, header);
        for (size_t i = 0; i < count; i++) {
            write_values(writer.stream, tensors[i].values, tensor_count(&tensors[i]), type, chunk);
        }
        status = file_writer_close(&writer, error);
    }
    memory_free(chunk);
    cJSON_free(header);
    return status;
}
