#include "base/file.h"
#include "base/memory.h"
#include "text/json_read.h"
#include "text/safetensors.h"
#include "text/safetensors_file.h"

#include <string.h>

static const size_t INDEX_LIMIT = (size_t)64 << 20;

static bool is_open(const Safetensors *file, const char *path) {
    for (size_t i = 0; i < file->file_count; i++) {
        if (strcmp(file->files[i].path, path) == 0) return true;
    }
    return false;
}

/* Opens each shard once. A shard lies in the same folder: nothing else can be reached through the index. */
static int add_shards(Safetensors *file, const cJSON *map, const char *folder, const char *index, Error *error) {
    const cJSON *item;
    char name[JSON_NAME], shard[PATH_LIMIT];
    cJSON_ArrayForEach(item, map) {
        if (!cJSON_IsString(item) || item->valuestring[0] == 0 || strchr(item->valuestring, '/') != NULL) {
            return error_set(error, "%s: tensor %s: the name of a file in the same folder was expected", index,
                             json_name(name, item->string));
        }
        if (path_join(shard, error, folder, "%s", item->valuestring) != 0) return -1;
        if (!is_open(file, shard) && safetensors_add(file, shard, error) != 0) return -1;
    }
    return 0;
}

static int check_index(const Safetensors *file, const cJSON *map, const char *index, Error *error) {
    const cJSON *item;
    cJSON_ArrayForEach(item, map) {
        char name[JSON_NAME], shard[JSON_NAME];
        const Tensor *tensor = safetensors_find(file, item->string);
        if (tensor == NULL || strcmp(strrchr(tensor->path, '/') + 1, item->valuestring) != 0) {
            return error_set(error, "%s: tensor %s is not in %s, where the index has it; fetch the files again",
                             index, json_name(name, item->string), json_name(shard, item->valuestring));
        }
    }
    return 0;
}

static int open_index(Safetensors *file, const char *folder, const char *index, Error *error) {
    char *bytes;
    size_t size;
    if (file_read(index, INDEX_LIMIT, &bytes, &size, error) != 0) return -1;
    cJSON *json = json_parse_object(bytes, size, index, "an index, {\"weight_map\": {...}},", error);
    memory_free(bytes);
    if (json == NULL) return -1;
    const cJSON *map = cJSON_GetObjectItemCaseSensitive(json, "weight_map");
    int status = cJSON_IsObject(map) ? 0 : error_set(error, "%s: no \"weight_map\": {...} in it", index);
    if (status == 0) status = add_shards(file, map, folder, index, error);
    if (status == 0) status = safetensors_sort(file, error);
    if (status == 0) status = check_index(file, map, index, error);
    cJSON_Delete(json);
    return status;
}

int safetensors_open_folder(Safetensors *file, const char *folder, Error *error) {
    *file = (Safetensors){0};
    char path[PATH_LIMIT];
    if (path_join(path, error, folder, "model.safetensors") != 0) return -1;
    if (file_exists(path)) return safetensors_open(file, path, error);
    if (path_join(path, error, folder, "model.safetensors.index.json") != 0) return -1;
    if (!file_exists(path)) {
        return error_set(
            error,
            "%s: neither model.safetensors nor model.safetensors.index.json is in it; data/models/get-distilgpt2.sh "
            "fetches distilgpt2",
            folder);
    }
    if (open_index(file, folder, path, error) == 0) return 0;
    safetensors_close(file);
    return -1;
}
