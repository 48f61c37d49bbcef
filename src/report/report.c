#include "report/report.h"

#include "base/file.h"
#include "base/memory.h"
#include "report/figures.h"
#include "report/folder.h"
#include "report/page.h"

#include <string.h>

static const size_t RECORD_LIMIT = 4u << 20;

/* run.json; NULL where it is absent or no JSON, which a page can do without. */
static cJSON *record_read(const char *folder) {
    char path[PATH_LIMIT], *bytes;
    size_t size;
    if (path_join(path, NULL, folder, "run.json") != 0) return NULL;
    if (file_read(path, RECORD_LIMIT, &bytes, &size, NULL) != 0) return NULL;
    cJSON *record = cJSON_ParseWithLength(bytes, size);
    memory_free(bytes);
    if (cJSON_IsObject(record)) return record;
    cJSON_Delete(record);
    return NULL;
}

int report_write(const Config *config, const char *folder, const Run *run, Error *error) {
    NameList arms = {0};
    FigureList figures = {0};
    Error problem;
    int failed = folder_arms(&arms, config, folder, error);
    if (!failed) failed = figures_plan(&figures, config, folder, &arms, error);
    if (!failed) {
        int undrawn = figures_draw(&figures, folder, &problem);
        cJSON *record = record_read(folder);
        Page page = {.folder = folder,
                     .config = config,
                     .run = run,
                     .record = record,
                     .arms = &arms,
                     .figures = &figures,
                     .figure_problem = undrawn ? problem.message : NULL};
        failed = page_write(&page, error);
        cJSON_Delete(record);
        if (!failed && undrawn)
            failed =
                error_set(error, "%s (the page %.1000s/report.html is written without it)", problem.message, folder);
    }
    figures_free(&figures);
    names_free(&arms);
    return failed;
}
