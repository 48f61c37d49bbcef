#include "text/safetensors.h"

#include "base/file.h"
#include "base/memory.h"
#include "text/json_read.h"
#include "text/safetensors_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t HEADER_LIMIT = 100000000;  // the format's own

typedef struct ElementType {
    const char *name;
    size_t bytes;
    bool numeric;
    NumberType type;
} ElementType;

static const ElementType ELEMENT_TYPES[] = {
    {"F32", 4, true, NUMBER_F32},    {"F16", 2, true, NUMBER_F16},    {"BF16", 2, true, NUMBER_BF16},
    {.name = "BOOL", .bytes = 1},    {.name = "U8", .bytes = 1},      {.name = "I8", .bytes = 1},
    {.name = "F8_E4M3", .bytes = 1}, {.name = "F8_E5M2", .bytes = 1}, {.name = "I16", .bytes = 2},
    {.name = "U16", .bytes = 2},     {.name = "I32", .bytes = 4},     {.name = "U32", .bytes = 4},
    {.name = "I64", .bytes = 8},     {.name = "U64", .bytes = 8},     {.name = "F64", .bytes = 8},
};

static const ElementType *element_type_find(const char *name) {
    for (size_t i = 0; i < sizeof ELEMENT_TYPES / sizeof *ELEMENT_TYPES; i++) {
        if (strcmp(ELEMENT_TYPES[i].name, name) == 0) return &ELEMENT_TYPES[i];
    }
    return NULL;
}

/* ---- one entry of the header */

typedef struct Entry {
    Tensor tensor;
    size_t begin, end;  // in the data
} Entry;

static int parse_shape(const cJSON *shape, const ElementType *type, Tensor *tensor, const char *where, Error *error) {
    if (!cJSON_IsArray(shape)) return error_set(error, "%s: no \"shape\": [...] in the header", where);
    size_t count = 1, bytes;
    const cJSON *item;
    cJSON_ArrayForEach(item, shape) {
        double size;
        if (tensor->dimensions == TENSOR_DIMENSIONS) {
            return error_set(error, "%s: more than %d dimensions", where, TENSOR_DIMENSIONS);
        }
        if (json_whole(item, 0, 9e15, &size) != 0) {
            return error_set(error, "%s: a size in \"shape\" is no whole number from 0", where);
        }
        tensor->shape[tensor->dimensions++] = (size_t)size;
        if (__builtin_mul_overflow(count, (size_t)size, &count)) {
            return error_set(error, "%s: the sizes in \"shape\" multiply to more than memory can hold", where);
        }
    }
    if (__builtin_mul_overflow(count, type->bytes, &bytes)) {
        return error_set(error, "%s: the sizes in \"shape\" multiply to more than memory can hold", where);
    }
    tensor->count = count;
    tensor->bytes = bytes;
    return 0;
}

static int parse_offsets(const cJSON *offsets, size_t data_size, Entry *entry, const char *where, Error *error) {
    double begin, end;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        json_whole(cJSON_GetArrayItem(offsets, 0), 0, 9e15, &begin) != 0 ||
        json_whole(cJSON_GetArrayItem(offsets, 1), 0, 9e15, &end) != 0) {
        return error_set(error, "%s: no \"data_offsets\": [begin, end] in the header", where);
    }
    if (begin > end || end > (double)data_size) {
        return error_set(error, "%s: data_offsets [%.0f, %.0f] lie outside the %zu bytes of data", where, begin, end,
                         data_size);
    }
    entry->begin = (size_t)begin;
    entry->end = (size_t)end;
    if (entry->end - entry->begin != entry->tensor.bytes) {
        return error_set(error, "%s: %zu bytes between its data_offsets, but its shape and type ask for %zu", where,
                         entry->end - entry->begin, entry->tensor.bytes);
    }
    return 0;
}

static int parse_entry(const cJSON *item, size_t data_size, const char *path, Entry *entry, Error *error) {
    char name[JSON_NAME], where[PATH_LIMIT + JSON_NAME + 16];
    snprintf(where, sizeof where, "%s: tensor %s", path, json_name(name, item->string));
    const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(item, "dtype");
    if (!cJSON_IsObject(item) || !cJSON_IsString(dtype) || cJSON_GetArraySize(item) != 3) {
        return error_set(error, "%s: its header is not {\"dtype\": ..., \"shape\": ..., \"data_offsets\": ...}",
                         where);
    }
    const ElementType *type = element_type_find(dtype->valuestring);
    if (type == NULL) {
        return error_set(error, "%s: unknown dtype \"%s\"; F32, F16 and BF16 are read", where,
                         json_name(name, dtype->valuestring));
    }
    entry->tensor = (Tensor){.name = item->string, .path = path, .numeric = type->numeric, .type = type->type};
    if (parse_shape(cJSON_GetObjectItemCaseSensitive(item, "shape"), type, &entry->tensor, where, error) != 0) {
        return -1;
    }
    return parse_offsets(cJSON_GetObjectItemCaseSensitive(item, "data_offsets"), data_size, entry, where, error);
}

