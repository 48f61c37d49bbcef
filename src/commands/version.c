#define PCRE2_CODE_UNIT_WIDTH 8
#include "commands/version.h"

#include <cjson/cJSON.h>
#include <dnnl.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define DARKNET_LIBRARY "/usr/lib/darknet/libdarknet.so"

size_t library_versions(Library *libraries, size_t limit) {
    Library all[5] = {
        {.name = "oneDNN"}, {.name = "PCRE2"}, {.name = "cJSON"}, {.name = "zlib"}, {.name = "darknet"}};
    const dnnl_version_t *dnnl = dnnl_version();
    snprintf(all[0].version, sizeof all[0].version, "%d.%d.%d", dnnl->major, dnnl->minor, dnnl->patch);
    pcre2_config(PCRE2_CONFIG_VERSION, all[1].version);  // at most 24 characters in every release
    snprintf(all[2].version, sizeof all[2].version, "%s", cJSON_Version());
    snprintf(all[3].version, sizeof all[3].version, "%s", zlibVersion());
    snprintf(all[4].version, sizeof all[4].version, "%s",
             access(DARKNET_LIBRARY, R_OK) == 0 ? DARKNET_LIBRARY : "not installed");
    size_t count = limit < 5 ? limit : 5;
    memcpy(libraries, all, count * sizeof *all);
    return count;
}

void processor_name(char *name, size_t size) {
    snprintf(name, size, "unknown");
    FILE *stream = fopen("/proc/cpuinfo", "r");
    if (!stream) return;
    char line[512];
    while (fgets(line, sizeof line, stream)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(name, size, "%s", colon + 1 + (colon[1] == ' '));
        break;
    }
    fclose(stream);
}
