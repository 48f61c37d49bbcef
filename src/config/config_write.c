#include "base/memory.h"
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

static void print_config(FILE *stream, const Config *config) {
    for (size_t i = 0; i < config->count; i++) {
        const ConfigSection *section = &config->sections[i];
        fprintf(stream, "%s[%s]\n", i ? "\n" : "", section->name);
        for (size_t j = 0; j < section->count; j++)
            fprintf(stream, "%s=%s\n", section->entries[j].key, section->entries[j].value);
    }
}

int config_write(const Config *config, const char *path, Error *error) {
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    print_config(writer.stream, config);
    return file_writer_close(&writer, error);
}

int config_render(const Config *config, char **text, size_t *size, Error *error) {
    char *buffer = NULL;
    *text = NULL;
    *size = 0;
    FILE *stream = open_memstream(&buffer, size);
    if (!stream) return error_set(error, "%s: out of memory", config->path);
    print_config(stream, config);
    int failed = ferror(stream);
    if (fclose(stream) != 0 || failed) {
        free(buffer);
        return error_set(error, "%s: out of memory", config->path);
    }
    *text = memory_new(*size + 1, 1, config->path, error);
    if (*text) memcpy(*text, buffer, *size);
    free(buffer);
    return *text ? 0 : -1;
}
