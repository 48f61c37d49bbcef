#include "base/memory.h"
#include "config/config.h"

#include <stdarg.h>
#include <string.h>

/* Grows at 0, 4, 8, 16, ... A problem that memory has no room for is still counted by config_check. */
void config_problem_line(ConfigProblems *problems, const char *text) {
    if (!problems) return;
    size_t count = problems->count;
    if (count == 0 || (count >= 4 && (count & (count - 1)) == 0)) {
        size_t size = sizeof *problems->lines;
        char **grown = memory_grow(problems->lines, count * size, count ? 2 * count : 4, size, "problems", NULL);
        if (!grown) return;
        problems->lines = grown;
    }
    char *line = memory_text(text, NULL);
    if (line) problems->lines[problems->count++] = line;
}

void config_problem(ConfigProblems *problems, const Config *config, int line, const char *format, ...) {
    if (!problems) return;
    char text[2048];
    size_t limit = sizeof text;
    int length = line ? snprintf(text, limit, "%.1000s:%d: ", config->path, line)
                      : snprintf(text, limit, "%.1000s: --set ", config->path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, limit - (size_t)length, format, arguments);
    va_end(arguments);
    config_problem_line(problems, text);
}

void config_problem_file(ConfigProblems *problems, const Config *config, const ConfigSection *section,
                         const char *key, const Error *error) {
    int line = config_line(section, key);
    config_problem(problems, config, line, "%s%s%s", line ? "" : key, line ? "" : "=: ", error->message);
}

void config_problems_free(ConfigProblems *problems) {
    for (size_t i = 0; i < problems->count; i++) memory_free(problems->lines[i]);
    memory_free(problems->lines);
    *problems = (ConfigProblems){0};
}

int config_problems_join(const ConfigProblems *problems, Error *error) {
    char text[sizeof error->message - 64];
    size_t used = 0, i = 0;
    for (; i < problems->count; i++) {
        size_t length = strlen(problems->lines[i]);
        if (used + length + 2 > sizeof text) {
            if (i > 0) break;
            length = sizeof text - 2;
        }
        if (i > 0) text[used++] = '\n';
        memcpy(text + used, problems->lines[i], length);
        used += length;
    }
    text[used] = 0;
    if (i < problems->count) return error_set(error, "%s\nand %zu more", text, problems->count - i);
    return error_set(error, "%s", text);
}
