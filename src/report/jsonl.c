#include "report/jsonl.h"

#include "base/file.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

static const size_t JSONL_LIMIT = 512u << 20;

int jsonl_read(const char *path, int (*each)(void *context, const cJSON *object, Error *error), void *context,
               Error *error) {
    char *bytes;
    size_t size;
    if (file_read(path, JSONL_LIMIT, &bytes, &size, error) != 0) return -1;
    int result = 0, number = 0;
    for (char *line = bytes; line < bytes + size && result == 0;) {
        char *end = memchr(line, '\n', (size_t)(bytes + size - line));
        if (!end) end = bytes + size;
        *end = 0;
        number++;
        if (line[strspn(line, " \t\r")] != 0) {
            cJSON *object = cJSON_ParseWithLength(line, (size_t)(end - line));
            if (cJSON_IsObject(object))
                result = each(context, object, error);
            else
                result = error_set(error, "%s:%d: no JSON object; each line must be one", path, number);
            cJSON_Delete(object);
        }
        line = end + 1;
    }
    memory_free(bytes);
    return result < 0 ? -1 : 0;
}

double jsonl_number(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

const char *jsonl_text(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}
