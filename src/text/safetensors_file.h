/* safetensors_file.h: what safetensors.c keeps of each open file, for safetensors_folder.c, which opens shards. */
#ifndef LATENT_DREAM_TEXT_SAFETENSORS_FILE_H
#define LATENT_DREAM_TEXT_SAFETENSORS_FILE_H

#include "text/safetensors.h"

#include <cjson/cJSON.h>

typedef struct SafetensorsFile {
    char *path;
    void *mapped;  // NULL: bytes of the caller
    size_t size;
    cJSON *header;  // tensor names lie in it
    void **copies;  // of tensors that are not aligned in the file
    size_t copy_count;
} SafetensorsFile;

/* Maps one more file and appends its tensors. */
int safetensors_add(Safetensors *file, const char *path, Error *error);
/* Sorts the tensors by name once all files are added; a name that comes twice is an error. */
int safetensors_sort(Safetensors *file, Error *error);

#endif