/* ---- the header as a whole */

static int compare_offsets(const void *left, const void *right) {
    const Entry *a = left, *b = right;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

/* Every byte of the data belongs to exactly one tensor. */
static int check_layout(Entry *entries, size_t count, size_t data_size, const char *path, Error *error) {
    qsort(entries, count, sizeof *entries, compare_offsets);
    size_t at = 0;
    char name[JSON_NAME], other[JSON_NAME];
    for (size_t i = 0; i < count; i++) {
        json_name(name, entries[i].tensor.name);
        if (entries[i].begin < at) {
            return error_set(error, "%s: tensor %s overlaps tensor %s", path, name,
                             json_name(other, entries[i - 1].tensor.name));
        }
        if (entries[i].begin > at) {
            return error_set(error, "%s: %zu bytes before tensor %s belong to no tensor", path, entries[i].begin - at,
                             name);
        }
        at = entries[i].end;
    }
    if (at != data_size) {
        return error_set(error, "%s: the last %zu bytes belong to no tensor; is the file complete?", path,
                         data_size - at);
    }
    return 0;
}

static int tensors_add(Safetensors *file, Tensor tensor, const unsigned char *data, SafetensorsFile *owner,
                       Error *error) {
    size_t alignment = !tensor.numeric ? 1 : number_size(tensor.type);
    tensor.data = data;
    tensor.mapped = owner->mapped != NULL;
    if ((uintptr_t)data % alignment != 0) {
        void *copy = memory_new(tensor.bytes, 1, "a tensor that the file does not align", error);
        if (copy == NULL) return -1;
        memcpy(copy, data, tensor.bytes);
        owner->copies[owner->copy_count++] = copy;
        tensor.data = copy;
        tensor.mapped = false;
    }
    file->tensors[file->count++] = tensor;
    return 0;
}

static int parse_entries(Safetensors *file, SafetensorsFile *owner, const unsigned char *data, size_t data_size,
                         Error *error) {
    size_t items = 0, count = 0;
    for (const cJSON *item = owner->header->child; item != NULL; item = item->next) items++;
    Entry *entries = memory_new(items, sizeof *entries, "the header's tensors", error);
    owner->copies = memory_new(items, sizeof *owner->copies, "the header's tensors", error);
    Tensor *tensors = memory_grow(file->tensors, file->count * sizeof *tensors, file->count + items, sizeof *tensors,
                                  "the header's tensors", error);
    if (tensors != NULL) file->tensors = tensors;
    int status = entries == NULL || owner->copies == NULL || tensors == NULL ? -1 : 0;
    for (const cJSON *item = owner->header->child; item != NULL && status == 0; item = item->next) {
        if (strcmp(item->string, "__metadata__") == 0) continue;
        status = parse_entry(item, data_size, owner->path, &entries[count++], error);
    }
    if (status == 0) status = check_layout(entries, count, data_size, owner->path, error);
    for (size_t i = 0; i < count && status == 0; i++) {
        status = tensors_add(file, entries[i].tensor, data + entries[i].begin, owner, error);
    }
    memory_free(entries);
    return status;
}

static int parse_bytes(Safetensors *file, SafetensorsFile *owner, const unsigned char *bytes, size_t size,
                       Error *error) {
    uint64_t length;
    if (size < sizeof length + 2) {
        return error_set(error, "%s: %zu bytes are no safetensors file; fetch it again", owner->path, size);
    }
    memcpy(&length, bytes, sizeof length);
    if (length > size - sizeof length || length > HEADER_LIMIT) {
        return error_set(error, "%s: the header claims %llu bytes, but %s%zu; fetch the file again", owner->path,
                         (unsigned long long)length,
                         length > size - sizeof length ? "the file ends after " : "a header has at most ",
                         length > size - sizeof length ? size - sizeof length : HEADER_LIMIT);
    }
    owner->header = json_parse_object((const char *)bytes + sizeof length, (size_t)length, owner->path,
                                      "a safetensors header, {\"TENSOR\": {...}, ...},", error);
    if (owner->header == NULL) return -1;
    size_t begin = sizeof length + (size_t)length;
    return parse_entries(file, owner, bytes + begin, size - begin, error);
}

static int compare_names(const void *left, const void *right) {
    return strcmp(((const Tensor *)left)->name, ((const Tensor *)right)->name);
}

int safetensors_sort(Safetensors *file, Error *error) {
    if (file->count > 0) qsort(file->tensors, file->count, sizeof *file->tensors, compare_names);
    for (size_t i = 1; i < file->count; i++) {
        const Tensor *tensor = &file->tensors[i];
        if (compare_names(tensor - 1, tensor) != 0) continue;
        char name[JSON_NAME];
        json_name(name, tensor->name);
        if (strcmp(tensor->path, tensor[-1].path) == 0) {
            return error_set(error, "%s: tensor %s stands there twice", tensor->path, name);
        }
        return error_set(error, "%s: tensor %s is in %s too", tensor->path, name, tensor[-1].path);
    }
    return 0;
}

const Tensor *safetensors_find(const Safetensors *file, const char *name) {
    if (file->count == 0) return NULL;
    Tensor key = {.name = name};
    return bsearch(&key, file->tensors, file->count, sizeof *file->tensors, compare_names);
}

/* ---- files */

static SafetensorsFile *files_add(Safetensors *file, const char *path, Error *error) {
    SafetensorsFile *files = memory_grow(file->files, file->file_count * sizeof *files, file->file_count + 1,
                                         sizeof *files, "a list of files", error);
    if (files == NULL) return NULL;
    file->files = files;
    SafetensorsFile *owner = &files[file->file_count];
    *owner = (SafetensorsFile){.path = memory_text(path, error)};
    if (owner->path == NULL) return NULL;
    file->file_count++;
    return owner;
}

static int map_file(SafetensorsFile *owner, Error *error) {
    int descriptor = open(owner->path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return error_set(error, "%s: %s", owner->path, strerror(errno));
    struct stat about;
    int status = 0;
    if (fstat(descriptor, &about) != 0) {
        status = error_set(error, "%s: %s", owner->path, strerror(errno));
    } else if (!S_ISREG(about.st_mode) || about.st_size == 0) {
        status = error_set(error, "%s: %s; a safetensors file was expected", owner->path,
                           S_ISREG(about.st_mode) ? "the file is empty" : "not a file");
    } else {
        owner->mapped = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        owner->size = (size_t)about.st_size;
        if (owner->mapped == MAP_FAILED) {
            owner->mapped = NULL;
            status = error_set(error, "%s: cannot be mapped: %s", owner->path, strerror(errno));
        }
    }
    close(descriptor);
    return status;
}

int safetensors_add(Safetensors *file, const char *path, Error *error) {
    SafetensorsFile *owner = files_add(file, path, error);
    if (owner == NULL || map_file(owner, error) != 0) return -1;
    return parse_bytes(file, owner, owner->mapped, owner->size, error);
}

static int finish(Safetensors *file, int status, Error *error) {
    if (status == 0) status = safetensors_sort(file, error);
    if (status != 0) safetensors_close(file);
    return status;
}

int safetensors_open(Safetensors *file, const char *path, Error *error) {
    *file = (Safetensors){0};
    return finish(file, safetensors_add(file, path, error), error);
}

int safetensors_parse(Safetensors *file, const void *bytes, size_t size, const char *path, Error *error) {
    *file = (Safetensors){0};
    SafetensorsFile *owner = files_add(file, path, error);
    return finish(file, owner == NULL ? -1 : parse_bytes(file, owner, bytes, size, error), error);
}

void safetensors_close(Safetensors *file) {
    for (size_t i = 0; i < file->file_count; i++) {
        SafetensorsFile *owner = &file->files[i];
        for (size_t copy = 0; copy < owner->copy_count; copy++) memory_free(owner->copies[copy]);
        memory_free(owner->copies);
        cJSON_Delete(owner->header);
        if (owner->mapped != NULL) munmap(owner->mapped, owner->size);
        memory_free(owner->path);
    }
    memory_free(file->files);
    memory_free(file->tensors);
    *file = (Safetensors){0};
}

void tensor_read(const Tensor *tensor, size_t first, size_t count, float *values) {
    const unsigned char *data = tensor->data;
    numbers_to_floats(tensor->type, data + first * number_size(tensor->type), count, values);
}
