#include "commands/run_record.h"

#include "commands/version.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* cJSON_Add... return NULL when memory is out; one look at the end is enough, since printing fails then as well. */
static void add_libraries(cJSON *record) {
    cJSON *object = cJSON_AddObjectToObject(record, "libraries");
    Library libraries[8];
    size_t count = library_versions(libraries, 8);
    for (size_t i = 0; i < count; i++) cJSON_AddStringToObject(object, libraries[i].name, libraries[i].version);
}

static void add_stages(cJSON *record, const Run *run) {
    cJSON *array = cJSON_AddArrayToObject(record, "stages");
    for (int i = 0; i < run->stage_count; i++) {
        cJSON *stage = cJSON_CreateObject();
        cJSON_AddStringToObject(stage, "name", run->stages[i].name);
        cJSON_AddNumberToObject(stage, "seconds", run->stages[i].seconds);
        cJSON_AddBoolToObject(stage, "reused", run->stages[i].reused);
        cJSON_AddItemToArray(array, stage);
    }
}

static void add_command(cJSON *record, int argc, char **argv) {
    cJSON *array = cJSON_AddArrayToObject(record, "command");
    cJSON_AddItemToArray(array, cJSON_CreateString("latentdream"));
    for (int i = 0; i < argc; i++) cJSON_AddItemToArray(array, cJSON_CreateString(argv[i]));
}

static void add_date(cJSON *record) {
    char text[32];
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts))
        cJSON_AddStringToObject(record, "finished", text);
}

static const char *precision_of(const Config *config) {
    const ConfigSection *model = config_section(config, "language_model");
    const char *precision = model ? config_text(model, "precision") : NULL;
    return precision ? precision : "f32";
}

int run_record_write(const Config *config, const Run *run, double seconds, int argc, char **argv, Error *error) {
    cJSON *record = cJSON_CreateObject();
    char processor[256];
    struct rusage usage = {0};
    processor_name(processor, sizeof processor);
    getrusage(RUSAGE_SELF, &usage);
    cJSON_AddStringToObject(record, "version", LATENT_DREAM_VERSION);
    add_command(record, argc, argv);
    cJSON_AddStringToObject(record, "experiment", config_text(config_section(config, "experiment"), "name"));
    cJSON_AddStringToObject(record, "side", config_side(config));
    cJSON_AddNumberToObject(record, "seed", (double)run->seed);
    cJSON_AddNumberToObject(record, "threads", run->threads);
    cJSON_AddStringToObject(record, "precision", precision_of(config));
    add_libraries(record);
    cJSON_AddStringToObject(record, "processor", processor);
    add_date(record);
    cJSON_AddNumberToObject(record, "seconds", seconds);
    cJSON_AddNumberToObject(record, "peak_memory_bytes", 1024.0 * (double)usage.ru_maxrss);
    add_stages(record, run);
    char *text = cJSON_Print(record), path[PATH_LIMIT];
    cJSON_Delete(record);
    if (!text) return error_set(error, "run.json: out of memory");
    int result = path_join(path, error, run->folder, "run.json");
    if (result == 0) result = file_write(path, text, strlen(text), error);
    cJSON_free(text);
    return result;
}
