#include "text/json_read.h"

#include <math.h>
#include <stdio.h>

static int line_of(const char *bytes, const char *end) {
    int line = 1;
    for (const char *at = bytes; at < end; at++) line += *at == '\n';
    return line;
}

cJSON *json_parse_object(const char *bytes, size_t size, const char *path, const char *what, Error *error) {
    const char *end = bytes;
    cJSON *json = cJSON_ParseWithLengthOpts(bytes, size, &end, 0);
    if (json == NULL) {
        if (end < bytes || end > bytes + size) end = bytes;
        error_set(error, "%s:%d: not JSON (byte %zu); %s was expected: fetch the file again", path,
                  line_of(bytes, end), (size_t)(end - bytes), what);
        return NULL;
    }
    while (end < bytes + size && (*end == ' ' || *end == '\n' || *end == '\r' || *end == '\t' || *end == 0)) end++;
    if (end < bytes + size) {
        error_set(error, "%s:%d: more than one JSON value; only %s was expected", path, line_of(bytes, end), what);
        cJSON_Delete(json);
        return NULL;
    }
    if (!cJSON_IsObject(json)) {
        error_set(error, "%s: JSON, but no object {...}; %s was expected", path, what);
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}

int json_whole(const cJSON *item, double minimum, double maximum, double *value) {
    if (!cJSON_IsNumber(item)) return -1;
    double number = item->valuedouble;
    if (!(number >= minimum && number <= maximum) || number != floor(number)) return -1;
    *value = number;
    return 0;
}

const char *json_name(char name[JSON_NAME], const char *text) {
    snprintf(name, JSON_NAME, "%s", text);
    for (char *at = name; *at != 0; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7F) *at = '?';
    }
    return name;
}
