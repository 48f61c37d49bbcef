/* safetensors.h: tensors on disk in Hugging Face's safetensors format, mapped and not copied.
 *
 * A file is 8 bytes of header length (little endian), a JSON header
 *     {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, "__metadata__": {...}}
 * and the data; offsets count from the end of the header. Nothing in a header is believed: its length, every shape,
 * type and offset, overlaps, holes and repeated names are checked against each other and against
 * the file's real length, and what is wrong is named with its tensor.
 * Format: https://huggingface.co/docs/safetensors */
#ifndef LATENT_DREAM_TEXT_SAFETENSORS_H
#define LATENT_DREAM_TEXT_SAFETENSORS_H

#include "base/error.h"
#include "compute/number.h"

#include <stdbool.h>
#include <stddef.h>

enum { TENSOR_DIMENSIONS = 8 };

typedef struct Tensor {
    const char *name;
    const char *path;  // of the file it is in
    bool numeric;      // F32, F16 or BF16; stored masks are U8 or BOOL and can only be looked at by name and shape
    NumberType type;   // where numeric
    int dimensions;
    size_t shape[TENSOR_DIMENSIONS];
    size_t count;  // elements
    size_t bytes;
    const void *data;  // aligned to the element's size: in the file's bytes, or a copy where an old writer cared not
    bool mapped;       // data lies in a mapped file
} Tensor;

typedef struct Safetensors {
    Tensor *tensors;  // sorted by name
    size_t count;
    struct SafetensorsFile *files;
    size_t file_count;
} Safetensors;

/* One file. */
int safetensors_open(Safetensors *file, const char *path, Error *error);
/* FOLDER/model.safetensors, or the shards that FOLDER/model.safetensors.index.json lists. */
int safetensors_open_folder(Safetensors *file, const char *folder, Error *error);
/* A file's bytes already in memory (8-byte aligned), borrowed until close; `path` names it in messages. */
int safetensors_parse(Safetensors *file, const void *bytes, size_t size, const char *path, Error *error);
/* Unmaps: every Tensor.data is gone. {0} is fine. */
void safetensors_close(Safetensors *file);

/* NULL where there is none of that name. */
const Tensor *safetensors_find(const Safetensors *file, const char *name);

/* Converts elements first .. first + count - 1 to float32. The tensor must be numeric. */
void tensor_read(const Tensor *tensor, size_t first, size_t count, float *values);

/* ---- writing: a file that Hugging Face's safetensors and transformers load. */
typedef struct TensorSource {
    const char *name;
    int dimensions;
    size_t shape[TENSOR_DIMENSIONS];
    const float *values;
} TensorSource;

/* Writes all as `type` (NUMBER_F32 or NUMBER_BF16, rounded to nearest even); the file appears whole or not at all. */
int safetensors_write(const char *path, const TensorSource *tensors, size_t count, NumberType type, Error *error);

#endif
